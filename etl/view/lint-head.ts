import { nearest } from './lint-nearest.ts';
import { nodesOf, type PathText } from './lint-paths.ts';
import type { Fault } from './lint-rule.ts';
import { meant, valueAt } from './lint-structure.ts';
import { SyntaxFault } from './syntax.ts';

type Json = Readonly<Record<string, unknown>>;

/** Versions before 3.0 of SQL on FHIR wrote the URL of the logical model. */
const OLD_TYPE = /\/ViewDefinition$/;
const STATUSES = ['draft', 'active', 'retired', 'unknown'];

/** Without a resourceType, what selects from a resource is taken for a view: the specification's tests are so. */
export function isViewDefinition(value: Json): boolean {
  const type = value['resourceType'];
  if (type === undefined) return 'select' in value || 'resource' in value;
  return type === 'ViewDefinition' || (typeof type === 'string' && OLD_TYPE.test(type));
}

/** resourceType and status. Under a profile, what ViewDefinition itself asks for is asked for as well. */
export function headFaults({ resourceType, status }: Json, hasProfile: boolean): readonly Fault[] {
  const faults: Fault[] = [];
  if (typeof resourceType === 'string' && OLD_TYPE.test(resourceType)) {
    faults.push({
      rule: 'old-resource-type',
      place: { path: '$.resourceType' },
      message: 'since SQL on FHIR 3.0 the resourceType is the plain word',
      ...meant('ViewDefinition'),
    });
  }
  if (typeof status !== 'string' || !STATUSES.includes(status)) {
    faults.push({
      rule: 'view-status',
      severity: hasProfile ? 'error' : 'warning',
      place: { path: '$.status' },
      message: `a ViewDefinition has a status: ${STATUSES.join(', ')}`,
      ...(typeof status === 'string' ? meant(nearest(status, STATUSES)) : {}),
    });
  }
  return faults;
}

export function unusedConstants({ constant }: Json, texts: readonly PathText[]): readonly Fault[] {
  if (!Array.isArray(constant)) return [];
  const broken = texts.flatMap(({ text, syntax }) => (syntax instanceof SyntaxFault ? [text] : []));
  const used = new Set(
    texts.flatMap(({ syntax }) =>
      syntax instanceof SyntaxFault
        ? []
        : [...nodesOf(syntax)].flatMap((node) => (node.kind === 'external' ? [node.name] : [])),
    ),
  );
  return constant.flatMap((each: unknown, index): readonly Fault[] => {
    const name = valueAt(each, ['name']);
    if (typeof name !== 'string' || used.has(name) || broken.some((text) => text.includes(`%${name}`)))
      return [];
    return [
      {
        rule: 'unused-constant',
        place: { path: `$.constant[${index}].name` },
        message: `constant ${name} is not used`,
      },
    ];
  });
}
