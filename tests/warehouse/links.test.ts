import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDuckDB, queryCount } from '../../etl/warehouse/duckdb.ts';
import { adoptFile, publishSnapshot, sweepUnpublished } from '../../etl/warehouse/publish.ts';
import { listReleases, releaseSnapshot } from '../../etl/warehouse/release.ts';
import { openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { renderingPath } from '../../etl/warehouse/snapshot-paths.ts';
import { chiasm } from '../cli/run-chiasm.ts';
import { systemError, watchFileOperations } from '../support/file-operations.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const instance = await openDuckDB();

async function publish(data: string, generation: number): Promise<void> {
  const warehouse = join(data, 'warehouse');
  const spooled = join(data, 'spooled.parquet');
  const connection = await instance.connect();
  await connection.run(`copy (select ${generation} as generation) to '${spooled}' (format parquet)`);
  connection.closeSync();
  const file = await adoptFile(warehouse, 'marts', 'patients', spooled, 1);
  await publishSnapshot(warehouse, {
    createdAt: new Date().toISOString(),
    profile: 'research',
    keyEpoch: '',
    modelHash: '',
    inputHash: '',
    runs: [],
    tables: [{ schema: 'marts', name: 'patients', definition: '', rows: 1, files: [file] }],
  });
}

/** The generation that an outside reader finds below the directory that `chiasm snapshots path` prints. */
async function readOutside(data: string): Promise<number> {
  writeFileSync(
    join(data, 'chiasm.yaml'),
    'data: .\nsources: [{ name: ehr, kind: fhir-folder, path: fhir }]\n',
  );
  const { code, out, err } = await chiasm(['snapshots', 'path', '-c', join(data, 'chiasm.yaml')]);
  expect(err).toBe('');
  expect(code).toBe(0);
  const connection = await instance.connect();
  const files = `'${out.toString().trim()}/marts/patients/*.parquet'`;
  const generation = await queryCount(connection, `select generation from ${files}`);
  connection.closeSync();
  return generation;
}

test.each(['EPERM', 'ENOTSUP'])(
  'where every link fails with %s, `current` is a file, tables are copies, and readers notice nothing',
  async (code) => {
    const data = temporaryDirectory();
    const warehouse = join(data, 'warehouse');
    const watch = watchFileOperations(({ name }) => {
      if (name === 'link' || name === 'symlink') throw systemError(code);
    });
    await publish(data, 1);
    await publish(data, 2);
    await releaseSnapshot(warehouse, 'two', { now: new Date() });
    await expect(releaseSnapshot(warehouse, 'two', { snapshot: 1, now: new Date() })).rejects.toMatchObject({
      code: 'release-exists',
    });
    await sweepUnpublished(warehouse);
    watch.stop();

    expect(readFileSync(join(warehouse, 'current'), 'utf8').trim()).toBe(join('snapshots', '2'));
    const { number, tables } = await openSnapshot(warehouse);
    expect(number).toBe(2);
    const rendered = join(renderingPath(warehouse, 2), 'marts', 'patients');
    const [file = ''] = tables[0]?.files ?? [];
    expect(statSync(file).nlink).toBe(1);
    expect(readFileSync(join(rendered, file.split('/').at(-1) ?? ''))).toEqual(readFileSync(file));
    expect(await listReleases(warehouse)).toMatchObject([{ name: 'two', snapshot: 2 }]);
    expect(await readOutside(data)).toBe(2);

    // the right to make links comes: the pointer becomes a link in one step
    await publish(data, 3);
    expect(lstatSync(join(warehouse, 'current')).isSymbolicLink()).toBe(true);
    expect(await readOutside(data)).toBe(3);
  },
);

const OTHER_DISK = '/dev/shm';
const isOtherDisk = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;

test.skipIf(!isOtherDisk)(
  'table files on another disk than the snapshots are copied for readers',
  async () => {
    const data = temporaryDirectory();
    const files = mkdtempSync(join(OTHER_DISK, 'chiasm-'));
    onTestFinished(() => rmSync(files, { recursive: true, force: true }));
    mkdirSync(join(data, 'warehouse'));
    symlinkSync(files, join(data, 'warehouse', 'files'));
    await publish(data, 7);
    expect(statSync((await openSnapshot(join(data, 'warehouse'))).tables[0]?.files[0] ?? '').nlink).toBe(1);
    expect(await readOutside(data)).toBe(7);
  },
);
