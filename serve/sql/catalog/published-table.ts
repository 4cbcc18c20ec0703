import type { DuckDBType } from '@duckdb/node-api';
import { sqlName } from '../../../base/sql-text.ts';
import type { SnapshotHold } from '../../../cube/served-snapshots.ts';
import type { MartDeclaration, MartReference } from '../../../models/mart-declaration.ts';
import type { ViewDescription } from '../../view-descriptions.ts';

/** A table of a snapshot as BI tools are to see it. */
export interface PublishedTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  readonly comment: string | undefined;
  readonly columns: readonly PublishedColumn[];
  readonly key: readonly string[];
  readonly references: readonly MartReference[];
}

export interface PublishedColumn {
  readonly name: string;
  readonly type: DuckDBType;
  readonly isRequired: boolean;
  readonly comment: string | undefined;
}

/** What the models say of the tables. */
export interface TableDescriptions {
  readonly marts: ReadonlyMap<string, MartDeclaration>;
  readonly views: ReadonlyMap<string, ViewDescription>;
}

/** The tables of a snapshot with the types that its files have. */
export async function readPublishedTables(
  hold: SnapshotHold,
  { marts, views }: TableDescriptions,
): Promise<readonly PublishedTable[]> {
  return hold.query(async (connection) => {
    const tables: PublishedTable[] = [];
    for (const { schema, name, rows } of hold.snapshot.tables) {
      const empty = await connection.run(`select * from ${sqlName(schema)}.${sqlName(name)} limit 0`);
      const mart = schema === 'marts' ? marts.get(name) : undefined;
      const view = schema === 'staging' ? views.get(name) : undefined;
      const types = empty.columnTypes();
      const columns = empty.columnNames().map((column, index): PublishedColumn => {
        const declared = mart?.columns.find((each) => each.name === column);
        return {
          name: column,
          type: types[index] as DuckDBType,
          isRequired: declared?.nullable === false,
          comment: declared === undefined ? view?.columns.get(column) : withUnit(declared),
        };
      });
      tables.push({
        schema,
        name,
        rows,
        comment: mart === undefined ? view?.description : `${mart.description} Grain: ${mart.grain}.`,
        columns,
        key: mart?.key ?? [],
        references: mart?.references ?? [],
      });
    }
    return tables;
  });
}

function withUnit({ description, unit }: { description: string; unit?: string | undefined }): string {
  return unit === undefined ? description : `${description} Unit: ${unit}.`;
}
