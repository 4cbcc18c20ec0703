import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { PlanColumn, ViewPlan } from './plan.ts';
import { RECORD, type RowColumn } from './rows.ts';
import type { ShapeFields } from './shape.ts';
import { checkedShape, printCheck } from './sql-check.ts';
import { exactNames, marksNumbers, quoteNumbers } from './sql-exact.ts';
import { createPrinter } from './sql-expression.ts';
import type { Environment } from './sql-print.ts';
import { printParts, slotName } from './sql-rows.ts';
import { shapeStructure, shapeType } from './sql-shape.ts';

/** Where the records come from. Carried columns lead the output under the name `__<name>`. */
export type Scan =
  | {
      readonly kind: 'files';
      /** Newline-delimited JSON, plain or `.gz` or `.zst`, already known to fit the schema. */
      readonly files: readonly string[];
      readonly carry: readonly ('filename' | 'id')[];
      /** The longest line that may occur, when it is longer than DuckDB's 16 MiB. */
      readonly maximumObjectBytes?: number;
      /**
       * Files that nobody has looked at: the query fails with a message that contains `SUSPECT` and a path where a
       * value may have been converted, and with a DuckDB error where a line does not fit. The set holds the paths
       * whose strings are told from numbers by their quotes. Without effect on exact decimals: see `printCheckOnly`.
       */
      readonly check?: ReadonlySet<string>;
    }
  | {
      readonly kind: 'json-relation';
      /** A SELECT with a column `json` of type JSON and the carried columns. */
      readonly sql: string;
      readonly carry: readonly string[];
    };

/** One DuckDB SELECT: the carried columns, then the columns of the view in their order. */
export function printView(plan: ViewPlan, scan: Scan): string {
  const print = createPrinter(plan);
  const names = exactNames(plan);
  const isChecked = scan.kind === 'files' && scan.check !== undefined && names.length === 0;
  const plain = fieldsToRead(plan, scan);
  const fields = isChecked ? checkedShape(plain, scan.check ?? new Set()) : plain;
  const environment: Environment = new Map([[RECORD, { sql: RECORD, fields, isJson: false }]]);

  const printColumn = (column: RowColumn, scope: Environment): string => {
    const { sql } = print(column.expression, scope);
    const planned = plan.columns[column.slot];
    if (planned === undefined) throw new Error(`slot ${column.slot} has no column`);
    return finishColumn(planned, column, sql);
  };
  const parts = printParts(plan.rows, environment, print, printColumn);

  const carried = scan.carry.map((name) => ({
    name: sqlName(`__${name}`),
    sql: carriedSql(scan, name, names.length > 0),
  }));
  const type = `${RECORD}."resourceType" = ${sqlString(plan.resource)}`;
  const guarded = isChecked ? printCheck(fields, type) : type;
  const conditions = [guarded, ...plan.where.map((condition) => print(condition, environment).sql)];
  const source = `from ${printScan(scan, fields, names, marksNumbers(plan))}\nwhere ${conditions.join('\n  and ')}`;

  const placeOf = new Map<number, string>([...parts.columns.keys()].map((slot) => [slot, slotName(slot)]));
  if (parts.lists.length === 0) {
    const columns = plan.columns.map(
      (column, slot) => `${parts.columns.get(slot) ?? 'null'} as ${sqlName(column.name)}`,
    );
    return `select ${[...carried.map(({ name, sql }) => `${sql} as ${name}`), ...columns].join(',\n  ')}\n${source}`;
  }

  const base = [
    ...carried.map(({ name, sql }) => `${sql} as ${name}`),
    ...[...parts.columns].map(([slot, sql]) => `${sql} as ${slotName(slot)}`),
    ...parts.lists.map((list, index) => `${list.sql} as m${index}`),
  ];
  // One unnest at a time: several in one SELECT run side by side instead of multiplying.
  const exploded = parts.lists.reduce(
    (inner, list, index) => {
      for (const slot of list.slots) placeOf.set(slot, `u${index}.${slotName(slot)}`);
      return `select * exclude (m${index}), unnest(m${index}) as u${index} from (\n${inner}\n)`;
    },
    `select ${base.join(',\n  ')}\n${source}`,
  );
  const columns = plan.columns.map(
    (column, slot) => `${placeOf.get(slot) ?? 'null'} as ${sqlName(column.name)}`,
  );
  return `select ${[...carried.map(({ name }) => name), ...columns].join(', ')} from (\n${exploded}\n)`;
}

