import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LINK_POLICY } from '../../etl/identity/link-evidence.ts';
import {
  type EvidenceGroup,
  LINK_RULES,
  linkGroups,
  type NodeFacts,
} from '../../etl/identity/link-groups.ts';

const facts = (
  said: Readonly<Record<string, { born?: string; sex?: string }>>,
): ReadonlyMap<string, NodeFacts> =>
  new Map(
    Object.entries(said).map(([node, { born, sex }]) => [
      node,
      { birthDates: born === undefined ? [] : [born], sexes: sex === undefined ? [] : [sex] },
    ]),
  );

const link = (groups: readonly EvidenceGroup[], said: Parameters<typeof facts>[0] = {}) => {
  const result = linkGroups(groups, facts(said), LINK_POLICY);
  return {
    components: result.components.map((each) => [...each].sort()).sort(),
    statuses: result.verdicts.map((verdict) => verdict.status),
  };
};

describe('one rule at a time', () => {
  test('an issuer and patient id that a Patient has joins study and patient', () => {
    const result = link([{ rule: 'identifier', nodes: ['ehr|Patient/1', 'pacs|study/1.2'] }]);
    expect(result).toEqual({ components: [['ehr|Patient/1', 'pacs|study/1.2']], statuses: ['linked'] });
  });

  test('birth dates that exclude each other forbid the link', () => {
    const result = link([{ rule: 'identifier', nodes: ['ehr|Patient/1', 'pacs|study/1.2'] }], {
      'ehr|Patient/1': { born: '1950-01-01' },
      'pacs|study/1.2': { born: '1951-01-01' },
    });
    expect(result).toEqual({ components: [], statuses: ['conflict'] });
  });

  test('so do sexes', () => {
    const result = link([{ rule: 'study-uid', nodes: ['ehr|Patient/1', 'pacs|study/1.2'] }], {
      'ehr|Patient/1': { sex: 'female' },
      'pacs|study/1.2': { sex: 'male' },
    });
    expect(result.statuses).toEqual(['conflict']);
  });

  test('Patient.link holds even then: the source itself says so', () => {
    const result = link([{ rule: 'patient-link', nodes: ['ehr|Patient/1', 'ehr|Patient/2'] }], {
      'ehr|Patient/1': { born: '1950-01-01' },
      'ehr|Patient/2': { born: '1950-10-01' },
    });
    expect(result.components).toEqual([['ehr|Patient/1', 'ehr|Patient/2']]);
  });

  test('two Patients of one source that share an identifier need birth dates that agree', () => {
    const group: EvidenceGroup = { rule: 'identifier', nodes: ['ehr|Patient/1', 'ehr|Patient/2'] };
    expect(link([group]).statuses).toEqual(['candidate']);
    const born = { born: '1950-01-01' };
    expect(link([group], { 'ehr|Patient/1': born, 'ehr|Patient/2': born }).statuses).toEqual(['linked']);
    expect(link([group], { 'ehr|Patient/1': born }).statuses).toEqual(['candidate']);
  });
});

describe('rules together', () => {
  test('a study never joins two patients', () => {
    const result = link([
      { rule: 'identifier', nodes: ['ehr|Patient/1', 'pacs|study/1.2'] },
      { rule: 'accession', nodes: ['ehr|Patient/2', 'pacs|study/1.2'] },
    ]);
    expect(result.statuses).toEqual(['linked', 'conflict']);
    expect(result.components).toEqual([['ehr|Patient/1', 'pacs|study/1.2']]);
  });

  test('two accession numbers of one study that lead to two patients: only the first can hold', () => {
    const result = link([
      { rule: 'accession', nodes: ['ehr|Patient/1', 'pacs|study/1.2'] },
      { rule: 'accession', nodes: ['ehr|Patient/2', 'pacs|study/1.2'] },
    ]);
    expect(result.components).toHaveLength(1);
    expect(result.statuses).toEqual(['linked', 'conflict']);
  });

  test('a contradiction through a third node dissolves what is not the source’s own word', () => {
    const result = link(
      [
        { rule: 'identifier', nodes: ['a|Patient/1', 'b|Patient/1'] },
        { rule: 'identifier', nodes: ['b|Patient/1', 'c|Patient/1'] },
      ],
      { 'a|Patient/1': { born: '1950-01-01' }, 'c|Patient/1': { born: '1960-01-01' } },
    );
    expect(result).toEqual({ components: [], statuses: ['conflict', 'conflict'] });
  });
});

test('no component ever holds two people who contradict each other, unless Patient.link joins them', () => {
  const node = fc
    .integer({ min: 0, max: 12 })
    .map((n) => (n % 2 === 0 ? `ehr|Patient/${n}` : `pacs|study/${n}`));
  const group = fc.record({
    rule: fc.constantFrom(...LINK_RULES.filter((rule) => rule !== 'patient-link')),
    nodes: fc.uniqueArray(node, { minLength: 2, maxLength: 4 }),
  });
  const said = fc.dictionary(
    node,
    fc.record({
      birthDates: fc.subarray(['1950-01-01', '1960-01-01'], { maxLength: 1 }),
      sexes: fc.constant([]),
    }),
  );
  fc.assert(
    fc.property(fc.array(group, { maxLength: 8 }), said, (groups, spoken) => {
      const known = new Map(Object.entries(spoken));
      for (const component of linkGroups(groups, known, LINK_POLICY).components) {
        const dates = new Set(component.flatMap((each) => known.get(each)?.birthDates ?? []));
        expect(dates.size).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 500 },
  );
});
