import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IdentityGraph, LINK_RULES, type LinkRule, listsOf } from '../../etl/identity/identity-graph.ts';
import { LINK_POLICY } from '../../etl/identity/link-evidence.ts';
import { LINK_STATUSES, linkGroups } from '../../etl/identity/link-groups.ts';

interface Evidence {
  readonly rule: LinkRule;
  readonly nodes: readonly string[];
}
type Said = Readonly<Record<string, { readonly born?: string | readonly string[]; readonly sex?: string }>>;

/** The graph of named nodes: `source|Patient/id` is a patient. */
const graphOf = (evidence: readonly Evidence[], said: Said): readonly [IdentityGraph, readonly string[]] => {
  const names = [...new Set(evidence.flatMap((each) => each.nodes))].sort();
  const numberIn = (list: readonly string[], text: string): number => list.indexOf(text);
  const sources = [...new Set(names.map((name) => name.split('|')[0] ?? ''))];
  const birthDates = (name: string): readonly string[] => [said[name]?.born ?? []].flat();
  const dates = [...new Set(names.flatMap(birthDates))];
  const lists = (count: number, of: (number: number) => readonly number[]) => {
    const pairs = Array.from({ length: count }, (_, number) =>
      of(number).map((value) => [number, value] as const),
    ).flat();
    return listsOf(
      count,
      Int32Array.from(pairs, ([number]) => number),
      Int32Array.from(pairs, ([, value]) => value),
    );
  };
  const graph: IdentityGraph = {
    size: names.length,
    isPatient: Uint8Array.from(names, (name) => (name.includes('|Patient/') ? 1 : 0)),
    sources: Int32Array.from(names, (name) => numberIn(sources, name.split('|')[0] ?? '')),
    sexes: Uint8Array.from(names, (name) => ['', 'male', 'female'].indexOf(said[name]?.sex ?? '')),
    birthDates: lists(names.length, (n) => birthDates(names[n] ?? '').map((date) => numberIn(dates, date))),
    rules: Uint8Array.from(evidence, ({ rule }) => LINK_RULES.indexOf(rule)),
    evidence: lists(evidence.length, (n) => (evidence[n]?.nodes ?? []).map((name) => numberIn(names, name))),
  };
  return [graph, names];
};