/** A collection shows emptiness as an empty list; what is always empty still has the type of its column. */
function finishColumn(planned: PlanColumn, column: RowColumn, sql: string): string {
  const empty = planned.isCollection ? `[]::${planned.sqlType}[]` : `null::${planned.sqlType}`;
  if (column.expression.kind === 'nothing') return empty;
  return planned.isCollection ? `coalesce(${sql}, ${empty})` : sql;
}

function fieldsToRead(plan: ViewPlan, scan: Scan): ShapeFields {
  const text = { kind: 'scalar', sqlType: 'VARCHAR', json: 'string', isList: false } as const;
  const id = scan.kind === 'files' && scan.carry.includes('id') ? { id: text } : {};
  return { resourceType: text, ...id, ...plan.shape };
}

/**
 * A query that yields nothing and fails as a checked one does: for views with exact decimals, whose own query reads
 * JSON texts and takes what does not fit for absent.
 */
export function printCheckOnly(plan: ViewPlan, files: readonly string[], held: ReadonlySet<string>): string {
  const scan = { kind: 'files', files, carry: [] } as const;
  const fields = checkedShape(fieldsToRead(plan, scan), held);
  return `select count(*) from ${printScan(scan, fields, [], false)}\nwhere ${printCheck(fields, 'true')}`;
}

function printScan(scan: Scan, fields: ShapeFields, exact: readonly string[], isMarked: boolean): string {
  switch (scan.kind) {
    case 'files': {
      // read_json refuses an empty list of files.
      if (scan.files.length === 0) return printScan(NO_RECORDS, fields, exact, isMarked);
      const files = `[${scan.files.map(sqlString).join(', ')}], format = 'newline_delimited'`;
      const limit =
        scan.maximumObjectBytes === undefined ? '' : `, maximum_object_size = ${scan.maximumObjectBytes}`;
      if (exact.length > 0) {
        const filename = scan.carry.includes('filename') ? ', filename = true' : '';
        return printRelation(
          `select * from read_json_objects(${files}${limit}${filename})`,
          fields,
          exact,
          isMarked,
        );
      }
      const columns = Object.entries(fields).map(
        ([name, shape]) => `${sqlString(name)}: ${sqlString(shapeType(shape))}`,
      );
      return `read_json(${files}, columns = {${columns.join(', ')}}${limit}) as ${RECORD}`;
    }
    case 'json-relation':
      return printRelation(scan.sql, fields, exact, isMarked);
    default:
      return scan satisfies never;
  }
}

function printRelation(
  sql: string,
  fields: ShapeFields,
  exact: readonly string[],
  isMarked: boolean,
): string {
  const json = exact.length === 0 ? 'json' : quoteNumbers('json::varchar', exact, isMarked);
  // Something volatile keeps DuckDB from decoding once more for the filter.
  const decoded = `json_transform(case when random() < 2 then ${json} end, ${shapeStructure(fields)})`;
  return `(select ${decoded} as ${RECORD}, * exclude (json) from (${sql})) as source`;
}

const NO_RECORDS: Scan = {
  kind: 'json-relation',
  sql: 'select null::json as json, null::varchar as filename, null::varchar as id where false',
  carry: ['filename', 'id'],
};

function carriedSql(scan: Scan, name: string, isExact: boolean): string {
  if (scan.kind === 'files' && scan.files.length === 0) return `source.${sqlName(name)}`;
  if (scan.kind === 'files' && name === 'filename' && isExact) return 'source.filename';
  return scan.kind === 'files' ? `${RECORD}.${sqlName(name)}` : `source.${sqlName(name)}`;
}
