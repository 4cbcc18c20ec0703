/** Who may open rows to records, and where these lie. */
export interface RecordAccess {
  readonly groups: readonly string[];
  readonly directories: { readonly private: string; readonly landing: string };
}

/** Whether somebody's group may open rows to records. */
export function mayOpenRecords(access: RecordAccess | undefined, group: string): boolean {
  return access?.groups.includes(group) ?? false;
}
