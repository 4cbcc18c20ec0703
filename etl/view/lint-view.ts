import { ChiasmError } from '../../base/error.ts';
import type { ViewColumn, ViewDefinition } from './definition.ts';
import { columnFaults } from './lint-columns.ts';
import { engineFault, textFaults } from './lint-engine.ts';
import { headFaults, isViewDefinition, unusedConstants } from './lint-head.ts';
import { type JsonDocument, locate, readJson } from './lint-json.ts';
import { duplicateFaults, nameFaults } from './lint-names.ts';
import { type Observed, observePlan } from './lint-observe.ts';
import { type PathText, pathTexts } from './lint-paths.ts';
import { atColumn, columnsAt, outputColumns, rowHints } from './lint-rows.ts';
import { type Fault, type Finding, type Region, RULES, type RuleId, type Severity } from './lint-rule.ts';
import { isRecord, repaired, structureFaults } from './lint-structure.ts';
import { declaredColumns, tagFaults } from './lint-tags.ts';
import { type StageColumn, warehouseFaults } from './lint-warehouse.ts';
import { parseViewDefinition } from './parse.ts';
import { planView } from './plan.ts';
import { shareableFaults } from './profile-shareable.ts';
import { tabularFaults } from './profile-tabular.ts';
import { schemaFor } from './schema.ts';
import { sqlTypeOf } from './sql-type.ts';

export const PROFILES = ['shareable', 'tabular'] as const;
export type Profile = (typeof PROFILES)[number];

export interface LintOptions {
  readonly profile?: Profile | undefined;
  /** Given for views of the warehouse: what a column becomes in the staging table. */
  readonly stage?: StageColumn | undefined;
}

export interface LintedView {
  /** Whether the text is meant as a ViewDefinition. If not it may be a record, and must not be shown. */
  readonly isView: boolean;
  readonly name: string | null;
  readonly columns: number;
  /** By place in the text. */
  readonly findings: readonly Finding[];
}

/** Everything that is wrong with a ViewDefinition, or may be. `file` is its name, for messages. Pure. */
export function lintView(text: string, file: string, options: LintOptions = {}): LintedView {
  const document = readJson(text);
  const { value, guess } = document;
  const isView = isRecord(guess) && isViewDefinition(guess);
  const isWhole = isRecord(value) && isViewDefinition(value);
  const faults = isWhole ? viewFaults(value, file, options) : { faults: notAView(document), columns: 0 };
  const findings = [
    ...document.faults.map((fault) => finding('json-syntax', fault.problem, fault.region)),
    ...document.duplicates.map(({ key, region }) =>
      finding('json-duplicate-key', `${key} is given twice: the last one counts`, region),
    ),
    ...faults.faults.map((fault) => toFinding(fault, document)),
  ];
  return {
    isView,
    name: isView && typeof guess['name'] === 'string' ? guess['name'] : null,
    columns: faults.columns,
    findings: findings.sort(byPlace),
  };
}

function notAView({ value, faults }: JsonDocument): readonly Fault[] {
  if (value === undefined && faults.length > 0) return [];
  const path = isRecord(value) && 'resourceType' in value ? '$.resourceType' : '$';
  return [{ rule: 'not-a-view', place: { path }, message: 'this is no ViewDefinition' }];
}

