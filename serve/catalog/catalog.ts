import type { RequestHandler } from 'express';
import type { SnapshotHold } from '../../cube/served-snapshots.ts';
import type { SnapshotManifest, SnapshotTable } from '../../etl/warehouse/snapshot-manifest.ts';
import { loadMartDeclarations, type MartDeclaration } from '../../models/mart-declaration.ts';
import { holdOf } from '../held-snapshot.ts';
import { loadViewDescriptions, type ViewDescription } from '../view-descriptions.ts';
import type { Catalog, Dataset } from './dataset.ts';
import type { DatasetColumn } from './dataset-column.ts';
import { readLineage } from './lineage.ts';
import { sampleQueries } from './sample-queries.ts';

/** Reads and describes a snapshot once, however often it is asked for. */
export type CatalogReader = (hold: SnapshotHold) => Promise<Catalog>;

/** `GET /catalog`: every table of the snapshot, described; `?q=` those alone in which all words occur. */
export function answerCatalog(read: CatalogReader): RequestHandler {
  return (request, response, next) => {
    const { q } = request.query;
    read(holdOf(request))
      .then((catalog) => response.json(typeof q === 'string' ? search(catalog, q) : catalog))
      .catch(next);
  };
}

/** The datasets in whose names, titles, descriptions, owners or columns every word occurs. */
export function search(catalog: Catalog, text: string): Catalog {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const datasets = catalog.datasets.filter((dataset) => {
    const { schema, table, title, description, grain, owner, columns } = dataset;
    const own = [`${schema}.${table}`, title, description, grain, owner];
    const all = [...own, ...columns.flatMap((column) => [column.name, column.description, column.unit])];
    const said = all.join('\n').toLowerCase();
    return words.every((word) => said.includes(word));
  });
  return { ...catalog, datasets };
}

export function createCatalogReader(): CatalogReader {
  const models: Models = {
    marts: new Map(loadMartDeclarations().map((mart) => [mart.name, mart])),
    views: loadViewDescriptions(),
  };
  let latest: { readonly number: number; readonly catalog: Promise<Catalog> } | undefined;
  return (hold) => {
    const { number } = hold.snapshot;
    if (latest?.number !== number) {
      // A failure is not kept.
      const catalog = readCatalog(hold, models).catch((error: unknown) => {
        latest = undefined;
        throw error;
      });
      latest = { number, catalog };
    }
    return latest.catalog;
  };
}

interface Models {
  readonly marts: ReadonlyMap<string, MartDeclaration>;
  readonly views: ReadonlyMap<string, ViewDescription>;
}

/** What is published; `private` tables are the refresh's own. */
function publicTables({ tables }: SnapshotManifest): readonly SnapshotTable[] {
  return tables.filter(({ schema }) => schema !== 'private');
}

async function readCatalog(hold: SnapshotHold, models: Models): Promise<Catalog> {
  const { snapshot } = hold;
  const types = await readColumnTypes(hold);
  const lineage = await readLineage(hold, models.views);
  const datasets = publicTables(snapshot.manifest).map(({ schema, name, rows, files }): Dataset => {
    const columns = types.get(`${schema}.${name}`) ?? [];
    const mart = schema === 'marts' ? models.marts.get(name) : undefined;
    const view = schema === 'staging' ? models.views.get(name) : undefined;
    const described = mart === undefined ? columnsOfView(columns, view) : columnsOfMart(columns, mart);
    return {
      schema,
      table: name,
      title: titleOf(name),
      ...(mart === undefined ? describeView(view) : describeMart(mart)),
      rows,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      columns: described,
      lineage: lineage(schema, name),
      queries: sampleQueries({ schema, table: name, columns: described, references: mart?.references ?? [] }),
    };
  });
  return {
    snapshot: snapshot.number,
    publishedAt: snapshot.manifest.createdAt,
    profile: snapshot.manifest.profile,
    datasets: datasets.sort((a, b) => `${a.schema}.${a.table}`.localeCompare(`${b.schema}.${b.table}`)),
  };
}

function describeMart({ title, description, grain, owner, version, references }: MartDeclaration) {
  return { title, description, grain, owner, version, references };
}

function describeView(view: ViewDescription | undefined) {
  const { description, grain } = view ?? {};
  return { ...(description === undefined ? {} : { description }), ...(grain === undefined ? {} : { grain }) };
}

function columnsOfView(
  columns: readonly DatasetColumn[],
  view: ViewDescription | undefined,
): readonly DatasetColumn[] {
  return columns.map((column) => {
    const description = view?.columns.get(column.name);
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
