import type { DriverRow, ResultQuery, TransformRequest } from './query-result.ts';
import { toPivotQuery, toResultData } from './query-result.ts';

/** What Cube's gateway hands over instead of a body: rows by alias, and what it takes to name them. */
export interface DataResult extends Iterable<DriverRow> {
  readonly isWrapper: true;
  getResults(): readonly DataResult[];
  getTransformData(): readonly TransformRequest[];
  getRootResultObject(): readonly Readonly<Record<string, unknown>>[];
}

export function isDataResult(message: unknown): message is DataResult {
  return (
    typeof message === 'object' && message !== null && 'isWrapper' in message && message.isWrapper === true
  );
}

/** The body of a `/load` response: one result, or those of a multi query. */
export function finalResult(message: DataResult): unknown {
  try {
    const format = formatOf(message);
    const results = message.getResults().map((result) => singleResult(result, format));
    if (results.length === 1 && message.getResults()[0] === message) return results[0];
    const { queryType, slowQuery } = (message as unknown as MultiRoot).rootResultObject;
    const queries = results.map((result) => result['query'] as ResultQuery);
    return { queryType, results, pivotQuery: toPivotQuery(queryType, queries), slowQuery };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), type: 'UserError' };
  }
}

interface MultiRoot {
  readonly rootResultObject: { readonly queryType: string; readonly slowQuery: boolean };
}

/** Clients read all results of a request in the format of the first query; Cube forgets it where there are several. */
function formatOf(message: DataResult): string | undefined {
  const [request] = message.getResults()[0]?.getTransformData() ?? [];
  return request?.query.responseFormat ?? request?.resType;
}

function singleResult(result: DataResult, format: string | undefined): Readonly<Record<string, unknown>> {
  const [request] = result.getTransformData();
  const [root] = result.getRootResultObject();
  if (request === undefined || root === undefined) throw new Error('Cube handed over no result');
  const { total, ...rest } = root;
  return { ...rest, ...(total === null ? {} : { total }), data: toResultData(request, [...result], format) };
}
