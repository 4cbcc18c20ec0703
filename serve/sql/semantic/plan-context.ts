import { type Ast, type AstValue, bodyOf, cast, isAst, list, nodeOf } from '../ast.ts';
import { columnNameOf, columnRef, eachOwn, mapOwn } from './own-level.ts';
import { targetName } from './prepare-ast.ts';
import { type MarkedExpression, memberMark, type SemanticStep } from './semantic-plan.ts';
import { type CubeTable, refused, type SemanticScope, visibleMember } from './semantic-scope.ts';

type UnnamedStep<S = SemanticStep> = S extends SemanticStep ? Omit<S, 'name'> : never;

/** The steps of a plan while it is made. */
export class PlanContext {
  readonly scope: SemanticScope;
  readonly steps: SemanticStep[] = [];

  constructor(scope: SemanticScope) {
    this.scope = scope;
  }

  /** Adds a step and names it. */
  add(step: UnnamedStep): string {
    const name = `chiasm step ${this.steps.length + 1}`;
    this.steps.push({ ...step, name } as SemanticStep);
    return name;
  }

  /** The member that a column of a SELECT from one view means. */
  memberOf({ view, alias }: CubeTable, ref: Ast): string {
    const { table, name } = columnNameOf(ref);
    if (name === undefined || (table !== undefined && table !== alias))
      throw refused('a column of another SELECT', 'Join the results of subqueries instead.');
    return visibleMember(view, name, this.scope).name;
  }

  /** An expression over members for Cube. SELECTs inside it become steps of their own. */
  marked(table: CubeTable, expression: AstValue): MarkedExpression {
    const members: string[] = [];
    const isMember = nodeOf(expression)?.[0] === 'ColumnRef';
    const sql = this.withMarks(table, expression, members, isMember);
    return { sql, members };
  }

  private withMarks(table: CubeTable, expression: AstValue, members: string[], isMember: boolean): AstValue {
    return mapOwn(expression, (kind, body) => {
      if (kind === 'ColumnRef') {
        const name = this.memberOf(table, body);
        members.push(name);
        const mark = columnRef(memberMark(members.length - 1));
        // Conditions meet days as the model has them, which are no moments as in results.
        return table.view.members.get(name)?.isTime === true && !isMember ? cast(mark, 'timestamp') : mark;
      }
      if (kind !== 'SubLink') return undefined;
      const select = bodyOf(body['subselect'], 'SelectStmt') ?? {};
      this.refuseCorrelated(table, select);
      const step = this.add({ kind: 'rows', select });
      const { testexpr } = body as { readonly testexpr?: AstValue };
      const tested =
        testexpr === undefined ? {} : { testexpr: this.withMarks(table, testexpr, members, false) };
      return { SubLink: { ...body, ...tested, subselect: { SelectStmt: everythingFrom(step) } } };
    });
  }

  refuseCorrelated(table: CubeTable, inside: Ast): void {
    if (this.correlated(table, inside).length > 0)
      throw refused(
        'a subquery over columns of the SELECT around it',
        'Join the results of subqueries instead.',
      );
  }

  /** Columns of a view that a SELECT inside the one that reads it says. */
  correlated({ view, alias }: CubeTable, inside: Ast): readonly Ast[] {
    const refs: Ast[] = [];
    const look = (select: Ast, hidden: ReadonlySet<string>): void => {
      const provided = this.provided(select);
      const aliases = new Set([...hidden, ...aliasesOf(select['fromClause'])]);
      const visit = (value: AstValue): void => {
        eachOwn(value, (kind, body) => {
          const below = bodyOf(body['subselect'] ?? body['subquery'] ?? body['ctequery'], 'SelectStmt');
          if (below !== undefined) look(below, aliases);
          if (kind !== 'ColumnRef') return;
          const { table, name } = columnNameOf(body);
          if (name === undefined || !view.members.has(name)) return;
          if (table === alias && !aliases.has(alias)) refs.push(body);
          if (table !== undefined || provided.names.has(name)) return;
          if (!provided.isComplete)
            throw refused(
              `the column name ${name} in a subquery`,
              `Write which table it is of, as in ${alias}.${name}.`,
            );
          refs.push(body);
        });
      };
      for (const [field, part] of Object.entries(select)) {
        if ((field === 'larg' || field === 'rarg') && isAst(part)) look(part, aliases);
        else visit(part);
      }
    };
    look(inside, new Set());
    return refs;
  }

  /** The names that the tables of a FROM provide, and whether these are all. */
  private provided(select: Ast): { readonly names: ReadonlySet<string>; readonly isComplete: boolean } {
    const names = new Set<string>();
    let isComplete = true;
    eachOwn(select['fromClause'], (kind, body) => {
      if (kind === 'RangeVar') {
        const name = String(body['relname']);
        const step = this.steps.find((each) => each.name === name);
        const table = [String(body['schemaname'] ?? ''), ...this.scope.searchPath]
          .map((schema) => this.scope.tables.find(schema, name))
          .find((each) => each !== undefined);
        const columns =
          step?.kind === 'members' ? step.columnNames : table?.columns.map((column) => column.name);
        if (columns === undefined) isComplete = false;
        for (const column of columns ?? []) names.add(column);
      } else if (kind === 'RangeSubselect') {
        const targets = list(bodyOf(body['subquery'], 'SelectStmt')?.['targetList']);
        if (targets.length === 0) isComplete = false;
        for (const target of targets) {
          const ref = bodyOf(bodyOf(target, 'ResTarget')?.['val'], 'ColumnRef');
          if (ref !== undefined && columnNameOf(ref).name === undefined) isComplete = false;
          else names.add(targetName(target));
        }
      } else if (kind === 'RangeFunction') isComplete = false;
    });
    return { names, isComplete };
  }
}

function aliasesOf(from: AstValue): readonly string[] {
  const aliases: string[] = [];
  eachOwn(from, (kind, body) => {
    const alias = isAst(body['alias']) ? body['alias']['aliasname'] : body['relname'];
    if (kind.startsWith('Range') && typeof alias === 'string') aliases.push(alias);
  });
  return aliases;
}

/** `select * from step`. */
export function everythingFrom(step: string): Ast {
  return {
    targetList: [{ ResTarget: { val: { ColumnRef: { fields: [{ A_Star: {} }] } } } }],
    fromClause: [{ RangeVar: { relname: step, inh: true, relpersistence: 'p' } }],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
}
