import { choice, list, NOTHING } from './build.ts';
import type { ViewColumn } from './definition.ts';
import type { Expression } from './expression.ts';
import { RECORD } from './rows.ts';
import type { Schema } from './schema-lookup.ts';
import { sqlTypeOf } from './sql-type.ts';
import { isPrimitive, resolveChoice, single, toText } from './value.ts';

/** One column of the output. */
export interface PlanColumn {
  readonly name: string;
  /** FHIR type or DICOM VR of the values; null when the view does not tell. */
  readonly fhirType: string | null;
  /** DuckDB type of the column; for a collection that of its elements. */
  readonly sqlType: string;
  readonly isCollection: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface PlannedColumn {
  readonly column: PlanColumn;
  readonly expression: Expression;
  /** Always empty and of no declared type: fits any type. */
  readonly isUntyped?: boolean;
}

/** Under a privacy policy the policy decides the type: it needs the text as written, with its local date. */
const PRIVACY_TAG = 'chiasm/privacy';

/** Fits the value of a path to its column: cardinality, then type. `fail` raises a fault of the view. */
export function planColumn(
  definition: ViewColumn,
  path: Expression,
  label: string,
  schema: Schema,
  fail: (problem: string) => never,
): PlannedColumn {
  const declared = definition.type === null ? null : schema.namedType(definition.type);
  const value = narrow(path, definition.type, schema);
  const sized = definition.isCollection ? list(value) : single(value, label);
  const fhirType = typeName(sized) ?? definition.type;

  const column = (sqlType: string, type = fhirType): PlanColumn => ({
    name: definition.name,
    fhirType: type,
    sqlType,
    isCollection: definition.isCollection,
    tags: definition.tags,
  });

  const tag = definition.tags['ansi/type'];
  const wanted = tag === undefined ? null : (sqlTypeOf(tag) ?? fail(`ansi/type ${tag} is not a SQL type`));
  if (sized.kind === 'nothing') {
    const natural =
      declared?.kind === 'primitive'
        ? defaultSqlType(declared.name, declared.sqlType, definition)
        : 'VARCHAR';
    return {
      column: column(wanted ?? natural),
      expression: { ...NOTHING, isMany: definition.isCollection },
      isUntyped: wanted === null && definition.type === null,
    };
  }
  if (!isPrimitive(sized)) {
    if (value.kind === 'variable' && value.name === RECORD) fail('a whole resource is no column');
    const whole: Expression = { kind: 'whole', of: sized, type: sized.type, isMany: sized.isMany };
    return { column: column(wanted ?? 'JSON'), expression: wanted === null ? whole : cast(whole, wanted) };
  }
  if (wanted !== null) return { column: column(wanted), expression: cast(sized, wanted) };
  if (declared?.kind === 'primitive' && declared.value !== sized.type.value && isText(declared.sqlType)) {
    return { column: column('VARCHAR', definition.type), expression: toText(sized) };
  }
  // Arithmetic on decimals is done in binary floating point and shown as text, as every decimal is.
  const isComputed = sized.type.value === 'double' && sized.type.name === 'decimal';
  if (isComputed) return { column: column('VARCHAR'), expression: toText(sized) };
  const sqlType = defaultSqlType(sized.type.name, sized.type.sqlType, definition);
  return {
    column: column(sqlType),
    expression: sqlType === sized.type.sqlType ? sized : cast(sized, sqlType),
  };
}

/** value[x] in a column of a declared type is the alternatives of that type and of those derived from it. */
function narrow(path: Expression, type: string | null, schema: Schema): Expression {
  if (path.kind !== 'choice') return path;
  const fitting = path.alternatives.filter(
    (each) =>
      type !== null &&
      (each.type.kind === 'primitive'
        ? schema.isA(each.type.name, type)
        : each.type.kind === 'complex' && each.type.names.every((name) => schema.isA(name, type))),
  );
  return resolveChoice(fitting.length === 0 ? path : choice(fitting));
}

function defaultSqlType(fhirType: string, stored: string, definition: ViewColumn): string {
  if (fhirType === 'instant' && !(PRIVACY_TAG in definition.tags)) return 'TIMESTAMPTZ';
  return stored;
}

function typeName(of: Expression): string | null {
  if (of.type.kind === 'primitive') return of.type.name === '' ? null : of.type.name;
  if (of.type.kind === 'complex' && of.type.names.length === 1) return of.type.names[0] ?? null;
  return null;
}

function isText(sqlType: string): boolean {
  return sqlType === 'VARCHAR';
}

function cast(of: Expression, sqlType: string): Expression {
  return { kind: 'cast', of, sqlType, type: of.type, isMany: of.isMany };
}

/** The column that holds the values of both branches of a unionAll, or null where their types differ. */
export function mergeColumns(
  first: PlanColumn,
  second: PlanColumn,
  isUntyped: (column: PlanColumn) => boolean,
): PlanColumn | null {
  if (first.isCollection !== second.isCollection) return null;
  if (first.sqlType === second.sqlType || isUntyped(second)) return first;
  if (isUntyped(first)) return second;
  const isInteger = [first, second].every(({ sqlType }) => sqlType === 'INTEGER' || sqlType === 'BIGINT');
  return isInteger ? { ...first, sqlType: 'BIGINT' } : null;
}
