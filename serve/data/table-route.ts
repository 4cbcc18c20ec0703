import type { RequestHandler } from 'express';
import { sqlName } from '../../base/sql-text.ts';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import type { EventLog } from '../event-log.ts';
import { holdOf } from '../held-snapshot.ts';
import { answerError } from '../http-error.ts';
import { callerOf } from '../sign-in.ts';
import { type GroupGrants, mayGroupRead } from '../sql/grants.ts';
import { auditData } from './audit-data.ts';
import { DATA_FORMATS, formatOf } from './data-format.ts';
import { sendData } from './send-data.ts';

export interface DataRoutes {
  readonly snapshots: ServedSnapshots;
  readonly readCatalog: CatalogReader;
  /** What groups may read; without it every group reads the marts. */
  readonly grants: GroupGrants | undefined;
  /** Where Parquet files are made. */
  readonly exports: string;
  readonly events: EventLog;
}

const MOST_ROWS = Number.MAX_SAFE_INTEGER;

/**
 * `GET /tables/<table>` (of `marts`) or `/tables/<schema>.<table>`: its rows. `format`: csv, ndjson, arrow, parquet;
 * `columns`: names between commas; `limit`: a number of rows.
 */
export function answerTable(routes: DataRoutes): RequestHandler<{ table: string }> {
  return (request, response, next) => {
    const answer = async (): Promise<void> => {
      const { format: named, columns: wanted, limit, ...others } = request.query;
      const [schema, table] = splitName(request.params.table);
      const group = callerOf(request as never)?.group ?? '';
      const hold = holdOf(request as never);
      const unknown = Object.keys(others)[0];
      if (unknown !== undefined)
        return answerError(
          response,
          400,
          'request-invalid',
          'a table takes format, columns and limit; POST /sql takes any query',
        );
      if (!mayGroupRead(routes.grants, group, schema, table))
        return answerError(
          response,
          403,
          'table-refused',
          `your group may not read ${schema}.${table}, if there is such a table`,
        );
      const { datasets } = await routes.readCatalog(hold);
      const dataset = datasets.find((each) => each.schema === schema && each.table === table);
      if (dataset === undefined)
        return answerError(response, 404, 'not-found', 'there is no such table: GET /catalog lists them');
      const format = formatOf(request as never, named);
      if (format === undefined)
        return answerError(response, 400, 'request-invalid', `format is one of ${DATA_FORMATS.join(', ')}`);
      const names = typeof wanted === 'string' ? wanted.split(',') : dataset.columns.map(({ name }) => name);
      if (!names.every((name) => dataset.columns.some((column) => column.name === name)))
        return answerError(
          response,
          400,
          'request-invalid',
          `columns names a column that ${table} does not have: GET /catalog lists them`,
        );
      const rows = limit === undefined ? MOST_ROWS : Number(limit);
      if (!Number.isSafeInteger(rows) || rows < 0 || limit === '')
        return answerError(response, 400, 'request-invalid', 'limit is a number of rows');
      const sql = `select ${names.map(sqlName).join(', ')} from ${sqlName(schema)}.${sqlName(table)}${limit === undefined ? '' : ` limit ${rows}`}`;
      await auditData(routes.events, request as never, [`${schema}.${table}`], (signal) =>
        sendData(request as never, response, { sql, settings: [], format, signal, name: table }, routes),
      );
    };
    answer().catch(next);
  };
}

function splitName(name: string): readonly [schema: string, table: string] {
  const dot = name.indexOf('.');
  return dot < 0 ? ['marts', name] : [name.slice(0, dot), name.slice(dot + 1)];
}
