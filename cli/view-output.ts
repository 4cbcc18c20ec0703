/** What `chiasm view run` can write. */
export const VIEW_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ViewFormat = (typeof VIEW_FORMATS)[number];
