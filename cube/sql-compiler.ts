import type { SecurityContext } from './security-context.ts';

/** A member of a public view, as a column of SQL. */
export interface SemanticMember {
  readonly name: string;
  readonly kind: 'dimension' | 'measure' | 'segment';
  /** Whether it holds dates or times: in results these are moments without a zone. */
  readonly isTime: boolean;
  /** What Cube aggregates a measure by: `count`, `countDistinct`, `sum`, `avg`, `min`, `max`, `number`, … */
  readonly aggregation?: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly unit: string | undefined;
  /** The private cube that it belongs to. */
  readonly cube: string;
}

export interface SemanticView {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly members: ReadonlyMap<string, SemanticMember>;
  /** Whether the model says who may read it. */
  readonly hasRules: boolean;
  /** The measure that counts the rows of the cube that the view begins with; undefined when there is none. */
  readonly rowCount: string | undefined;
}

/** SQL of a caller around members: `texts` has one element more than `members`, which stand between them. */
export interface MemberExpression {
  readonly texts: readonly string[];
  readonly members: readonly string[];
}

/** A query of one view in members and in SQL around them. Its result has the columns in order, then the measures. */
export interface MemberQuery {
  readonly view: string;
  readonly columns: readonly MemberExpression[];
  readonly measures: readonly (string | MemberExpression)[];
  /** All of them hold. */
  readonly conditions: readonly MemberExpression[];
  /** Rows of the joined cubes instead of groups by the columns. */
  readonly isUngrouped: boolean;
}

/** Cube's compiler as SQL uses it: what REST shows and computes, with the same access rules. */
export interface SqlCompiler {
  /** The public views with the members that a caller may see; all members without a caller. */
  views(caller?: SecurityContext): Promise<ReadonlyMap<string, SemanticView>>;
  /**
   * DuckDB's SQL of a query, with the caller's access rules applied; without a caller with none. It is meant for a
   * connection where `/` divides integers as PostgreSQL does. Undefined when the rules deny it. Throws Cube's error.
   */
  compile(query: MemberQuery, caller?: SecurityContext): Promise<string | undefined>;
}
