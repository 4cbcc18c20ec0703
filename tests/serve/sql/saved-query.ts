import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import pg from 'pg';
import { loadContract, type MartContract } from '../../../models/mart-contract.ts';

/** Column of a result → its type as PostgreSQL names it within (`int8`, `float8`), in order. */
export type ResultColumns = Readonly<Record<string, string>>;

/** A query that a report of some tool holds, and what it gave with the release for which it was written. */
export interface SavedQuery {
  readonly release: string;
  readonly tool: string;
  readonly name: string;
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Undefined while nobody has written them down. */
  readonly columns: ResultColumns | undefined;
  /** `marts.<mart>` or `marts.<mart>.<column>`: deprecated in the release, so that the query may break. */
  readonly deprecated: readonly string[];
}

export type Outcome =
  | { readonly kind: 'answered'; readonly columns: ResultColumns }
  | { readonly kind: 'failed'; readonly sqlState: string; readonly message: string };

/** Reports of older releases may have been written anew. */
const RELEASES_HELD = 2;

const folder = join(import.meta.dirname, 'saved-queries');

export function heldReleases(): readonly string[] {
  return loadContract().releases.slice(-RELEASES_HELD);
}

/** The contract of a release: that of the last one is the model's, those before stand beside their queries. */
export function contractOfRelease(release: string): MartContract {
  const last = loadContract();
  if (last.releases.at(-1) === release) return last;
  const file = join(folder, release, 'contract.json');
  if (!existsSync(file))
    throw new Error(
      `tests/serve/sql/saved-queries/${release}/contract.json is missing: git show v${release}:models/contract.json gives it`,
    );
  return loadContract(file);
}

/** The queries of a release, from a file per tool. */
export function savedQueries(release: string): readonly SavedQuery[] {
  const directory = join(folder, release);
  if (!existsSync(directory))
    throw new Error(
      `release ${release} has no saved queries: copy those of the release before to tests/serve/sql/saved-queries/${release}`,
    );
  const files = readdirSync(directory).filter((file) => file.endsWith('.sql'));
  return files.flatMap((file) => {
    const blocks = readFileSync(join(directory, file), 'utf8').split(/^(?=-- name: )/m);
    return blocks.map((block) => parseSavedQuery(release, basename(file, '.sql'), block));
  });
}

function parseSavedQuery(release: string, tool: string, block: string): SavedQuery {
  const header = new Map<string, string>();
  const lines = block.split('\n');
  let begin = 0;
  for (; ; begin += 1) {
    const [, key, value] = /^-- (name|values|columns|deprecated): (.*)$/.exec(lines[begin] ?? '') ?? [];
    if (key === undefined || value === undefined) break;
    header.set(key, value);
  }
  const name = header.get('name');
  if (name === undefined) throw new Error(`${release}/${tool}.sql has a query without a name`);
  const columns = header.get('columns');
  return {
    release,
    tool,
    name,
    sql: lines.slice(begin).join('\n').trim(),
    values: JSON.parse(header.get('values') ?? '[]') as readonly unknown[],
    columns: columns === undefined ? undefined : (JSON.parse(columns) as ResultColumns),
    deprecated: header.get('deprecated')?.split(', ') ?? [],
  };
}

const TYPE_NAMES = new Map(
  Object.entries(pg.types.builtins).map(([name, oid]) => [Number(oid), name.toLowerCase()]),
);

/** Sends a saved query as its tool does. */
export async function replay(client: pg.Client, { sql, values }: SavedQuery): Promise<Outcome> {
  try {
    const { fields } = await client.query({ text: sql, values: [...values], rowMode: 'array' });
    const columns = fields.map(({ name, dataTypeID }) => [name, TYPE_NAMES.get(dataTypeID) ?? ''] as const);
    return { kind: 'answered', columns: Object.fromEntries(columns) };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return { kind: 'failed', sqlState: error.code ?? '', message: error.message };
  }
}

/** Errors of tables and columns that are not there. */
const GONE = new Set(['42P01', '42703']);

/** What is wrong with an outcome, and what to do; nothing where readers may live with it. */
export function problemsOf(saved: SavedQuery, outcome: Outcome, contract: MartContract): readonly string[] {
  const problem = problemOf(saved, outcome, contract);
  return problem === undefined ? [] : [problem];
}

function problemOf(saved: SavedQuery, outcome: Outcome, contract: MartContract): string | undefined {
  const place = `saved-queries/${saved.release}/${saved.tool}.sql, "${saved.name}"`;
  const strangers = saved.deprecated.filter((name) => !isDeprecated(name, contract));
  if (strangers.length > 0)
    return `${place} may break for ${strangers.join(', ')}, which release ${saved.release} does not deprecate`;
  if (outcome.kind === 'failed') {
    if (saved.deprecated.length > 0 && GONE.has(outcome.sqlState)) return undefined;
    return `${place} fails now: ${outcome.sqlState} ${outcome.message}. ${ADVICE}`;
  }
  if (saved.columns === undefined)
    return `${place} does not say what it gives. Add: -- columns: ${JSON.stringify(outcome.columns)}`;
  const changed = changedColumns(saved, saved.columns, outcome.columns);
  return changed === undefined ? undefined : `${place}: ${changed}. ${ADVICE}`;
}

const ADVICE =
  'Reports with such queries exist. Keep the old table, column or type beside the new one for two releases, with ' +
  '`deprecated: { since, use }`; once a release has deprecated it, its saved queries may break that say ' +
  '"-- deprecated: marts.<mart>.<column>".';

function changedColumns(
  { sql }: SavedQuery,
  before: ResultColumns,
  after: ResultColumns,
): string | undefined {
  const gone = Object.keys(before).filter((name) => after[name] === undefined);
  if (gone.length > 0) return `${gone.join(', ')} is gone`;
  const other = Object.keys(before).filter((name) => before[name] !== after[name]);
  if (other.length > 0)
    return other.map((name) => `${name} was ${before[name]} and is ${after[name]}`).join(', ');
  const names = Object.keys(after);
  const added = names.filter((name) => before[name] === undefined);
  // A new column is promised to break nobody, and * shows it.
  if (added.length > 0 && !/\*(?! \d)\s+from/i.test(sql)) return `${added.join(', ')} is new`;
  const kept = names.filter((name) => before[name] !== undefined);
  return kept.join() === Object.keys(before).join() ? undefined : `the order is ${kept.join(', ')}`;
}

function isDeprecated(name: string, contract: MartContract): boolean {
  const [schema, mart = '', column] = name.split('.');
  const promised = schema === 'marts' ? contract.marts[mart] : undefined;
  const place = column === undefined ? promised : promised?.columns[column];
  return (place ?? promised)?.deprecatedSince !== undefined && place !== undefined;
}
