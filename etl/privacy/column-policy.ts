import { ChiasmError } from '../../base/error.ts';
import { sqlName } from '../../base/sql-text.ts';
import type { PrivacyProfile } from '../../models/privacy-profile.ts';
import type { PlanColumn } from '../view/plan.ts';

/** One column of a staging table and the SQL that makes it from the raw view row. */
export interface StagingColumn {
  readonly name: string;
  readonly type: string;
  readonly sql: string;
}

/** How the raw row, the keys and the run are called in the SQL around the columns. */
export interface ColumnScope {
  /** The raw row's alias. */
  readonly row: string;
  /** SQL for the pseudonym (UUID) of the reference in a raw column. */
  readonly referenceKey: (column: string) => string;
  /** SQL for the pseudonyms of the UID in a raw column: as UUID, and as UID below 2.25. */
  readonly uidKey: (column: string) => string;
  readonly uidText: (column: string) => string;
  /** SQL for the person's day shift, NULL where unknown. */
  readonly shift: string;
  /** SQL for the date at which ages are counted. */
  readonly ageDate: string;
}

export const PRIVACY_TAG = 'chiasm/privacy';

const POLICIES = [
  'key',
  'uid',
  'date',
  'birth-date',
  'age',
  'postal',
  'code',
  'category',
  'number',
  'text',
  'drop',
] as const;
type Policy = (typeof POLICIES)[number];

/** Areas with 20,000 people or fewer by the 2010 census (HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(B)). */
const SPARSE_ZIP3 = [
  '036',
  '059',
  '102',
  '203',
  '205',
  '369',
  '556',
  '692',
  '753',
  '772',
  '821',
  '823',
  '878',
  '879',
  '884',
  '893',
  '831',
];

/** The policy that a column asks for. Throws `view-column-untagged`: what nobody has judged is not published. */
export function policyOf(view: string, column: PlanColumn): Policy {
  const tag = column.tags[PRIVACY_TAG];
  const policy = POLICIES.find((each) => each === tag);
  if (policy !== undefined) return policy;
  throw new ChiasmError(
    'view-column-untagged',
    `view ${view}, column ${column.name}: needs a tag ${PRIVACY_TAG} with one of ${POLICIES.join(', ')}`,
    { params: { view, column: column.name } },
  );
}

/** The staging columns that a view column becomes under a profile. Pure. */
export function stagingColumns(
  view: string,
  column: PlanColumn,
  profile: PrivacyProfile,
  scope: ColumnScope,
): readonly StagingColumn[] {
  const policy = policyOf(view, column);
  const raw = `${scope.row}.${sqlName(column.name)}`;
  const one = (type: string, sql: string): readonly StagingColumn[] => [{ name: column.name, type, sql }];
  const type = column.isCollection && !column.sqlType.endsWith('[]') ? `${column.sqlType}[]` : column.sqlType;
  if (column.isCollection && !['code', 'category', 'number', 'text', 'drop'].includes(policy)) {
    throw invalid(view, column, `a collection cannot be a ${policy}`);
  }
  switch (policy) {
    case 'key':
      return one('UUID', scope.referenceKey(column.name));
    case 'uid':
      return uidColumn(column, profile, scope);
    case 'date':
      return dateColumns(view, column, scope, `${raw}::varchar`);
    case 'birth-date':
      return birthDateColumns(view, column, profile, scope, `${raw}::varchar`);
    case 'age':
      return one('INTEGER', cap(ageYears(`${raw}::varchar`), profile));
    case 'postal':
      return one('VARCHAR', profile.postal_codes === 'whole' ? raw : threeDigits(raw));
    case 'code':
    case 'category':
    case 'number':
      return one(type, raw);
    case 'text':
      return one(type, profile.text === 'kept' ? raw : `null::${type}`);
    case 'drop':
      return one(type, profile.direct_identifiers === 'kept' ? raw : `null::${type}`);
    default:
      return policy satisfies never;
  }
}

/** Is the column's text a date (of FHIR or DICOM), which the view must give as written? */
export function isDatePolicy(tag: string | undefined): boolean {
  return tag === 'date' || tag === 'birth-date';
}

function uidColumn(
  column: PlanColumn,
  profile: PrivacyProfile,
  scope: ColumnScope,
): readonly StagingColumn[] {
  if (column.name.endsWith('_key')) {
    return [{ name: column.name, type: 'UUID', sql: scope.uidKey(column.name) }];
  }
  const real = `regexp_replace(${scope.row}.${sqlName(column.name)}, '^urn:oid:', '')`;
  return [
    { name: column.name, type: 'VARCHAR', sql: profile.uids === 'real' ? real : scope.uidText(column.name) },
  ];
}

