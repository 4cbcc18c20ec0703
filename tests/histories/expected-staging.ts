import { createHmac } from 'node:crypto';
import { evaluateView, type FhirPathEngine } from '../view/oracle/evaluate-view.ts';
import type { SelectJson, ViewJson } from '../view/oracle/generate-view.ts';
import { imagingTerms } from './imaging-terms.ts';
import type { Placed, WorldModel } from './world-model.ts';

/** What the pseudonyms of a warehouse follow from. */
export interface Secrets {
  readonly key: Buffer;
  /** The person that the vault minted for each node. */
  readonly persons: ReadonlyMap<string, string>;
}

interface Column {
  readonly name: string;
  readonly collection?: boolean;
  readonly tag?: readonly { readonly name: string; readonly value: string }[];
}

type Cells = Readonly<Record<string, unknown>>;

const PLACEHOLDER_DAYS = ['1900-01-01', '1901-01-01', '1970-01-01'];
const DAY_MS = 86_400_000;

/** The rows of staging tables as they should be, by the FHIRPath library of the oracle and the rules of privacy. */
export class ExpectedStaging {
  readonly #engine: FhirPathEngine;
  readonly #secrets: Secrets;
  readonly #profile: 'research' | 'identified';
  readonly #ageDate: string;
  readonly #rows: Map<string, readonly Cells[]>;

  /** `rows` keeps what the library has said, for other nights. */
  constructor(
    engine: FhirPathEngine,
    secrets: Secrets,
    profile: 'research' | 'identified',
    ageDate: string,
    rows: Map<string, readonly Cells[]>,
  ) {
    this.#engine = engine;
    this.#secrets = secrets;
    this.#profile = profile;
    this.#ageDate = ageDate;
    this.#rows = rows;
  }

