import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expandCodes } from '../../cli/expand-codes.ts';
import { loadCodes } from '../../etl/refresh/load-codes.ts';
import { codesHash, modelHash } from '../../etl/refresh/model-hash.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chiasm-codes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);

async function readCodes(sql: string): Promise<readonly Record<string, unknown>[]> {
  const connection = await (await openDuckDB({ threads: 1 })).connect();
  await loadCodes(connection, { codes: folder });
  const rows = await queryJson(connection, sql);
  connection.closeSync();
  return rows;
}

const failure = async (): Promise<unknown> => readCodes('select 1').catch((error: unknown) => error);

test('rows of a site take the place of shipped rows of the same key, in any spelling of system and code', async () => {
  write(
    'code_map.csv',
    'system,code,facet,value\nhttp://hl7.org/fhir/sid/icd-10,c34,site,chest\nurn:local,t-1.5,role,primary\n',
  );
  write(
    'code_map.tx.csv',
    'system,code,facet,value\nurn:local,T-15,role,secondary\nurn:local,T-2,site,lung\n',
  );
  expect(
    await readCodes(
      `select system, code, facet, value from codes.code_map
       where system = 'urn:local' or (system = 'icd-10' and code = 'C34') order by all`,
    ),
  ).toEqual([
    { system: 'icd-10', code: 'C34', facet: 'behavior', value: 'malignant' },
    { system: 'icd-10', code: 'C34', facet: 'role', value: 'primary' },
    { system: 'icd-10', code: 'C34', facet: 'site', value: 'chest' },
    { system: 'urn:local', code: 'T-15', facet: 'role', value: 'primary' },
    { system: 'urn:local', code: 'T-2', facet: 'site', value: 'lung' },
  ]);
});

test('a change of the files asks for a rebuild', () => {
  const before = [codesHash({ codes: folder }), modelHash({ codes: folder })];
  write('gene.csv', 'hgnc_id,symbol\n1,A1BG\n');
  expect(codesHash({ codes: folder })).not.toBe(before[0]);
  expect(modelHash({ codes: folder })).not.toBe(before[1]);
});

test.each([
  ['colours.csv', 'system,code\n', /no code table of this name/],
  ['code_map.csv', 'system,code,facet,meaning\n', /header/],
  ['gene.csv', 'symbol\nA1BG\n', /header/],
  ['gene.csv', 'hgnc_id,symbol\n1,A1BG\n1,A2M\n', /repeated or empty/],
  ['gene.csv', 'hgnc_id,symbol\n,A1BG\n', /repeated or empty/],
])('%s that does not fit is refused and nothing of it is told', async (file, text, message) => {
  write(file, text);
  const error = await failure();
  expect(error).toMatchObject({ code: 'codes-invalid', message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('A1BG');
});

test('a folder that is not there is an error, not no codes', async () => {
  rmSync(folder, { recursive: true });
  expect(await failure()).toMatchObject({ code: 'codes-invalid' });
});

/** A terminology server that answers $expand from what it is given, `page` entries at a time. */
function terminologyServer(answer: (query: URLSearchParams) => unknown): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = url.pathname === '/fhir/ValueSet/$expand' ? answer(url.searchParams) : undefined;
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(body ?? { resourceType: 'OperationOutcome' }));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const LUNG = 'http://hospital.example/ValueSet/lung';

async function expandWith(answer: (query: URLSearchParams) => unknown): Promise<unknown> {
  const server = await terminologyServer(answer);
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir/`;
  try {
    return await expandCodes(folder, { baseUrl }, new AbortController().signal);
  } catch (error) {
    return error;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('value sets become rows: pages are followed, the refresh needs no server', async () => {
  write('value-sets.yaml', `- valueSet: ${LUNG}\n  means: { site: lung, role: primary }\n`);
  const codes = Array.from({ length: 2500 }, (_, index) => ({
    system: 'http://snomed.info/sct',
    code: String(900000 + index),
    display: index === 0 ? 'A "small", rare tumour' : `Tumour ${index}`,
  }));
  const done = await expandWith((query) => {
    const offset = Number(query.get('offset'));
    const contains = codes.slice(offset, offset + Number(query.get('count')));
    return query.get('url') === LUNG
      ? { resourceType: 'ValueSet', expansion: { total: codes.length, contains } }
      : undefined;
  });
  expect(done).toEqual([{ valueSet: LUNG, codes: 2500 }]);
  expect(readFileSync(join(folder, 'code_map.expanded.csv'), 'utf8').split('\n')).toHaveLength(5002);
  expect(
    await readCodes(`select facet, value, display from codes.code_map where code = '900000' order by facet`),
  ).toEqual([
    { facet: 'role', value: 'primary', display: 'A "small", rare tumour' },
    { facet: 'site', value: 'lung', display: 'A "small", rare tumour' },
  ]);
});

test('groups of an expansion are opened and are no codes themselves', async () => {
  write('value-sets.yaml', `- valueSet: ${LUNG}\n  means: { site: lung }\n`);
  const contains = [
    { system: 'urn:x', code: 'group', abstract: true, contains: [{ system: 'urn:x', code: 'leaf' }] },
  ];
  expect(await expandWith(() => ({ resourceType: 'ValueSet', expansion: { contains } }))).toEqual([
    { valueSet: LUNG, codes: 1 },
  ]);
});

test.each([
  ['an unknown value set', () => undefined, /answered 404/],
  ['no expansion', () => ({ resourceType: 'ValueSet' }), /no expansion/],
  [
    'a part of it',
    () => ({
      resourceType: 'ValueSet',
      expansion: { total: 5, contains: [{ system: 'urn:x', code: '1' }] },
    }),
    /only a part/,
  ],
])('%s changes nothing', async (_, answer, message) => {
  write('value-sets.yaml', `- valueSet: ${LUNG}\n  means: { site: lung }\n`);
  write('code_map.expanded.csv', 'system,code,facet,value,display\n');
  expect(await expandWith(answer)).toMatchObject({
    code: 'codes-invalid',
    message: expect.stringMatching(message),
  });
  expect(readFileSync(join(folder, 'code_map.expanded.csv'), 'utf8')).toBe(
    'system,code,facet,value,display\n',
  );
});