function viewFaults(
  view: Readonly<Record<string, unknown>>,
  file: string,
  options: LintOptions,
): { readonly faults: readonly Fault[]; readonly columns: number } {
  const texts = pathTexts(view);
  const usable = repaired(view);
  const definition = usable === null ? null : parseViewDefinition(usable, file);
  const observed = definition === null ? NOTHING : observePlan(definition, schemaFor(definition.resource));
  const planned = definition === null ? [] : plannedFaults(definition, observed, texts);
  const refused = new Set(observed.faults.map(({ params }) => params['path']));
  const names = definition === null ? [] : outputColumns(definition.select);
  const declared = declaredColumns(view['select']);
  const profile =
    options.profile === 'shareable'
      ? shareableFaults(view, declared, observed.columns, texts)
      : options.profile === 'tabular'
        ? tabularFaults(declared, observed.columns)
        : [];
  const faults: readonly Fault[] = [
    ...structureFaults(view),
    ...headFaults(view, options.profile !== undefined),
    ...texts.flatMap((text) => textFaults(text, definition === null || refused.has(text.path))),
    ...planned,
    ...tagFaults(declared),
    ...unusedConstants(view, texts),
    ...names.flatMap(nameFaults),
    ...(typeof view['name'] === 'string' ? nameFaults({ name: view['name'], path: '$.name' }) : []),
    ...duplicateFaults(names),
    ...(definition === null ? [] : rowHints(definition)),
    ...(options.stage === undefined
      ? []
      : warehouseFaults(view, file, names, observed.output, options.stage)),
    ...profile,
  ];
  const isRefused = faults.some((fault) => severityOf(fault) === 'error');
  return {
    faults: distinct(isRefused ? faults : [...faults, ...engineRefusal(view, file)]),
    columns: names.length,
  };
}

const NOTHING: Observed = { faults: [], columns: [], output: [], doubts: [] };

function plannedFaults(
  definition: ViewDefinition,
  observed: Observed,
  texts: readonly PathText[],
): readonly Fault[] {
  const schema = schemaFor(definition.resource);
  const constants = definition.constants.map(({ name }) => name);
  const engine = { texts, resource: definition.resource, constants, schema };
  const columns = new Map(columnsAt(definition.select));
  return [
    ...observed.faults
      .filter((error) => !isToldElsewhere(error, columns))
      .map((error) => engineFault(error, engine))
      .map((fault) => atColumn(fault, definition, observed.columns)),
    ...observed.doubts,
    ...observed.columns.flatMap((column) => {
      const its = columns.get(column.path);
      return its === undefined ? [] : columnFaults(column, its, schema);
    }),
  ];
}

/** Faults for which another rule knows the exact place: a column twice, an ansi/type that is none. */
function isToldElsewhere(error: ChiasmError, columns: ReadonlyMap<string, ViewColumn>): boolean {
  const path = String(error.params['path']);
  const type = columns.get(path)?.tags['ansi/type'];
  return (path === '$.select' && columns.size > 0) || (type !== undefined && sqlTypeOf(type) === null);
}

/** Nothing that the engine refuses goes unsaid, whatever the rules think of it. */
function engineRefusal(view: unknown, file: string): readonly Fault[] {
  try {
    planView(parseViewDefinition(view, file));
    return [];
  } catch (error) {
    if (!(error instanceof ChiasmError)) throw error;
    const { path = '$', column, problem = error.message } = error.params;
    const place = { path: String(path), ...(typeof column === 'number' ? { column } : {}) };
    return [{ rule: 'engine-fault', place, message: String(problem) }];
  }
}

function distinct(faults: readonly Fault[]): readonly Fault[] {
  const keyOf = ({ rule, place }: Fault): string =>
    JSON.stringify([rule, place.path, place.key, place.column]);
  const seen = new Map(faults.toReversed().map((fault) => [keyOf(fault), fault]));
  return [...seen.values()].toReversed();
}

function toFinding(fault: Fault, document: JsonDocument): Finding {
  return {
    rule: fault.rule,
    severity: severityOf(fault),
    message: fault.message,
    suggestion: fault.suggestion ?? null,
    path: fault.place.path,
    column: fault.place.column ?? null,
    region: locate(document, fault.place),
    replacement: fault.replacement ?? null,
  };
}

function severityOf(fault: Fault): Severity {
  return fault.severity ?? RULES[fault.rule].severity;
}

function finding(rule: RuleId, message: string, region: Region): Finding {
  const { severity } = RULES[rule];
  return { rule, severity, message, suggestion: null, path: '$', column: null, region, replacement: null };
}

function byPlace(a: Finding, b: Finding): number {
  return (
    a.region.startLine - b.region.startLine ||
    a.region.startColumn - b.region.startColumn ||
    a.rule.localeCompare(b.rule)
  );
}