  /** The staging rows of a view, each as an object of its cells. */
  rows(view: ViewJson, world: WorldModel): readonly Cells[] {
    const columns = columnsOf(view.select);
    const withheld = this.#withheldPersons(world);
    return world.placed
      .filter(({ version }) => version.type === view.resource)
      .flatMap((placed) => {
        const person = placed.node === undefined ? undefined : world.person.get(placed.node);
        const owner = person === undefined ? undefined : this.#secrets.persons.get(person);
        return this.#viewRows(view, placed).map((row) => ({
          patient_key: this.patientKey(person),
          source: placed.version.source,
          ...Object.fromEntries(
            columns.flatMap((column) =>
              this.#cells(column, row[column.name], placed, world, owner, withheld.has(person ?? '')),
            ),
          ),
        }));
      });
  }

  /** The key of a person, named by the node it was made for. */
  patientKey(person: string | undefined): string | null {
    const minted = person === undefined ? undefined : this.#secrets.persons.get(person);
    return minted === undefined ? null : this.uuid('person', minted);
  }

  /** HMAC-SHA256 as a UUID of version 8. */
  uuid(domain: string, text: string): string {
    const hex = this.#hex(domain, text);
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  #hex(domain: string, text: string): string {
    const bytes = createHmac('sha256', this.#secrets.key)
      .update(`${domain}|${text}`)
      .digest()
      .subarray(0, 16);
    bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
    bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
    return bytes.toString('hex');
  }

  #viewRows(view: ViewJson, { resource }: Placed): readonly Cells[] {
    const key = `${JSON.stringify(view)}\n${JSON.stringify(resource)}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const rows = evaluateView({ ...view, constant: view.constant ?? [] }, resource, this.#engine);
    this.#rows.set(key, rows);
    return rows;
  }

  #cells(
    { name, tag = [], collection }: Column,
    value: unknown,
    placed: Placed,
    world: WorldModel,
    owner: string | undefined,
    isWithheld: boolean,
  ): readonly (readonly [string, unknown])[] {
    const policy = tag.find((each) => each.name === 'chiasm/privacy')?.value;
    const isResearch = this.#profile === 'research';
    switch (policy) {
      case 'key': {
        const target =
          value === null ? null : (world.references.meaning(placed.version, String(value)) ?? value);
        return [[name, target === null ? null : this.uuid('key', `${placed.version.source}|${target}`)]];
      }
      case 'uid': {
        if (value === null) return [[name, null]];
        const uid = String(value).replace(/^urn:oid:/, '');
        if (name.endsWith('_key')) return [[name, this.uuid('uid', uid)]];
        return [[name, isResearch ? `2.25.${BigInt(`0x${this.#hex('uid', uid)}`)}` : uid]];
      }
      case 'date':
      case 'birth-date':
        return this.#dateCells(name.replace(/_date$/, ''), value, owner, policy === 'birth-date', isWithheld);
      case 'terms':
        return [[name, value === null ? null : imagingTerms(String(value))]];
      case 'text':
      case 'drop':
        return [[name, isResearch ? null : value]];
      case 'code':
      case 'category':
      case 'number':
      case 'measurement':
        return [[name, collection === true && (value as readonly unknown[]).length === 0 ? [] : value]];
      default:
        if (value !== null) throw new Error(`the model knows no policy ${policy}`);
        return [[name, null]];
    }
  }

  #dateCells(
    stem: string,
    value: unknown,
    owner: string | undefined,
    isBirth: boolean,
    isPersonWithheld: boolean,
  ): readonly (readonly [string, unknown])[] {
    const isResearch = this.#profile === 'research';
    const written = value === null ? undefined : readDate(String(value));
    const isOld = written !== undefined && written.day <= yearsBefore(this.#ageDate, 90);
    const isWithheld = isBirth && isResearch && (isOld || isPersonWithheld);
    const isTold =
      written !== undefined && !isWithheld && !(isResearch && PLACEHOLDER_DAYS.includes(written.day));
    const shift = isResearch ? (owner === undefined ? undefined : this.#shift(owner)) : 0;
    const shifted = !isTold || shift === undefined ? null : shiftDay(written, shift);
    return [
      [`${stem}_date`, shifted],
      [`${stem}_precision`, isTold ? written.precision : null],
      isBirth
        ? [`is_${stem}_date_withheld`, isWithheld]
        : [
            `${stem}_at`,
            !isTold || shift === undefined || written.moment === undefined
              ? null
              : new Date(written.moment + shift * DAY_MS).toISOString(),
          ],
    ];
  }

  /** A multiple of 7 days from -364 to 364, never 0. */
  #shift(person: string): number {
    const number =
      createHmac('sha256', this.#secrets.key).update(`shift|${person}`).digest().readUInt32BE(0) % 104;
    return 7 * (number < 52 ? number - 52 : number - 51);
  }

  #withheldPersons(world: WorldModel): ReadonlySet<string> {
    const limit = yearsBefore(this.#ageDate, 90);
    return new Set(
      world.placed.flatMap(({ resource, node }) => {
        const birth = resource['birthDate'] ?? resource['PatientBirthDate'];
        const day = birth === undefined ? undefined : readDate(String(birth)).day;
        return day !== undefined && day <= limit && node !== undefined
          ? [world.person.get(node) as string]
          : [];
      }),
    );
  }
}

interface WrittenDate {
  readonly day: string;
  readonly precision: 'year' | 'month' | 'day' | 'time';
  readonly moment: number | undefined;
}

/** A FHIR date or dateTime, or eight digits of DICOM. */
function readDate(text: string): WrittenDate {
  if (/^\d{8}$/.test(text)) {
    return { day: text.replace(/^(....)(..)(..)$/, '$1-$2-$3'), precision: 'day', moment: undefined };
  }
  const precision =
    text.length === 4 ? 'year' : text.length === 7 ? 'month' : text.length === 10 ? 'day' : 'time';
  const hasOffset = precision === 'time' && /(Z|[+-]\d\d:\d\d)$/.test(text);
  return {
    day: `${text}-01-01`.slice(0, 10),
    precision,
    moment: hasOffset ? Date.parse(text) : undefined,
  };
}

function shiftDay({ day, precision }: WrittenDate, days: number): string {
  const moved = new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
  if (precision === 'year') return `${moved.slice(0, 4)}-01-01`;
  return precision === 'month' ? `${moved.slice(0, 7)}-01` : moved;
}

function yearsBefore(day: string, years: number): string {
  return `${Number(day.slice(0, 4)) - years}${day.slice(4)}`;
}

/** The columns of a view in the order of its table; the branches of a union have the same ones. */
function columnsOf(selects: readonly SelectJson[]): readonly Column[] {
  return selects.flatMap((select) => [
    ...((select.column ?? []) as readonly Column[]),
    ...columnsOf(select.select ?? []),
    ...columnsOf((select.unionAll ?? []).slice(0, 1)),
  ]);
}
