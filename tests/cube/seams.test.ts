import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { CUBE_VERSION } from '../../cube/portable-core.ts';

const require = createRequire(import.meta.url);
const text = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');
const seams = text('cube/portable-core.ts');

/** The compiled sources of a package of Cube, as one text. */
function sourceOf(name: string): string {
  const folder = join(dirname(require.resolve(`${name}/package.json`)), 'dist');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

test('Cube is pinned to the version that the seams were made for', () => {
  const { dependencies, devDependencies } = JSON.parse(text('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const cubes = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) =>
    name.startsWith('@cubejs-'),
  );
  expect(cubes.length).toBeGreaterThan(5);
  expect([...new Set(cubes.map(([, version]) => version))]).toEqual([CUBE_VERSION]);
});

test('one file reaches into Cube', () => {
  const files = ['base', 'models', 'etl', 'cube', 'serve', 'cli', 'demo', 'bench'].flatMap((room) =>
    readdirSync(join(packageRoot, room), { recursive: true, encoding: 'utf8' }).map(
      (file) => `${room}/${file}`,
    ),
  );
  const reaching = files.filter(
    (file) => file.endsWith('.ts') && /^import (?!type )[^;]*'@cubejs-|import\('@cubejs-/m.test(text(file)),
  );
  expect(reaching).toEqual(['cube/portable-core.ts']);
});

// Where a name is no longer called, what overrides it is dead, and nothing else would tell.
test.each<[string, string, readonly string[]]>([
  [
    '@cubejs-backend/api-gateway',
    'PortableGateway',
    ['getNormalizedQueries', 'createSQLServerInstance', 'resToResultFn', 'coerceForSqlQuery'],
  ],
  [
    '@cubejs-backend/server-core',
    'PortableCore',
    ['createCompilerApi', 'createApiGatewayInstance', 'createOrchestratorApi'],
  ],
  ['@cubejs-backend/server-core', 'PortableCompilerApi', ['compileSchema', 'createNativeInstance']],
  ['@cubejs-backend/schema-compiler', 'PortableDuckDBQuery', ['newPreAggregations']],
])('%s still calls what %s overrides', (name, owner, overridden) => {
  const [, body = ''] = seams.split(new RegExp(`class ${owner} extends`));
  const own = body.split(/\n}\n/)[0] ?? '';
  const written = [...own.matchAll(/override (?:async )?(\w+)\(/g)].map((match) => match[1]);
  expect(written.sort()).toEqual([...overridden].sort());
  const source = sourceOf(name);
  expect(overridden.filter((method) => !source.includes(`this.${method}(`))).toEqual([]);
});

test.each<[string, readonly string[]]>([
  [
    '@cubejs-backend/query-orchestrator',
    ['.loadAllPreAggregationsIfNeeded(', 'preAggregationsTablesToTempTables', 'getCacheDriver('],
  ],
  [
    '@cubejs-backend/server-core',
    ['orchestratorStorage', 'patchVisibilityByAccessPolicy', '.accessPolicy', 'createQueryFactory'],
  ],
  [
    '@cubejs-backend/schema-compiler',
    [
      'findPreAggregationForQuery',
      'useNativeSqlPlanner',
      'isRbacEnabled',
      'this.workerPool = ',
      'this.workerPool.exec(',
    ],
  ],
  ['@cubejs-backend/duckdb-driver', ['buildTransform', 'convertDuckDBParams', 'transformChunk']],
  ['@cubejs-backend/api-gateway', ['CubejsHandlerError', 'disableExternalPreAggregations', 'isWrapper']],
])('%s still has what the seams lean on', (name, words) => {
  const source = sourceOf(name) + (name.endsWith('api-gateway') ? sourceOf('@cubejs-backend/native') : '');
  expect(words.filter((word) => !source.includes(word))).toEqual([]);
});
