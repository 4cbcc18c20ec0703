import { expect, test } from 'vitest';
import { z } from 'zod';
import { RULES } from '../../etl/view/lint-rule.ts';
import { sarifLog } from '../../etl/view/lint-sarif.ts';
import { lintView } from '../../etl/view/lint-view.ts';
import { patientView } from './lint-marked.ts';

const positive = z.int().min(1);
const text = z.strictObject({ text: z.string().min(1) });
const level = z.enum(['error', 'warning', 'note']);
const artifact = z.strictObject({ uri: z.string().refine((uri) => URL.canParse(uri, 'file:///')) });
const region = z.strictObject({
  startLine: positive,
  startColumn: positive,
  endLine: positive,
  endColumn: positive,
});

/** As much of the SARIF 2.1.0 schema as is in use; strict, so that nothing else creeps in. */
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          version: z.string(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              shortDescription: text,
              defaultConfiguration: z.strictObject({ level }),
            }),
          ),
        }),
      }),
      columnKind: z.literal('utf16CodeUnits'),
      artifacts: z.array(z.strictObject({ location: artifact })),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level,
          message: text,
          locations: z.tuple([
            z.strictObject({
              physicalLocation: z.strictObject({ artifactLocation: artifact, region }),
              logicalLocations: z.tuple([
                z.strictObject({ fullyQualifiedName: z.string().startsWith('$'), kind: z.literal('member') }),
              ]),
            }),
          ]),
          fixes: z
            .tuple([
              z.strictObject({
                description: text,
                artifactChanges: z.tuple([
                  z.strictObject({
                    artifactLocation: artifact,
                    replacements: z.tuple([
                      z.strictObject({
                        deletedRegion: region,
                        insertedContent: z.strictObject({ text: z.string() }),
                      }),
                    ]),
                  }),
                ]),
              }),
            ])
            .optional(),
        }),
      ),
    }),
  ]),
});

test('findings as SARIF 2.1.0', () => {
  const broken = patientView(['"name": "a", "path": "birthdate"', '"name": "b-c", "path": "name.family"']);
  const { findings } = lintView(broken, 'x');
  const log = sarif.parse(sarifLog([{ file: 'my views/x#1.json', findings }], '1.2.3'));
  const [run] = log.runs;
  expect(run.artifacts).toEqual([{ location: { uri: 'my%20views/x%231.json' } }]);
  expect(run.results.map(({ ruleId }) => ruleId)).toEqual(['unknown-element', 'unsafe-name', 'many-values']);
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  expect(run.results[0]?.locations[0].physicalLocation.region).toEqual(findings[0]?.region);
  expect(run.results[0]?.fixes?.[0].artifactChanges[0].replacements[0].insertedContent.text).toBe(
    'birthDate',
  );
  expect(run.tool.driver.rules).toHaveLength(Object.keys(RULES).length);
});
