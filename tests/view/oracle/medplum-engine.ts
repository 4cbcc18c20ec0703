import { evalFhirPathTyped, type FhirPathAtom, LRUCache, type TypedValue, toTypedValue } from '@medplum/core';
import type { EvaluationScope, FhirPathEngine } from './evaluate-view.ts';
import { settleKnownDifferences, unboxed } from './known-differences.ts';
import { loadR4IntoMedplum } from './medplum-schema.ts';

/** FHIRPath by @medplum/core: a parser and an interpreter that share nothing with the one under test. */
export function createMedplumEngine(): FhirPathEngine {
  loadR4IntoMedplum();
  settleKnownDifferences();
  const cache = new LRUCache<FhirPathAtom>(500);
  return {
    root: (resource) => [toTypedValue(resource)],
    evaluate: (expression, focus, scope) =>
      evalFhirPathTyped(expression, [...focus] as TypedValue[], variablesOf(scope), cache),
    value: (item) => {
      const { value } = unboxed(item as TypedValue);
      return value;
    },
  };
}

function variablesOf({ resource, rowIndex, constants }: EvaluationScope): Record<string, TypedValue> {
  const named = constants.map((constant): [string, TypedValue] => {
    const [, value] = Object.entries(constant).find(([key]) => key !== 'name') ?? [];
    return [`%${String(constant['name'])}`, toTypedValue(value)];
  });
  return {
    '%resource': resource as TypedValue,
    '%rowIndex': { type: 'integer', value: rowIndex },
    ...Object.fromEntries(named),
  };
}
