export interface DatasetColumn {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly unit?: string;
  readonly isKey?: boolean;
}