const link = (evidence: readonly Evidence[], said: Said = {}) => {
  const [graph, names] = graphOf(evidence, said);
  const result = linkGroups(graph, LINK_POLICY);
  return {
    components: result.components.map((nodes) => Array.from(nodes, (node) => names[node] ?? '')).sort(),
    statuses: Array.from(result.statuses, (status) => LINK_STATUSES[status]),
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
    const group: Evidence = { rule: 'identifier', nodes: ['ehr|Patient/1', 'ehr|Patient/2'] };
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

  test('files with two patient ids in one study: it is neither’s, and the patients stay apart', () => {
    const result = link([
      { rule: 'identifier', nodes: ['ehr|Patient/1', 'pacs|study/1.2', 'pacs|study/1.3'] },
      { rule: 'identifier', nodes: ['ehr|Patient/2', 'pacs|study/1.2'] },
      { rule: 'study-uid', nodes: ['ehr|Patient/2', 'pacs|study/1.2'] },
    ]);
    expect(result).toEqual({
      components: [['ehr|Patient/1', 'pacs|study/1.3']],
      statuses: ['linked', 'conflict', 'conflict'],
    });
  });

  test('unless the two ids are of one person by other evidence', () => {
    const result = link([
      { rule: 'patient-link', nodes: ['ehr|Patient/1', 'ehr|Patient/2'] },
      { rule: 'identifier', nodes: ['a|Patient/1', 'ehr|Patient/1'] },
      { rule: 'identifier', nodes: ['a|Patient/1', 'pacs|study/1.2'] },
      { rule: 'identifier', nodes: ['ehr|Patient/2', 'pacs|study/1.2'] },
    ]);
    expect(result.components).toEqual([['a|Patient/1', 'ehr|Patient/1', 'ehr|Patient/2', 'pacs|study/1.2']]);
  });

  test('an identifier that leaves two patients open contests a study of a third, not of one of the two', () => {
    const open: Evidence = {
      rule: 'identifier',
      nodes: ['ehr|Patient/1', 'ehr|Patient/2', 'pacs|study/1.2'],
    };
    expect(
      link([open, { rule: 'identifier', nodes: ['ehr|Patient/3', 'pacs|study/1.2'] }]).components,
    ).toEqual([]);
    expect(
      link([open, { rule: 'identifier', nodes: ['ehr|Patient/1', 'pacs|study/1.2'] }]).components,
    ).toEqual([['ehr|Patient/1', 'pacs|study/1.2']]);
  });

  test('nor do two studies that share an identifier nobody has', () => {
    const result = link([
      { rule: 'identifier', nodes: ['pacs|study/1.2', 'pacs|study/1.3'] },
      { rule: 'identifier', nodes: ['ehr|Patient/1', 'pacs|study/1.2'] },
      { rule: 'identifier', nodes: ['ehr|Patient/2', 'pacs|study/1.3'] },
    ]);
    expect(result).toEqual({
      components: [
        ['ehr|Patient/1', 'pacs|study/1.2'],
        ['ehr|Patient/2', 'pacs|study/1.3'],
      ],
      statuses: ['conflict', 'linked', 'linked'],
    });
  });

  test('records of other sources do not confirm two records of one source', () => {
    const group: Evidence = { rule: 'identifier', nodes: ['a|Patient/1', 'ehr|Patient/1', 'ehr|Patient/2'] };
    expect(link([group]).statuses).toEqual(['candidate']);
    const merged: Evidence = { rule: 'patient-link', nodes: ['ehr|Patient/1', 'ehr|Patient/2'] };
    expect(link([merged, group]).statuses).toEqual(['linked', 'linked']);
    const pair: Evidence = { rule: 'patient-link', nodes: ['a|Patient/1', 'b|Patient/1'] };
    const wide: Evidence = {
      ...group,
      nodes: ['a|Patient/1', 'b|Patient/1', 'ehr|Patient/1', 'ehr|Patient/2'],
    };
    expect(link([pair, wide]).statuses).toEqual(['linked', 'candidate']);
  });

  test('several birth dates of one record agree with each of them', () => {
    const group: Evidence = { rule: 'identifier', nodes: ['a|Patient/1', 'b|Patient/1', 'c|Patient/1'] };
    const two = ['1950-01-01', '1950-10-01'];
    expect(
      link([group], { 'a|Patient/1': { born: two }, 'b|Patient/1': { born: '1950-01-01' } }).statuses,
    ).toEqual(['linked']);
    expect(
      link([group], { 'a|Patient/1': { born: two }, 'b|Patient/1': { born: '1960-01-01' } }).statuses,
    ).toEqual(['conflict']);
    expect(
      link([group], { 'a|Patient/1': { born: two }, 'b|Patient/1': { born: ['1960-01-01', '1961-01-01'] } })
        .statuses,
    ).toEqual(['conflict']);
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

const node = fc
  .integer({ min: 0, max: 12 })
  .map((n) => (n % 2 === 0 ? `ehr|Patient/${n}` : `pacs|study/${n}`));
const piece = fc.record({
  rule: fc.constantFrom(...LINK_RULES.filter((rule) => rule !== 'patient-link')),
  nodes: fc.uniqueArray(node, { minLength: 2, maxLength: 4 }),
});
const saying = fc.dictionary(
  node,
  fc.record({ born: fc.subarray(['1950-01-01', '1960-01-01'], { maxLength: 1 }) }),
);

test('no component ever holds two people who contradict each other, unless Patient.link joins them', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), saying, (evidence, said) => {
      for (const component of link(evidence, said).components) {
        const dates = new Set(component.flatMap((each) => said[each]?.born ?? []));
        expect(dates.size).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 500 },
  );
});

test('no component ever holds two patients who share nothing but studies', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), saying, (evidence, said) => {
      const patients = link(evidence, said).components.map((each) =>
        each.filter((name) => name.includes('Patient')),
      );
      const byOthers = link(
        evidence
          .filter(({ rule }) => rule === 'identifier')
          .map(({ rule, nodes }) => ({
            rule,
            nodes: nodes.filter((name) => name.includes('Patient')),
          })),
        said,
      ).components;
      for (const several of patients.filter((each) => each.length > 1)) {
        expect(byOthers.some((each) => several.every((name) => each.includes(name)))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
