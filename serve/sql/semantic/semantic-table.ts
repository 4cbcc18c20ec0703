import type { DuckDBType } from '@duckdb/node-api';
import type { SnapshotHold } from '../../../cube/served-snapshots.ts';
import type { MemberQuery, SemanticMember, SemanticView, SqlCompiler } from '../../../cube/sql-compiler.ts';
import { loadMartDeclarations } from '../../../models/mart-declaration.ts';
import type { PublishedTable } from '../catalog/published-table.ts';
import { CUBE_SCHEMA } from '../grants.ts';

export type ReadSemanticTables = (
  hold: SnapshotHold,
  published: readonly PublishedTable[],
) => Promise<readonly PublishedTable[]>;

/**
 * Reads the public views as tables: dimensions, measures and segments are columns, with the types that Cube's SQL gives
 * over the published tables. As long as these have the same columns, nothing is asked again. A view over marts or columns
 * that the snapshot does not have, since an earlier release published it, is no table.
 */
export function semanticTableReader(compiler: SqlCompiler): ReadSemanticTables {
  let known: { readonly columns: string; readonly tables: readonly PublishedTable[] } | undefined;
  return async (hold, published) => {
    const columns = JSON.stringify(published.map(shapeOf));
    if (known?.columns === columns) return known.tables;
    const views = await compiler.views();
    const unlessMissing = (error: unknown): undefined => {
      const message = error instanceof Error ? error.message : '';
      if (hasEveryMart(published) || !/^(Catalog|Binder) Error/.test(message)) throw error;
    };
    const tables: PublishedTable[] = [];
    for (const view of views.values()) {
      const table = await semanticTable(view, hold, compiler).catch(unlessMissing);
      if (table !== undefined) tables.push(table);
    }
    known = { columns, tables };
    return tables;
  };
}

/** Whether the published marts have all that this release declares of them: then no view may fail. */
function hasEveryMart(published: readonly PublishedTable[]): boolean {
  const columns = new Set(
    published
      .filter(({ schema }) => schema === 'marts')
      .flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`)),
  );
  return loadMartDeclarations().every((mart) =>
    mart.columns.every((column) => columns.has(`${mart.name}.${column.name}`)),
  );
}

function shapeOf({ schema, name, columns }: PublishedTable): readonly unknown[] {
  return [schema, name, columns.map((column) => [column.name, column.type.toString()])];
}

async function semanticTable(
  view: SemanticView,
  hold: SnapshotHold,
  compiler: SqlCompiler,
): Promise<PublishedTable> {
  const members = [...view.members.values()];
  const measures = members.filter(({ kind }) => kind === 'measure');
  const others = members.filter(({ kind }) => kind !== 'measure');
  const typesOf = async (query: Omit<MemberQuery, 'view' | 'conditions'>): Promise<readonly DuckDBType[]> => {
    const sql = (await compiler.compile({ view: view.name, conditions: [], ...query })) ?? '';
    return hold.query(async (connection) => {
      const prepared = await connection.prepare(sql);
      try {
        return Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnType(index));
      } finally {
        prepared.destroySync();
      }
    });
  };
  const columns = others.map(({ name }) => ({ texts: ['', ''], members: [name] }));
  const types = [
    ...(others.length === 0 ? [] : await typesOf({ columns, measures: [], isUngrouped: true })),
    ...(measures.length === 0
      ? []
      : await typesOf({ columns: [], measures: measures.map(({ name }) => name), isUngrouped: false })),
  ];
  return {
    schema: CUBE_SCHEMA,
    name: view.name,
    rows: 0,
    comment: [view.title, view.description].filter(Boolean).join('. '),
    columns: [...others, ...measures].map((member, index) => ({
      name: member.name,
      type: types[index] as DuckDBType,
      isRequired: false,
      comment: commentOf(member),
    })),
    key: [],
    references: [],
  };
}

function commentOf({ kind, title, description, unit, name, aggregation }: SemanticMember): string {
  const use = kind === 'measure' ? `Measure: MEASURE(${name}), ${aggregation ?? 'number'}.` : undefined;
  const words = [`${title}.`, description, unit === undefined ? undefined : `Unit: ${unit}.`, use];
  return words.filter((each) => each !== undefined && each !== '').join(' ');
}
