/** A view of one select, for tests that look at columns: name → path, or a whole column. */
export function viewOf(
  resource: string,
  columns: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>,
  more: Readonly<Record<string, unknown>> = {},
): unknown {
  const column = Object.entries(columns).map(([name, value]) =>
    typeof value === 'string' ? { name, path: value } : { name, ...value },
  );
  return { resourceType: 'ViewDefinition', name: 'tested', resource, select: [{ column }], ...more };
}
