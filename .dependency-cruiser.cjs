/** The direction of imports: docs/architecture.md says why. Each room names what it may import besides itself. */
const rooms = {
  'base/': [],
  'models/': ['base/'],
  'etl/view/': ['base/', 'models/'],
  'etl/privacy/': ['base/', 'models/', 'etl/view/'],
  'etl/warehouse/': ['base/'],
  'etl/landing/': ['base/', 'etl/warehouse/duckdb'],
  'etl/source/': ['base/', 'models/', 'etl/landing/'],
  'etl/identity/': ['base/', 'models/', 'etl/landing/', 'etl/warehouse/'],
  'etl/opening/': ['base/', 'models/', 'etl/landing/', 'etl/source/input-stream', 'etl/warehouse/'],
  'etl/refresh/': ['base/', 'models/', 'etl/'],
  'cube/': ['base/', 'models/', 'etl/warehouse/'],
  'serve/': ['base/', 'models/', 'cube/', 'etl/warehouse/', 'etl/opening/'],
  'demo/': ['base/'],
  'app/': [],
  'cli/': ['base/', 'models/', 'etl/', 'cube/', 'serve/', 'demo/'],
};

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room} imports only ${allowed.join(' ') || 'nothing'}`,
      severity: 'error',
      from: { path: `^${room}` },
      to: {
        pathNot: [room, ...allowed].map((each) => `^${each}`),
        dependencyTypesNot: ['npm', 'npm-dev', 'core'],
      },
    })),
    {
      name: 'the product uses no development package',
      severity: 'error',
      from: { path: '^(base|models|etl|cube|serve|demo|cli|app)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'view and privacy are pure',
      severity: 'error',
      from: { path: '^etl/(view|privacy)/' },
      to: { path: '^(node:)?(fs|fs/promises|net|http|https|child_process|worker_threads)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules|\\.\\./)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
