import type { ReferenceMeasure } from './measure.ts';

/**
 * What a public view must give, written by hand over the marts and independent of the Cube model: a flat relation, what
 * its dimensions, times and segments are in it, and its measures.
 */
export interface ReferenceView {
  readonly flat: string;
  /** Dimension of the view → expression over the flat relation. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Numbers to compare with, in the same way. */
  readonly numbers?: Readonly<Record<string, string>>;
  /** Dates, in the same way. */
  readonly times?: Readonly<Record<string, string>>;
  /** Segment of the view → condition over the flat relation. */
  readonly segments?: Readonly<Record<string, string>>;
  readonly measures: Readonly<Record<string, ReferenceMeasure>>;
}

/** Columns that are dimensions under their own names. */
export const same = (...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, name]));

/** A mart with its person. */
export const ofPerson = (mart: string): string => `
  select r.*, p.sex, p.has_cancer
  from marts.${mart} r left join marts.patients p on p.patient_key = r.patient_key`;
