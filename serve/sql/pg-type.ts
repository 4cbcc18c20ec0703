import {
  type DuckDBArrayType,
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBType,
  DuckDBTypeId as T,
} from '@duckdb/node-api';

/** Object identifiers of PostgreSQL's types (pg_type.dat): the same in every PostgreSQL. */
export const OID = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  unknown: 705,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

const ARRAY_OF: Readonly<Record<number, number>> = {
  [OID.bool]: 1000,
  [OID.bytea]: 1001,
  [OID.int2]: 1005,
  [OID.int4]: 1007,
  [OID.text]: 1009,
  [OID.varchar]: 1015,
  [OID.int8]: 1016,
  [OID.float4]: 1021,
  [OID.float8]: 1022,
  [OID.timestamp]: 1115,
  [OID.date]: 1182,
  [OID.time]: 1183,
  [OID.timestamptz]: 1185,
  [OID.interval]: 1187,
  [OID.numeric]: 1231,
  [OID.uuid]: 2951,
  [OID.json]: 199,
  [OID.jsonb]: 3807,
};

const ELEMENT_OF: ReadonlyMap<number, number> = new Map(
  Object.entries(ARRAY_OF).map(([element, array]) => [array, Number(element)]),
);

/** The type of an array's elements; undefined where the type is no array that is known here. */
export function elementOid(oid: number): number | undefined {
  return ELEMENT_OF.get(oid);
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    boolean: OID.bool,
    bytea: OID.bytea,
    bigint: OID.int8,
    smallint: OID.int2,
    integer: OID.int4,
    text: OID.text,
    real: OID.float4,
    'double precision': OID.float8,
    date: OID.date,
    time: OID.time,
    timestamp: OID.timestamp,
    timestamptz: OID.timestamptz,
    interval: OID.interval,
    numeric: OID.numeric,
    uuid: OID.uuid,
    json: OID.json,
    jsonb: OID.jsonb,
  }).map(([name, oid]) => [oid, name]),
);

/** The PostgreSQL type that a DuckDB type is shown as. */
export function oidOf(type: DuckDBType): number {
  switch (type.typeId) {
    case T.BOOLEAN:
      return OID.bool;
    case T.TINYINT:
    case T.UTINYINT:
    case T.SMALLINT:
      return OID.int2;
    case T.USMALLINT:
    case T.INTEGER:
      return OID.int4;
    case T.UINTEGER:
    case T.BIGINT:
      return OID.int8;
    case T.UBIGINT:
    case T.HUGEINT:
    case T.UHUGEINT:
    case T.DECIMAL:
      return OID.numeric;
    case T.FLOAT:
      return OID.float4;
    case T.DOUBLE:
      return OID.float8;
    case T.DATE:
      return OID.date;
    case T.TIME:
      return OID.time;
    case T.TIMESTAMP:
    case T.TIMESTAMP_S:
    case T.TIMESTAMP_MS:
    case T.TIMESTAMP_NS:
      return OID.timestamp;
    case T.TIMESTAMP_TZ:
      return OID.timestamptz;
    case T.INTERVAL:
      return OID.interval;
    case T.UUID:
      return OID.uuid;
    case T.BLOB:
      return OID.bytea;
    case T.LIST:
    case T.ARRAY: {
      const element = oidOf((type as DuckDBListType | DuckDBArrayType).valueType);
      return element === OID.jsonb ? OID.jsonb : (ARRAY_OF[element] ?? OID.jsonb);
    }
    case T.STRUCT:
    case T.MAP:
    case T.UNION:
      return OID.jsonb;
    case T.VARCHAR:
      return type.alias === 'JSON' ? OID.json : OID.text;
    default:
      return OID.text;
  }
}

/** The PostgreSQL type, in SQL, of a column of a DuckDB type. */
export function pgTypeName(type: DuckDBType): string {
  if (type.typeId === T.DECIMAL) {
    const { width, scale } = type as DuckDBDecimalType;
    return `numeric(${width},${scale})`;
  }
  const oid = oidOf(type);
  const element = elementOid(oid);
  if (element !== undefined) return `${NAMES.get(element) ?? 'text'}[]`;
  return NAMES.get(oid) ?? 'text';
}

const DUCKDB_NAMES: Readonly<Record<number, string>> = {
  [OID.bool]: 'BOOLEAN',
  [OID.bytea]: 'BLOB',
  [OID.int8]: 'BIGINT',
  [OID.int2]: 'SMALLINT',
  [OID.int4]: 'INTEGER',
  [OID.oid]: 'BIGINT',
  [OID.float4]: 'FLOAT',
  [OID.float8]: 'DOUBLE',
  [OID.date]: 'DATE',
  [OID.time]: 'TIME',
  [OID.timestamp]: 'TIMESTAMP',
  [OID.timestamptz]: 'TIMESTAMPTZ',
  [OID.interval]: 'INTERVAL',
  [OID.uuid]: 'UUID',
  [OID.json]: 'JSON',
  [OID.jsonb]: 'JSON',
  [OID.text]: 'VARCHAR',
  [OID.varchar]: 'VARCHAR',
  [OID.bpchar]: 'VARCHAR',
  [OID.name]: 'VARCHAR',
  [OID.char]: 'VARCHAR',
  [OID.unknown]: 'VARCHAR',
};

/** Whether values of a PostgreSQL type can be computed here. */
export function isKnownType(oid: number): boolean {
  return oid === OID.numeric || elementOid(oid) !== undefined || DUCKDB_NAMES[oid] !== undefined;
}

/** The DuckDB type that a PostgreSQL type is computed in; undefined for numeric and for types unknown here. */
export function duckdbTypeName(oid: number): string | undefined {
  return DUCKDB_NAMES[oid];
}
