// A registry mirror that lacks the packages of other platforms makes npm leave them out of package-lock.json, and then
// `npm ci` refuses the file. This puts them back: by name and version, for their platform only.
import { readFileSync, writeFileSync } from 'node:fs';

const OS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPU = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];

/** The entry of an optional package that npm could not look up. */
function entryOf(name, version, isDev) {
  const parts = name.split(/[-/]/);
  const os = OS.find((each) => parts.includes(each));
  const cpu = CPU.find((each) => parts.includes(each));
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(isDev ? { dev: true } : {}),
    license: 'SEE LICENSE',
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
    ...(parts.includes('musl') ? { libc: ['musl'] } : {}),
  };
}

const file = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = {};
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] === undefined) missing[key] ??= entryOf(name, version, entry.dev === true);
  }
}
const check = process.argv.includes('--check');
if (!check && Object.keys(missing).length > 0) {
  const packages = { ...lock.packages, ...missing };
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
for (const key of Object.keys(missing)) console.log(`${check ? 'missing' : 'added'} ${key}`);
if (check && Object.keys(missing).length > 0) process.exitCode = 1;
