import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { currentSnapshotNumber } from '../../etl/warehouse/current.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { readManifest } from '../../etl/warehouse/snapshot-manifest.ts';
import { directoriesBelow, withSnapshot } from '../support/refresh.ts';
import { createMedplumEngine } from '../view/oracle/medplum-engine.ts';
import { ExpectedStaging, type Secrets } from './expected-staging.ts';
import type { HospitalHistory } from './history.ts';
import type { MergeModel } from './merge-model.ts';
import type { PackageCopy } from './package-copy.ts';
import { namesOf } from './records.ts';
import type { WorldModel } from './world-model.ts';

type Cells = Readonly<Record<string, unknown>>;
type Query = (sql: string) => Promise<readonly Cells[]>;

export interface PublishedNight {
  readonly directory: string;
  /** The day at which ages count. */
  readonly ageDate: string;
  readonly profile: HospitalHistory['profile'];
  readonly night: number;
  readonly program: PackageCopy;
  readonly model: MergeModel;
  readonly world: WorldModel;
  /** The nodes of the identity graph in the order in which they came. */
  readonly minted: ReadonlyMap<string, number>;
}

const engine = createMedplumEngine();
/** What the FHIRPath library has said of a view and a record. */
const evaluated = new Map<string, readonly Cells[]>();

/** Fails where the published tables of records, or what the refresh remembers of them, are not those of the model. */
export async function comparePublished(published: PublishedNight): Promise<void> {
  const { directory, ageDate, profile, night, program, model, world, minted } = published;
  const secrets = await readSecrets(directory);
  expect([...secrets.persons.keys()], `nodes after night ${night}`).toEqual([...minted.keys()]);
  const staging = new ExpectedStaging(engine, secrets, profile, ageDate, evaluated);
  expect(await readRecords(directory), `records after night ${night}`).toEqual(expectedRecords(model, world));
  await withSnapshot(directory, async (query) => {
    for (const view of program.views()) {
      const rows = staging.rows(view, world);
      const actual = await query(`select * from staging.${view.name}`);
      expect(sorted(actual), `staging.${view.name} after night ${night}`).toEqual(sorted(rows));
    }
    await compareProvided(query, staging, published);
  });
}

async function compareProvided(
  query: Query,
  staging: ExpectedStaging,
  { model, world, night }: PublishedNight,
): Promise<void> {
  const refused = [...model.refused].flatMap(([source, paths]) =>
    [...paths.values()].flatMap((codes) =>
      Object.entries(codes).map(([code, records]) => ({ source, code, records })),
    ),
  );
  const landed = model.known().map(({ source, type }) => ({ source, type, records: 1 }));
  const numbers = 'select * exclude (records), records::integer as records from staging';
  expect(sorted(await query(`${numbers}.quarantine_count`)), `refused after night ${night}`).toEqual(
    sorted(summed(refused)),
  );
  expect(
    sorted(await query(`${numbers.replace('(records)', '(records, has_view)')}.landed_type`)),
    `landed after night ${night}`,
  ).toEqual(sorted(summed(landed)));

  const links = world.placed
    .filter(({ version }) => version.type === 'Patient')
    .map(({ version, node }) => ({
      patient_record_key: staging.uuid('key', `${version.source}|Patient/${version.id}`),
      patient_key: staging.patientKey(world.person.get(node ?? '')),
    }));
  expect(
    sorted(await query('select patient_record_key, patient_key from staging.patient_link')),
    `links after night ${night}`,
  ).toEqual(sorted(links));

  const hidden = model.hidden().map(({ loser, winner }) => {
    const [lost, shown] = [loser.content, winner.content];
    if (lost === 'deleted' || shown === 'deleted' || !('kind' in lost) || !('kind' in shown))
      throw new Error();
    if (lost.image === undefined || shown.image === undefined) throw new Error();
    const names = namesOf(winner.history);
    return {
      patient_key: staging.patientKey(world.person.get(`pacs|study/${names.study(shown.image.study)}`)),
      source: 'pacs',
      study_key: staging.uuid('uid', names.study(shown.image.study)),
      sop_instance_key: staging.uuid('uid', names.instance(lost.image.sop)),
      is_same_patient: lost.image.number === shown.image.number,
    };
  });
  expect(
    sorted(await query('select * from staging.shadowed_instance')),
    `hidden after night ${night}`,
  ).toEqual(sorted(hidden));
}

/** What the refresh remembers of every record that ever landed. */
async function readRecords(directory: string): Promise<readonly string[]> {
  const { warehouse, private: own } = directoriesBelow(directory);
  const manifest = await readManifest(warehouse, (await currentSnapshotNumber(warehouse)) ?? 0);
  const files = manifest?.tables.find(({ schema, name }) => schema === 'private' && name === 'record')?.files;
  const paths = (files ?? []).map(({ path }) => `'${join(own, path)}'`).join(', ');
  const instance = await openDuckDB();
  const connection = await instance.connect();
  const rows = await queryJson(
    connection,
    `select source, type, id, is_deleted, is_shadowed, node from read_parquet([${paths}])`,
  );
  connection.closeSync();
  instance.closeSync();
  return sorted(rows);
}

function expectedRecords(model: MergeModel, world: WorldModel): readonly string[] {
  const hidden = new Map(model.hidden().map(({ loser }) => [loser, true]));
  return sorted(
    [...model.newest.values()].map((version) => ({
      source: version.source,
      type: version.type,
      id: version.id,
      is_deleted: version.content === 'deleted',
      is_shadowed: hidden.has(version),
      node: world.nodes.get(version) ?? null,
    })),
  );
}

async function readSecrets(directory: string): Promise<Secrets> {
  const { vault, keyFile } = directoriesBelow(directory);
  const instance = await openDuckDB({ file: join(vault, 'vault.duckdb') });
  const connection = await instance.connect();
  const rows = await queryJson(connection, 'select node, person_id from node order by minted');
  connection.closeSync();
  instance.closeSync();
  return {
    key: Buffer.from(readFileSync(keyFile, 'utf8').trim(), 'hex'),
    persons: new Map(rows.map((row) => [String(row['node']), String(row['person_id'])])),
  };
}

function summed(rows: readonly (Cells & { readonly records: number })[]): readonly Cells[] {
  const sums = new Map<string, number>();
  for (const { records, ...rest } of rows) {
    const key = JSON.stringify(rest);
    sums.set(key, (sums.get(key) ?? 0) + records);
  }
  return [...sums].map(([key, records]) => ({ ...(JSON.parse(key) as Cells), records }));
}

/** A multiset of rows, each cell in one spelling. */
function sorted(rows: readonly Cells[]): readonly string[] {
  return rows
    .map((row) => JSON.stringify(Object.entries(row).map(([name, cell]) => [name, spelled(cell)])))
    .sort();
}

function spelled(cell: unknown): unknown {
  if (cell === null || cell === undefined) return null;
  if (Array.isArray(cell)) return cell.map(spelled);
  const text = String(cell);
  return /^\d{4}-\d\d-\d\d[ T]\d\d:/.test(text)
    ? new Date(text.replace(' ', 'T').replace(/\+00$/, 'Z')).toISOString()
    : text;
}
