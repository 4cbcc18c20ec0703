import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import {
  conditionLine,
  encounterLine,
  type Hospital,
  instant,
  nightInstant,
  patientLine,
  RESULTS_PER_VISIT,
  resultId,
  resultLine,
  type Visit,
  visitOf,
} from './hospital.ts';
import { choiceFor } from './random.ts';

/** The order of the lines in the first export: as a server that goes from patient to patient writes them, or by time. */
export type ExportOrder = 'patient' | 'time';

/** What one night changes: shares of all results. */
export interface NightShape {
  readonly added: number;
  readonly corrected: number;
  readonly deleted: number;
}

/** Half a percent of the results: mostly new ones of a few patients, the rest among those of the last month. */
export function nightOf(results: number, share: number): NightShape {
  const visits = Math.max(1, Math.round((results * share * 0.8) / RESULTS_PER_VISIT));
  return {
    added: visits,
    corrected: Math.round(results * share * 0.15),
    deleted: Math.round(results * share * 0.05),
  };
}

const RESULTS_PER_FILE = 1_000_000;
const ENCOUNTER_EVERY = 4;
const CONDITION_EVERY = 4;
/** Corrections and deletes are of results that are younger. */
const RECENT_SHARE = 30 / (15 * 365);

/** Writes the export of the whole hospital into a folder. */
export async function writeHospital(
  hospital: Hospital,
  folder: string,
  order: ExportOrder,
  shape: NightShape,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const numbers = Uint32Array.from({ length: hospital.visits }, (_, number) => number);
  const visit = (number: number): Visit => visitOf(hospital, number, shape.added);
  if (order === 'patient') {
    const patients = Uint32Array.from(numbers, (number) => visit(number).patient);
    numbers.sort((a, b) => (patients[a] ?? 0) - (patients[b] ?? 0) || a - b);
  }
  await writeLines(join(folder, 'Patient.ndjson'), patients(hospital));
  await writeLines(join(folder, 'Encounter.ndjson'), some(numbers, ENCOUNTER_EVERY, 0, visit, encounterLine));
  await writeLines(join(folder, 'Condition.ndjson'), some(numbers, CONDITION_EVERY, 1, visit, conditionLine));
  const perFile = RESULTS_PER_FILE / RESULTS_PER_VISIT;
  for (let from = 0; from < numbers.length; from += perFile) {
    const part = numbers.subarray(from, from + perFile);
    await writeLines(join(folder, `Observation.${from / perFile}.ndjson`), results(part, visit));
  }
}

/** Writes what changed in a night (from 0) into a folder of its own. */
export async function writeNight(
  hospital: Hospital,
  folder: string,
  night: number,
  shape: NightShape,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const first = hospital.visits + night * shape.added;
  const numbers = Uint32Array.from({ length: shape.added }, (_, index) => first + index);
  const visit = (number: number): Visit => visitOf(hospital, number, shape.added);
  await writeLines(join(folder, 'Encounter.ndjson'), some(numbers, ENCOUNTER_EVERY, 0, visit, encounterLine));
  await writeLines(join(folder, 'Condition.ndjson'), some(numbers, CONDITION_EVERY, 1, visit, conditionLine));
  const changed = recentResults(hospital, night, shape.corrected + shape.deleted);
  await writeLines(
    join(folder, 'Observation.ndjson'),
    (function* () {
      yield* results(numbers, visit);
      for (const number of changed.slice(0, shape.corrected)) {
        const of = visit(Math.floor(number / RESULTS_PER_VISIT));
        yield resultLine(of, number % RESULTS_PER_VISIT, 2 + night, nightInstant(night));
      }
    })(),
  );
  await writeLines(join(folder, 'deleted.ndjson'), deletions(changed.slice(shape.corrected), night));
}

/** Distinct numbers of results of the last month. */
function recentResults(hospital: Hospital, night: number, count: number): readonly number[] {
  const choice = choiceFor('night', night);
  const all = hospital.visits * RESULTS_PER_VISIT;
  const recent = Math.max(count * 2, Math.round(all * RECENT_SHARE));
  const found = new Set<number>();
  while (found.size < count) found.add(all - 1 - choice.below(recent));
  return [...found];
}

function* patients(hospital: Hospital): Generator<string> {
  for (let number = 0; number < hospital.patients; number++) yield patientLine(number);
}

function* some(
  numbers: Uint32Array,
  every: number,
  rest: number,
  visit: (number: number) => Visit,
  line: (visit: Visit) => string,
): Generator<string> {
  for (const number of numbers) if (number % every === rest) yield line(visit(number));
}

function* results(numbers: Uint32Array, visit: (number: number) => Visit): Generator<string> {
  for (const number of numbers) {
    const of = visit(number);
    const updated = instant(of.time + 7_200_000);
    for (let nth = 0; nth < RESULTS_PER_VISIT; nth++) yield resultLine(of, nth, 1, updated);
  }
}

/** As a bulk server tells of deletes: https://hl7.org/fhir/uv/bulkdata/STU2/export.html, `deleted`. */
function* deletions(numbers: readonly number[], night: number): Generator<string> {
  for (let from = 0; from < numbers.length; from += 100) {
    const entries = numbers
      .slice(from, from + 100)
      .map((number) => `{"request":{"method":"DELETE","url":"Observation/${resultId(number)}"}}`);
    yield `{"resourceType":"Bundle","id":"deleted-${night}-${from}","type":"transaction","meta":{"lastUpdated":"${nightInstant(night)}"},"entry":[${entries.join(',')}]}`;
  }
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const stream: WriteStream = createWriteStream(path, { highWaterMark: 1 << 22 });
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0 && !stream.write(`${batch.join('\n')}\n`)) await once(stream, 'drain');
    batch = [];
  };
  for (const line of lines) {
    batch.push(line);
    if (batch.length === 1000) await flush();
  }
  await flush();
  stream.end();
  await finished(stream);
}
