import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { isMissing } from '../../../base/files.ts';
import type { CatalogAnswer, CatalogRequest, CatalogSettings } from './catalog-job.ts';

/** Entry of the catalog thread: PostgreSQL itself, in memory, with nothing but a schema in it. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const settings = workerData as CatalogSettings;

/** PGlite's own, with small buffers: the tables are empty. */
const START = [...PGlite.defaultStartParams, '-c', 'shared_buffers=4MB', '-c', 'log_min_messages=panic'];

/** What anybody may call in PostgreSQL, and nobody here: it would change settings, sleep, lock, signal or write. */
const LOCKDOWN = `
revoke all on schema public from public;
revoke temporary on database "${settings.database}" from public;
do $$
declare each regprocedure;
begin
  for each in
    select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace
      and proname ~ '^(set_config|pg_sleep.*|pg_(try_)?advisory_.*|pg_terminate_backend|pg_cancel_backend|pg_notify|lo_.*|loread|lowrite|query_to_.*|cursor_to_.*|table_to_.*|schema_to_.*|database_to_.*|ts_stat|txid_.*|pg_export_snapshot|pg_stat_.*reset.*|pg_logical_.*|pg_replication_.*|pg_read_.*|pg_ls_.*|pg_stat_file|nextval|setval|currval|lastval)$'
  loop
    execute format('revoke execute on function %s from public', each);
  end loop;
end $$;`;

/** MEASURE(m) takes what a measure holds and gives the same type; it is never computed here. */
const MEASURE = `
create or replace function pg_catalog.measure_step(anyelement, anyelement) returns anyelement
  language sql immutable as 'select $2';
create or replace aggregate pg_catalog.measure(anyelement) (sfunc = pg_catalog.measure_step, stype = anyelement);`;

const postgres = await openCluster();
await postgres.exec(LOCKDOWN + MEASURE);
const answer = (message: CatalogAnswer): void => port.postMessage(message);

port.on('message', (request: CatalogRequest) => {
  run(request).then(
    (bytes) => answer({ kind: 'done', id: request.id, bytes }),
    (error: unknown) => answer({ kind: 'failed', id: request.id, message: String(error) }),
  );
});
answer({ kind: 'ready' });

async function run(request: CatalogRequest): Promise<Uint8Array> {
  if (request.kind === 'sql') {
    await postgres.exec(request.sql);
    return new Uint8Array();
  }
  return postgres.execProtocolRaw(request.bytes, { syncToFs: false });
}

/** Opens the cluster that was made once and kept; making it takes seconds and much memory. */
async function openCluster(): Promise<PGlite> {
  const { clusterFile, database } = settings;
  const kept = await readFile(clusterFile).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const cluster = kept ?? (await makeCluster(clusterFile, database));
  return PGlite.create({
    loadDataDir: new Blob([new Uint8Array(cluster)]),
    startParams: START,
    database,
  });
}

async function makeCluster(file: string, database: string): Promise<Buffer> {
  const fresh = await PGlite.create({ startParams: START });
  await fresh.exec(`create database ${database}`);
  const dump = Buffer.from(await (await fresh.dumpDataDir('none')).arrayBuffer());
  await fresh.close();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Two servers may make it at once: each renames a whole file.
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, dump, { mode: 0o600 });
  await rename(temporary, file);
  return dump;
}
