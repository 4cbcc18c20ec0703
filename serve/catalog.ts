import type { RequestHandler } from 'express';
import type { SnapshotHold } from '../cube/served-snapshots.ts';
import { loadMartDeclarations, type MartDeclaration } from '../models/mart-declaration.ts';
import { holdOf } from './held-snapshot.ts';
import { loadViewDescriptions, type ViewDescription } from './view-descriptions.ts';

export interface Catalog {
  readonly snapshot: number;
  /** When the snapshot was published. */
  readonly publishedAt: string;
  readonly profile: string;
  readonly datasets: readonly Dataset[];
}

export interface Dataset {
  readonly schema: string;
  readonly table: string;
  readonly title: string;
  readonly description?: string;
  readonly grain?: string;
  readonly owner?: string;
  readonly version?: string;
  readonly rows: number;
  readonly columns: readonly DatasetColumn[];
}

export interface DatasetColumn {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly unit?: string;
  readonly isKey?: boolean;
}

/** `GET /catalog`: every table of the current snapshot, described. */
export function answerCatalog(): RequestHandler {
  const models: Models = {
    marts: new Map(loadMartDeclarations().map((mart) => [mart.name, mart])),
    views: loadViewDescriptions(),
  };
  let latest: { readonly number: number; readonly catalog: Promise<Catalog> } | undefined;
  return (request, response, next) => {
    const hold = holdOf(request);
    const { number } = hold.snapshot;
    if (latest?.number !== number) {
      // A failure is not kept.
      const catalog = readCatalog(hold, models).catch((error: unknown) => {
        latest = undefined;
        throw error;
      });
      latest = { number, catalog };
    }
    latest.catalog.then((catalog) => response.json(catalog)).catch(next);
  };
}

interface Models {
  readonly marts: ReadonlyMap<string, MartDeclaration>;
  readonly views: ReadonlyMap<string, ViewDescription>;
}

async function readCatalog(hold: SnapshotHold, models: Models): Promise<Catalog> {
  const { snapshot } = hold;
  const types = await readColumnTypes(hold);
  const datasets = snapshot.tables.map(({ schema, name, rows }): Dataset => {
    const columns = types.get(`${schema}.${name}`) ?? [];
    const table = { schema, table: name, title: titleOf(name), rows };
    const mart = schema === 'marts' ? models.marts.get(name) : undefined;
    if (mart !== undefined) return { ...table, ...describeMart(mart), columns: columnsOfMart(columns, mart) };
    const view = schema === 'staging' ? models.views.get(name) : undefined;
    if (view !== undefined) return { ...table, ...describeView(view), columns: columnsOfView(columns, view) };
    return { ...table, columns };
  });
  return {
    snapshot: snapshot.number,
    publishedAt: snapshot.manifest.createdAt,
    profile: snapshot.manifest.profile,
    datasets: datasets.sort((a, b) => `${a.schema}.${a.table}`.localeCompare(`${b.schema}.${b.table}`)),
  };
}

function describeMart({ title, description, grain, owner, version }: MartDeclaration) {
  return { title, description, grain, owner, version };
}

function describeView({ description, grain }: ViewDescription) {
  return { ...(description === undefined ? {} : { description }), ...(grain === undefined ? {} : { grain }) };
}

function columnsOfView(columns: readonly DatasetColumn[], view: ViewDescription): readonly DatasetColumn[] {
  return columns.map((column) => {
    const description = view.columns.get(column.name);
    return description === undefined ? column : { ...column, description };
  });
}

async function readColumnTypes(hold: SnapshotHold): Promise<ReadonlyMap<string, readonly DatasetColumn[]>> {
  const rows = await hold.query(async (connection) => {
    const reader = await connection.runAndReadAll(
      `select schema_name || '.' || table_name, column_name, data_type
       from duckdb_columns()
       where database_name = current_catalog()
       order by schema_name, table_name, column_index`,
    );
    return reader.getRowsJson();
  });
  const columns = new Map<string, DatasetColumn[]>();
  for (const [table, name, type] of rows) {
    const known = columns.get(String(table)) ?? [];
    known.push({ name: String(name), type: String(type) });
    columns.set(String(table), known);
  }
  return columns;
}

function columnsOfMart(columns: readonly DatasetColumn[], mart: MartDeclaration): readonly DatasetColumn[] {
  return columns.map((column) => {
    const declared = mart.columns.find((each) => each.name === column.name);
    return {
      ...column,
      ...(declared === undefined ? {} : { description: declared.description }),
      ...(declared?.unit === undefined ? {} : { unit: declared.unit }),
      ...(mart.key.includes(column.name) ? { isKey: true } : {}),
    };
  });
}

function titleOf(table: string): string {
  const words = table.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
