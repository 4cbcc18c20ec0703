import { z } from 'zod';

/** One case of the official suite with what came of it. */
export interface CaseResult {
  readonly file: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly isRefusal: boolean;
  readonly passed: boolean;
}

/** The report format of the specification's register of implementations: file → tests in the suite's order. */
export const reportSchema = z.record(
  z.string().regex(/\.json$/),
  z.strictObject({
    tests: z
      .array(z.strictObject({ name: z.string(), result: z.strictObject({ passed: z.boolean() }) }))
      .min(1),
  }),
);

export function reportText(results: readonly CaseResult[]): string {
  const report = Object.fromEntries(
    filesOf(results).map((file) => [
      file,
      {
        tests: results
          .filter((result) => result.file === file)
          .map(({ name, passed }) => ({ name, result: { passed } })),
      },
    ]),
  );
  return `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
}

/** `suite` tells which tests these are: digits of a hash over their files. */
export function conformancePage(
  results: readonly CaseResult[],
  engine: { readonly version: string; readonly duckdb: string; readonly suite: string },
): string {
  const files = filesOf(results);
  return `# Conformance

Written by \`tests/view/conformance.test.ts\`; a test fails when it is out of date.

Chiasm ${engine.version} on DuckDB ${engine.duckdb} against the official tests of SQL on FHIR v2
(${files.length} files, ${results.length} cases, SHA-256 \`${engine.suite}…\`). Each case runs twice, through the plan and the SQL of a refresh:
over files on disk and over a relation of JSON. None is skipped.

| Cases | Passed | Of |
|---|---:|---:|
${[
  row('`shareable`', withTag(results, 'shareable')),
  row('`experimental`', withTag(results, 'experimental')),
  row('all', results),
  row(
    'of these, views that must be refused',
    results.filter(({ isRefusal }) => isRefusal),
  ),
].join('\n')}

## By file

| File | Passed | Of | \`shareable\` | \`experimental\` |
|---|---:|---:|---:|---:|
${files
  .map((file) => {
    const its = results.filter((result) => result.file === file);
    const tags = ['shareable', 'experimental'].map((tag) => withTag(its, tag).length || '');
    return `| \`${file}\` | ${passedOf(its)} | ${its.length} | ${tags.join(' | ')} |`;
  })
  .join('\n')}

[conformance-report.json](conformance-report.json) says the same case by case, in the format of the specification's
[register of implementations](https://sql-on-fhir.org/extra/impls.html).

## Run it

The suite is not part of Chiasm. Put the folder \`tests\` of
[HL7/sql-on-fhir](https://github.com/HL7/sql-on-fhir/tree/ee8625f8bca5/tests) at \`../shared/data/sql-on-fhir/tests\` beside the project. Where it
is absent these tests say so and are skipped; with \`CI=true\` its absence is a failure.

\`\`\`sh
npx vitest run --project short tests/view/conformance.test.ts
WRITE_CONFORMANCE=1 npx vitest run --project short tests/view/conformance.test.ts   # writes this page and the report
\`\`\`
`;
}

function filesOf(results: readonly CaseResult[]): readonly string[] {
  return [...new Set(results.map(({ file }) => file))];
}

function withTag(results: readonly CaseResult[], tag: string): readonly CaseResult[] {
  return results.filter(({ tags }) => tags.includes(tag));
}

function passedOf(results: readonly CaseResult[]): number {
  return results.filter(({ passed }) => passed).length;
}

function row(name: string, results: readonly CaseResult[]): string {
  return `| ${name} | ${passedOf(results)} | ${results.length} |`;
}
