import type { z } from 'zod';
import { nearest } from './lint-nearest.ts';
import type { Fault } from './lint-rule.ts';
import { structureIssues } from './parse.ts';

type Issue = z.core.$ZodIssue;

const ELEMENT = ['id', 'extension'];
const KEYS: Readonly<Record<string, readonly string[]>> = {
  column: ['name', 'path', 'description', 'type', 'collection', 'tag', ...ELEMENT],
  select: ['column', 'select', 'unionAll', 'forEach', 'forEachOrNull', 'repeat', ...ELEMENT],
  unionAll: ['column', 'select', 'unionAll', 'forEach', 'forEachOrNull', 'repeat', ...ELEMENT],
  tag: ['name', 'value', ...ELEMENT],
  where: ['path', 'description', ...ELEMENT],
};

/** ViewDefinition, https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html, a DomainResource. */
const ROOT_KEYS: readonly string[] = [
  ...['resourceType', 'resourceDefinition', 'id', 'meta', 'implicitRules', 'language', 'text', 'contained'],
  ...['extension', 'modifierExtension', 'url', 'identifier', 'version', 'versionAlgorithmString'],
  ...['versionAlgorithmCoding', 'name', 'title', 'status', 'experimental', 'date', 'publisher', 'contact'],
  ...['description', 'useContext', 'jurisdiction', 'purpose', 'copyright', 'copyrightLabel', 'approvalDate'],
  ...['lastReviewDate', 'effectivePeriod', 'topic', 'author', 'editor', 'reviewer', 'endorser'],
  ...['relatedArtifact', 'resource', 'profile', 'fhirVersion', 'constant', 'where', 'select'],
];

/** What is wrong with the shape of the JSON, before any path is looked at. */
export function structureFaults(view: Readonly<Record<string, unknown>>): readonly Fault[] {
  const issues = structureIssues(view).flatMap((issue) => faultsOf(issue, view));
  const unknown = Object.keys(view)
    .filter((key) => !ROOT_KEYS.includes(key) && !(key.startsWith('_') && ROOT_KEYS.includes(key.slice(1))))
    .map(
      (key): Fault => ({
        rule: 'unknown-key',
        severity: 'warning',
        place: { path: '$', key },
        message: `a ViewDefinition has no ${key}: it is ignored`,
        ...meant(nearest(key, ROOT_KEYS)),
      }),
    );
  return [...issues, ...unknown, ...constantFaults(view)];
}

function faultsOf(issue: Issue, view: unknown): readonly Fault[] {
  const path = jsonPath(issue.path);
  const last = issue.path.at(-1);
  const owner = issue.path.findLast((segment) => typeof segment === 'string');
  const found = valueAt(view, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        rule: 'unknown-key',
        place: { path, key },
        message: `a ${String(owner)} has no ${key}`,
        ...meant(nearest(key, KEYS[String(owner)] ?? [])),
      }));
    case 'invalid_format':
      return [nameFault(path, typeof found === 'string' ? found : '')];
    case 'custom': {
      const isConstant = issue.path[0] === 'constant';
      const rule = isConstant ? 'constant-value' : 'view-structure';
      const subject = isConstant ? (typeof last === 'string' ? last : 'a constant') : 'a select has';
      return [{ rule, place: { path }, message: `${subject} ${issue.message}` }];
    }
    case 'too_small':
      return [{ rule: 'view-structure', place: { path }, message: `${String(last)} is empty` }];
    case 'invalid_type':
      return [
        {
          rule: 'view-structure',
          place: { path },
          message:
            found === undefined && last !== undefined
              ? `${String(last)} is missing`
              : `${subjectOf(issue.path)} must be ${article(issue.expected)}`,
        },
      ];
    default:
      return [{ rule: 'view-structure', place: { path }, message: issue.message }];
  }
}

function nameFault(path: string, name: string): Fault {
  const safe = name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^[^A-Za-z]+/, '');
  return {
    rule: 'unsafe-name',
    place: { path },
    message: 'a name is letters, digits and _, and begins with a letter',
    ...(/^[A-Za-z]\w*$/.test(safe) ? meant(safe) : {}),
  };
}

