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
  /** SQL for the listed terms that the free text in a raw column stands for. */
  readonly terms: (column: string) => string;
  /** SQL for the person's day shift, NULL where unknown. */
  readonly shift: string;
  /** SQL for whether the person is of an age that must not be told. */
  readonly isWithheld: string;
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
  'measurement',
  'terms',
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
      return dateColumns(view, column, profile, scope, `${raw}::varchar`);
    case 'birth-date':
      return birthDateColumns(view, column, profile, scope, `${raw}::varchar`);
    case 'age':
      return one('INTEGER', toldAge(ageYears(`${raw}::varchar`), profile, scope));
    case 'postal':
      return one('VARCHAR', profile.postal_codes === 'whole' ? raw : threeDigits(raw));
    case 'code':
    case 'category':
    case 'number':
      return one(type, raw);
    case 'measurement':
      return one(type, profile.ages === 'real' ? raw : withoutAges(raw, scope));
    case 'terms':
      return one('VARCHAR[]', scope.terms(column.name));
    case 'text':
      return one(type, profile.text === 'kept' ? raw : `null::${type}`);
    case 'drop':
      return one(type, profile.direct_identifiers === 'kept' ? raw : `null::${type}`);
    default:
      return policy satisfies never;
  }
}

/** Does a table tell of the column nothing but terms of `codes.imaging_word`? */
export function isTermsPolicy(tag: string | undefined): boolean {
  return tag === 'terms';
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
  profile: PrivacyProfile,
  scope: ColumnScope,
  text: string,
): readonly StagingColumn[] {
  const stem = stemOf(view, column);
  const parts = readDate(column, text);
  const isTold = profile.dates === 'real' ? `${parts.date} is not null` : isPlausible(parts.date);
  return [
    { name: `${stem}_date`, type: 'DATE', sql: `if(${isTold}, ${shiftDate(parts, scope)}, null)` },
    { name: `${stem}_precision`, type: 'VARCHAR', sql: `if(${isTold}, ${parts.precision}, null)` },
    {
      name: `${stem}_at`,
      type: 'TIMESTAMPTZ',
      sql: `if(${isTold}, ${parts.instant} + to_days(${scope.shift}), null)`,
    },
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
  const parts = readDate(column, text);
  const isOld = `coalesce(${parts.date} <= (${scope.ageDate})::date - interval 90 year, false)`;
  const isWithheld = profile.birth_dates === 'real' ? 'false' : `(${isOld} or ${scope.isWithheld})`;
  const isTold = `${profile.dates === 'real' ? `${parts.date} is not null` : isPlausible(parts.date)} and not ${isWithheld}`;
  return [
    { name: `${stem}_date`, type: 'DATE', sql: `if(${isTold}, ${shiftDate(parts, scope)}, null)` },
    { name: `${stem}_precision`, type: 'VARCHAR', sql: `if(${isTold}, ${parts.precision}, null)` },
    { name: `is_${stem}_date_withheld`, type: 'BOOLEAN', sql: isWithheld },
  ];
}

/**
 * A date known only to the year or month is moved and then told to the year or month again: the first of January plus
 * the shift would give the shift away.
 */
function shiftDate(parts: DateParts, scope: ColumnScope): string {
  const shifted = `(${parts.date} + ${scope.shift})`;
  return `case ${parts.precision} when 'year' then date_trunc('year', ${shifted})
    when 'month' then date_trunc('month', ${shifted}) else ${shifted} end`;
}

/** Dates that stand for "always", "never" or "unknown" are known to everybody and would give the shift away. */
const PLACEHOLDERS = ['1900-01-01', '1901-01-01', '1970-01-01'];

function isPlausible(date: string): string {
  return `coalesce(${date} between date '1890-01-01' and date '2098-12-31'
    and ${date} not in (${PLACEHOLDERS.map((each) => `date '${each}'`).join(', ')}), false)`;
}

interface DateParts {
  readonly date: string;
  readonly precision: string;
  readonly instant: string;
}

/** FHIR date, dateTime, instant (https://hl7.org/fhir/R4/datatypes.html#dateTime) or DICOM DA, DT (PS3.5 §6.2). */
function readDate(column: PlanColumn, text: string): DateParts {
  if (column.fhirType === 'DA' || column.fhirType === 'DT') return readDicomDate(column.fhirType, text);
  // words such as `infinity` are dates to the database, too
  const isDate = `(length(${text}) in (4, 7, 10) or substr(${text}, 11, 1) = 'T')`;
  return {
    date: `if(${isDate}, try_cast(case length(${text}) when 4 then ${text} || '-01-01' when 7 then ${text} || '-01'
      else left(${text}, 10) end as date), null)`,
    precision: `case length(${text}) when 4 then 'year' when 7 then 'month' when 10 then 'day' else 'time' end`,
    instant: `if(length(${text}) > 10 and (ends_with(${text}, 'Z')
        or (substr(${text}, -6, 1) in ('+', '-') and substr(${text}, -5, 2) <= '14')),
      try_cast(${text} as timestamptz), null)`,
  };
}

/** Eight digits are a day, and so is the old form with dots; DT may stop after the year or month. Nothing else is a date. */
function readDicomDate(vr: 'DA' | 'DT', text: string): DateParts {
  const digits = `(case when length(${text}) = 10 and substr(${text}, 5, 1) = '.' and substr(${text}, 8, 1) = '.'
    then replace(${text}, '.', '')
    ${vr === 'DA' ? `when length(${text}) = 8 then ${text}` : `else regexp_extract(${text}, '^\\d+')`} end)`;
  return {
    date: `try_strptime(case when length(${digits}) >= 8 then left(${digits}, 8) when length(${digits}) = 6
      then ${digits} || '01' when length(${digits}) = 4 then ${digits} || '0101' end, '%Y%m%d')::date`,
    precision: `case length(left(${digits}, 9)) when 4 then 'year' when 6 then 'month' when 8 then 'day' else 'time' end`,
    instant:
      vr === 'DA'
        ? 'null::timestamptz'
        : `try_strptime(regexp_extract(${text}, '^\\d{14}') || regexp_extract(${text}, '[+-](0\\d|1[0-4])\\d{2}$'), '%Y%m%d%H%M%S%z')`,
  };
}

function ageYears(text: string): string {
  return `(case
    when length(${text}) = 4 and right(${text}, 1) in ('Y', 'M', 'W', 'D') then
      try_cast(left(${text}, 3) as usmallint)::integer
        // case right(${text}, 1) when 'Y' then 1 when 'M' then 12 when 'W' then 52 else 365 end
    when try_cast(${text} as double) between 0 and 199 then floor(try_cast(${text} as double))::integer end)`;
}

function toldAge(age: string, profile: PrivacyProfile, scope: ColumnScope): string {
  return profile.ages === 'real' ? age : `if(${scope.isWithheld}, null, ${capped(age)})`;
}

/** Not `least`, which takes the 89 where there is no age. */
function capped(age: string): string {
  return `if(${age} > 89, 89, ${age})`;
}

/** LOINC codes whose value is an age in years. */
const AGE_CODES = ['30525-0', '21611-9', '21612-7', '29553-5', '39016-1', '35659-2', '63900-5'];

/** A measured value, unless it is somebody's age: the view's `loinc_code` and `value_unit_code` tell. */
function withoutAges(value: string, scope: ColumnScope): string {
  const codes = AGE_CODES.map((code) => `'${code}'`).join(', ');
  return `if(coalesce(${scope.row}.loinc_code in (${codes}) or ${scope.row}.value_unit_code in ('a', 'a_g', 'a_j'), false),
    if(${scope.isWithheld}, null, ${capped(value)}), ${value})`;
}

/** The first three digits of a US ZIP code. Codes of other countries name places too small to be told. */
function threeDigits(code: string): string {
  const sparse = SPARSE_ZIP3.map((zip) => `'${zip}'`).join(', ');
  const zip3 = `regexp_extract(trim(${code}), '^(\\d{3})\\d{2}(-?\\d{4})?$', 1)`;
  return `case when ${zip3} in (${sparse}) then '000' else nullif(${zip3}, '') end`;
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
