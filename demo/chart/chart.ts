import { instant, later, localDateTime, type Moment, utcDateTime } from '../calendar.ts';
import type { Random } from '../random.ts';
import { MCODE, US_CORE } from '../systems.ts';

/** Any JSON value; a resource body has no `resourceType`, `id` or `meta` yet. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };
export type Body = Readonly<Record<string, Json | undefined>>;

export interface Reference {
  readonly reference: string;
  readonly [key: string]: string;
}

/** One FHIR resource as a line of NDJSON. */
export interface Line {
  readonly type: string;
  readonly text: string;
  /** a later line has the same id and a newer `meta.lastUpdated` */
  readonly isEarlierVersion: boolean;
}

/** The growing record of one patient. */
export interface Chart {
  readonly subject: Reference;
  readonly lines: readonly Line[];
  readonly random: Random;
  /** Files a resource that became known at `moment`; `meta.lastUpdated` follows within two days. */
  add(type: string, moment: Moment, body: Body, options?: AddOptions): Reference;
  /** the same chart, written under another Patient record of the same person */
  underPatient(id: string): Chart;
}

export interface AddOptions {
  readonly id?: string;
  readonly profile?: string;
  /** files an earlier version of the resource first, under the same id */
  readonly earlier?: Body;
}

/** `prefix` names the patient's resources: `<prefix>-<type>-<n>`. */
export function openChart(prefix: string, patientId: string, random: Random): Chart {
  const lines: Line[] = [];
  const counts = new Map<string, number>();
  const file = (
    type: string,
    id: string,
    moment: Moment,
    body: Body,
    profile: string | undefined,
    version: { readonly id: string; readonly isEarlier: boolean },
  ): void => {
    const meta = {
      versionId: version.id,
      lastUpdated: instant(later(moment, random.int(20, 2000)), random.int(0, 999)),
      ...(profile === undefined ? {} : { profile: [profile] }),
    };
    lines.push({
      type,
      text: writeResource({ resourceType: type, id, meta, ...body }),
      isEarlierVersion: version.isEarlier,
    });
  };
  const chart: Chart = {
    subject: { reference: `Patient/${patientId}` },
    lines,
    random,
    add(type, moment, body, options = {}) {
      const count = (counts.get(type) ?? 0) + 1;
      counts.set(type, count);
      const id = options.id ?? `${prefix}-${type.toLowerCase()}-${count}`;
      if (options.earlier === undefined) {
        file(type, id, moment, body, options.profile, { id: '1', isEarlier: false });
      } else {
        file(type, id, moment, options.earlier, options.profile, { id: '1', isEarlier: true });
        file(type, id, later(moment, 3 * 1440), body, options.profile, { id: '2', isEarlier: false });
      }
      return { reference: `${type}/${id}` };
    },
    underPatient: (id) => ({ ...chart, subject: { reference: `Patient/${id}` } }),
  };
  return chart;
}

const DECIMAL = /"~decimal:(-?\d+(?:\.\d+)?)~"/g;

/** A JSON number written with exactly `places` decimals, trailing zeros included. */
export function decimal(value: number, places: number): string {
  return `~decimal:${value.toFixed(places)}~`;
}

/** One line of JSON; decimals made by `decimal` become number tokens. */
export function writeResource(resource: Body): string {
  return JSON.stringify(resource).replaceAll(DECIMAL, '$1');
}

/** Most clinical times carry the local offset, some source systems write UTC. */
export function dateTime(chart: Chart, moment: Moment): string {
  return chart.random.chance(0.15) ? utcDateTime(moment) : localDateTime(moment);
}

export function mcode(name: string): string {
  return `${MCODE}mcode-${name}`;
}

export function usCore(name: string): string {
  return `${US_CORE}us-core-${name}`;
}