function constantFaults({ constant }: Readonly<Record<string, unknown>>): readonly Fault[] {
  if (!Array.isArray(constant)) return [];
  const names = constant.map((each: unknown) => valueAt(each, ['name']));
  return names.flatMap((name, index): readonly Fault[] =>
    typeof name !== 'string' || names.indexOf(name) === index
      ? []
      : [
          {
            rule: 'duplicate-constant',
            place: { path: `$.constant[${index}].name` },
            message: `constant ${name} is defined twice`,
          },
        ],
  );
}

/** A suggestion that can stand in the place as it is. */
export function meant(word: string | null): Pick<Fault, 'suggestion' | 'replacement'> {
  return word === null ? {} : { suggestion: `did you mean ${word}?`, replacement: word };
}

/**
 * The view with what is broken in its structure replaced by things that mean nothing, so that the rest can be
 * planned; null when there is no resource or no select to plan.
 */
export function repaired(view: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const copy: Record<string, unknown> = structuredClone(view);
  for (let round = 0; round < 5; round++) {
    const issues = structureIssues(copy);
    if (issues.length === 0) return withUniqueConstants(copy);
    for (const issue of issues) {
      if (issue.path.length === 0 && issue.code !== 'unrecognized_keys') return null;
      if (issue.path[0] === 'resource' || (issue.path[0] === 'select' && issue.path.length === 1))
        return null;
      repair(copy, issue);
    }
  }
  return null;
}

function withUniqueConstants(view: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { constant } = view;
  if (!Array.isArray(constant)) return view;
  const names = constant.map((each: unknown) => valueAt(each, ['name']));
  return { ...view, constant: constant.filter((_, index) => names.indexOf(names[index]) === index) };
}

/** Evaluates to nothing, and fits any column. */
const EMPTY = '{}';

function repair(view: Record<string, unknown>, issue: Issue): void {
  const holder = valueAt(view, issue.path.slice(0, -1));
  const at = issue.path.at(-1);
  if (issue.code === 'unrecognized_keys') {
    const subject = valueAt(view, issue.path);
    if (isRecord(subject)) for (const key of issue.keys) delete subject[key];
    return;
  }
  if (issue.path[0] === 'constant') {
    const constant = valueAt(view, issue.path.slice(0, 2));
    const name = isRecord(constant) && typeof constant['name'] === 'string' ? constant['name'] : '';
    const safe = /^[A-Za-z]\w*$/.test(name) ? name : `unnamed${String(issue.path[1])}`;
    if (Array.isArray(view['constant']) && typeof issue.path[1] === 'number')
      view['constant'][issue.path[1]] = { name: safe, valueString: '' };
    else delete view['constant'];
    return;
  }
  if (at === undefined) return;
  if (issue.code === 'custom') {
    keepOneIteration(valueAt(view, issue.path));
  } else if (typeof at === 'number') {
    const kind = issue.path.at(-2);
    const stub = kind === 'column' ? { name: `unnamed${at}`, path: EMPTY } : kind === 'where' ? ALWAYS : {};
    if (Array.isArray(holder)) holder[at] = kind === 'repeat' ? EMPTY : stub;
  } else if (typeof at === 'string' && isRecord(holder)) {
    if (at === 'path') holder[at] = issue.path[0] === 'where' ? ALWAYS.path : EMPTY;
    else if (at === 'forEach' || at === 'forEachOrNull') holder[at] = EMPTY;
    else if (at === 'repeat') holder[at] = [EMPTY];
    else if (at === 'name' && issue.path.length > 1) holder[at] = `unnamed${String(issue.path.at(-2))}`;
    else delete holder[at];
  }
}

const ALWAYS = { path: 'true' };

function keepOneIteration(select: unknown): void {
  if (!isRecord(select)) return;
  const [, ...others] = ['forEach', 'forEachOrNull', 'repeat'].filter((key) => key in select);
  for (const key of others) delete select[key];
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (each, key) => (Array.isArray(each) || isRecord(each) ? Reflect.get(each, key) : undefined),
    value,
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    '$',
  );
}

function subjectOf(path: readonly PropertyKey[]): string {
  const name = path.findLast((segment) => typeof segment === 'string');
  return name === undefined
    ? 'the view'
    : typeof path.at(-1) === 'number'
      ? `each ${String(name)}`
      : String(name);
}

function article(expected: string): string {
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}
