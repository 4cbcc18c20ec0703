import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ApiGateway } from '@cubejs-backend/api-gateway';
import { DuckDBDriver } from '@cubejs-backend/duckdb-driver';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { CUBE_VERSION, hasNativeCube } from '../../cube/portable-core.ts';

const require = createRequire(import.meta.url);
const { CubejsServerCore, CompilerApi } = require('@cubejs-backend/server-core');
const PreAggregations = require('@cubejs-backend/query-orchestrator').PreAggregations;
const { version: clientVersion } = JSON.parse(
  readFileSync(join(packageRoot, 'node_modules/@cubejs-client/core/package.json'), 'utf8'),
);

/** Every method of Cube that `portable-core.ts` replaces or calls although the typings keep it back, with its parameters. */
const SEAMS: readonly [owner: { prototype: object }, method: string, parameters: number][] = [
  [CubejsServerCore, 'createCompilerApi', 1],
  [CubejsServerCore, 'createCompilerApiOptions', 0],
  [CubejsServerCore, 'createApiGatewayInstance', 5],
  [CubejsServerCore, 'createOrchestratorApi', 2],
  [CubejsServerCore, 'getCompilerApi', 1],
  [CompilerApi, 'createNativeInstance', 0],
  [CompilerApi, 'getCompilers', 0],
  [CompilerApi, 'getSql', 1],
  [CompilerApi, 'metaConfig', 1],
  [CompilerApi, 'preAggregations', 1],
  [ApiGateway as never, 'resToResultFn', 1],
  [ApiGateway as never, 'createSQLServerInstance', 0],
  [ApiGateway as never, 'getNormalizedQueries', 2],
  [ApiGateway as never, 'parseQueryParam', 1],
  [PreAggregations, 'loadAllPreAggregationsIfNeeded', 1],
  [DuckDBDriver.dialectClass() as never, 'newPreAggregations', 0],
];

test.each(SEAMS.map(([owner, method, parameters]) => [method, owner, parameters] as const))(
  'Cube still has %s',
  (method, owner, parameters) => {
    const found = (owner.prototype as Record<string, unknown>)[method];
    expect(found).toBeTypeOf('function');
    // Defaults and rest parameters are not counted.
    expect((found as () => void).length).toBe(parameters);
  },
);

test('the versions are those that the seams were made for, also of the client that checks them', () => {
  expect([CUBE_VERSION, clientVersion]).toEqual(['1.7.43', '1.7.43']);
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const pinned = Object.entries(dependencies).filter(([name]) => name.startsWith('@cubejs-backend/'));
  expect(pinned.length).toBeGreaterThan(4);
  expect(pinned.filter(([, version]) => version !== CUBE_VERSION)).toEqual([]);
});

test('one file holds the seams: no other imports a package of Cube', () => {
  const files = ['base', 'models', 'etl', 'cube', 'serve', 'cli', 'demo', 'bench'].flatMap((room) =>
    readdirSync(join(packageRoot, room), { recursive: true })
      .map((file) => `${room}/${file}`)
      .filter((file) => file.endsWith('.ts')),
  );
  expect(files.length).toBeGreaterThan(200);
  const importing = files.filter((file) =>
    readFileSync(join(packageRoot, file), 'utf8').includes(`'@cubejs-`),
  );
  expect(importing).toEqual(['cube/portable-core.ts']);
});

test('the native binary is used where it is installed, and nowhere else', () => {
  expect(hasNativeCube()).toBe(existsNative());
});

function existsNative(): boolean {
  const folder = join(packageRoot, 'node_modules/@cubejs-backend/native');
  return readdirSync(folder, { recursive: true }).some((file) => String(file).endsWith('.node'));
}
