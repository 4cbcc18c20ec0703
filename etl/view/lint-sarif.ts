import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Finding, type Region, RULES, type RuleId, type Severity } from './lint-rule.ts';

const LEVELS = { error: 'error', warning: 'warning', hint: 'note' } as const satisfies Record<
  Severity,
  string
>;
const RULE_IDS = Object.keys(RULES) as readonly RuleId[];

/**
 * Findings as SARIF 2.1.0, which code hosts and editors show in place.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifLog(
  files: readonly { readonly file: string; readonly findings: readonly Finding[] }[],
  version: string,
): unknown {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'chiasm view check', version, rules: RULE_IDS.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        artifacts: files.map(({ file }) => ({ location: { uri: uriOf(file) } })),
        results: files.flatMap(({ file, findings }) => findings.map((finding) => resultOf(file, finding))),
      },
    ],
  };
}

function ruleOf(id: RuleId): unknown {
  const { about, severity } = RULES[id];
  return { id, shortDescription: { text: about }, defaultConfiguration: { level: LEVELS[severity] } };
}

function resultOf(file: string, finding: Finding): unknown {
  const { rule, severity, message, suggestion, path, region, replacement } = finding;
  const artifactLocation = { uri: uriOf(file) };
  return {
    ruleId: rule,
    ruleIndex: RULE_IDS.indexOf(rule),
    level: LEVELS[severity],
    message: { text: suggestion === null ? message : `${message} (${suggestion})` },
    locations: [
      {
        physicalLocation: { artifactLocation, region: plain(region) },
        logicalLocations: [{ fullyQualifiedName: path, kind: 'member' }],
      },
    ],
    ...(replacement === null || suggestion === null
      ? {}
      : {
          fixes: [
            {
              description: { text: suggestion },
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: [
                    {
                      deletedRegion: plain(region),
                      insertedContent: { text: JSON.stringify(replacement).slice(1, -1) },
                    },
                  ],
                },
              ],
            },
          ],
        }),
  };
}

function plain({ startLine, startColumn, endLine, endColumn }: Region): Region {
  return { startLine, startColumn, endLine, endColumn };
}

/** A URI reference: relative to where the command runs, or absolute. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(/[\\/]/).map(encodeURIComponent).join('/');
}
