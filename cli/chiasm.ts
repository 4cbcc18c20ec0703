#!/usr/bin/env node
// DuckDB takes libuv's threads for the length of a query: file serving needs some of its own.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

const { CommanderError } = await import('commander');
const { buildProgram } = await import('./program.ts');
const { describeError, exitCodeOf } = await import('./exit-code.ts');

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  // commander has already said what is wrong with the command line
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
