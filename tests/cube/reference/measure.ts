/** What a measure must give: an aggregate over the distinct rows of its entity, so that no join can multiply it. */
export interface ReferenceMeasure {
  /** Columns that identify the entity counted. */
  readonly entity: string;
  /** Columns of the entity that the aggregate reads. */
  readonly reads?: readonly string[];
  /** Lists by group, made first; the aggregate is then an expression over them. */
  readonly lists?: Readonly<Record<string, string>>;
  readonly aggregate: string;
}

export const count = (
  entity: string,
  condition = 'true',
  reads: readonly string[] = [],
): ReferenceMeasure => ({
  entity,
  reads,
  aggregate: `count(*) filter (where ${entity} is not null and (${condition}))`,
});
export const median = (entity: string, column: string): ReferenceMeasure => ({
  entity,
  reads: [column],
  aggregate: `median(${column}) filter (where ${entity} is not null)`,
});
export const sum = (entity: string, column: string): ReferenceMeasure => ({
  entity,
  reads: [column],
  aggregate: `sum(${column}) filter (where ${entity} is not null)`,
});
export const share = (
  entity: string,
  part: string,
  whole: string,
  reads: readonly string[],
): ReferenceMeasure => ({
  entity,
  reads,
  aggregate: `(count(*) filter (where ${entity} is not null and (${part})))::double
    / nullif(count(*) filter (where ${entity} is not null and (${whole})), 0)`,
});
