import { spawnSync } from 'node:child_process';

/**
 * Compiles the product once before the tests: worker threads and the command line run from `dist/`. A type error
 * stops the tests in CI only; at a desk the compiler still emits, and the test of the file at hand can run.
 */
export default function buildProduct(): void {
  const isStrict = process.env['CI'] === 'true';
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: isStrict ? 'inherit' : 'ignore',
  });
  if (status !== 0 && isStrict) throw new Error('the product does not compile');
}