function dateColumns(
  view: string,
  column: PlanColumn,
  scope: ColumnScope,
  text: string,
): readonly StagingColumn[] {
  const stem = stemOf(view, column);
  const parts = readDate(column, text);
  return [
    { name: `${stem}_date`, type: 'DATE', sql: `${parts.date} + ${scope.shift}` },
    {
      name: `${stem}_precision`,
      type: 'VARCHAR',
      sql: `if(${parts.date} is null, null, ${parts.precision})`,
    },
    { name: `${stem}_at`, type: 'TIMESTAMPTZ', sql: `${parts.instant} + to_days(${scope.shift})` },
  ];
}

function birthDateColumns(
  view: string,
  column: PlanColumn,
  profile: PrivacyProfile,
  scope: ColumnScope,
  text: string,
): readonly StagingColumn[] {
  const stem = stemOf(view, column);
  const { date, precision } = readDate(column, text);
  const isWithheld =
    profile.birth_dates === 'real'
      ? 'false'
      : `coalesce(${date} <= (${scope.ageDate})::date - interval 90 year, false)`;
  return [
    { name: `${stem}_date`, type: 'DATE', sql: `if(${isWithheld}, null, ${date} + ${scope.shift})` },
    {
      name: `${stem}_precision`,
      type: 'VARCHAR',
      sql: `if(${date} is null or ${isWithheld}, null, ${precision})`,
    },
    { name: `is_${stem}_date_withheld`, type: 'BOOLEAN', sql: isWithheld },
  ];
}

interface DateParts {
  readonly date: string;
  readonly precision: string;
  readonly instant: string;
}

/** FHIR date, dateTime, instant (https://hl7.org/fhir/R4/datatypes.html#dateTime) or DICOM DA, DT (PS3.5 §6.2). */
function readDate(column: PlanColumn, text: string): DateParts {
  if (column.fhirType === 'DA' || column.fhirType === 'DT') {
    const digits = `replace(${text}, '.', '')`;
    const bare = column.fhirType === 'DA' ? digits : `regexp_extract(${text}, '^\\d+')`;
    return {
      date: `try_strptime(rpad(left(${bare}, 8), 8, if(length(${bare}) = 6, '01', '0101')), '%Y%m%d')::date`,
      precision: `case length(left(${bare}, 9)) when 4 then 'year' when 6 then 'month' when 8 then 'day' else 'time' end`,
      instant:
        column.fhirType === 'DA'
          ? 'null::timestamptz'
          : `try_strptime(regexp_extract(${text}, '^\\d{14}') || regexp_extract(${text}, '[+-]\\d{4}$'), '%Y%m%d%H%M%S%z')`,
    };
  }
  return {
    date: `try_cast(case length(${text}) when 4 then ${text} || '-01-01' when 7 then ${text} || '-01'
      else left(${text}, 10) end as date)`,
    precision: `case length(${text}) when 4 then 'year' when 7 then 'month' when 10 then 'day' else 'time' end`,
    instant: `if(length(${text}) > 10 and (ends_with(${text}, 'Z') or substr(${text}, -6, 1) in ('+', '-')),
      try_cast(${text} as timestamptz), null)`,
  };
}

function ageYears(text: string): string {
  return `(case
    when regexp_full_match(${text}, '\\d{3}Y') then left(${text}, 3)::integer
    when regexp_full_match(${text}, '\\d{3}M') then left(${text}, 3)::integer // 12
    when regexp_full_match(${text}, '\\d{3}[WD]') then
      left(${text}, 3)::integer // if(ends_with(${text}, 'W'), 52, 365)
    else floor(try_cast(${text} as double))::integer end)`;
}

function cap(age: string, profile: PrivacyProfile): string {
  return profile.ages === 'real' ? age : `least(${age}, 89)`;
}

function threeDigits(code: string): string {
  const sparse = SPARSE_ZIP3.map((zip) => `'${zip}'`).join(', ');
  return `if(left(trim(${code}), 3) in (${sparse}), '000', left(trim(${code}), 3))`;
}

function stemOf(view: string, column: PlanColumn): string {
  const stem = /^(.+)_date$/.exec(column.name)?.[1];
  if (stem === undefined) throw invalid(view, column, 'the name of a date ends in _date');
  return stem;
}

function invalid(view: string, column: PlanColumn, reason: string): ChiasmError {
  return new ChiasmError('view-invalid', `view ${view}, column ${column.name}: ${reason}`, {
    params: { view, column: column.name },
  });
}
