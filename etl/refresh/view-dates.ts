import { isDatePolicy, PRIVACY_TAG } from '../privacy/column-policy.ts';
import type { ViewColumn, ViewDefinition, ViewSelect } from '../view/definition.ts';

/** Dates must reach privacy as their source wrote them: with their precision and offset, not as a SQL timestamp. */
export function withDatesAsWritten(view: ViewDefinition): ViewDefinition {
  return { ...view, select: view.select.map(selectAsWritten) };
}

function selectAsWritten(select: ViewSelect): ViewSelect {
  return {
    ...select,
    columns: select.columns.map(columnAsWritten),
    selects: select.selects.map(selectAsWritten),
    unionAll: select.unionAll.map(selectAsWritten),
  };
}

function columnAsWritten(column: ViewColumn): ViewColumn {
  return isDatePolicy(column.tags[PRIVACY_TAG])
    ? { ...column, tags: { ...column.tags, 'ansi/type': 'VARCHAR' } }
    : column;
}
