import { viewOf } from './column.ts';

/** A view that reads every kind of value. */
export const view = viewOf('Observation', {
  id: 'id',
  status: 'status',
  codes: { path: 'code.coding.code', collection: true },
  value: 'value.ofType(Quantity).value',
  number: { path: 'value.ofType(Quantity).value', tag: [{ name: 'ansi/type', value: 'DECIMAL(10,2)' }] },
  issued: 'issued',
  is_there: 'value.ofType(boolean)',
  count: 'value.ofType(integer)',
});

export const good = (id: string, more = '"valueQuantity":{"value":1.10}'): string =>
  `{"resourceType":"Observation","id":"${id}","status":"final","code":{"coding":[{"code":"8302-2"},{"code":"271649006"}]},"issued":"2020-01-01T10:00:00+02:00",${more}}`;

/** Every way in which a line can be bad, and what it is called. */
export const BAD: readonly (readonly [string, string])[] = [
  [good('x').slice(0, 80), 'invalid-json'],
  [`${good('x')}${good('y')}`, 'invalid-json'],
  [good('x').replace('}}', '},}'), 'invalid-json'],
  ['null', 'not-a-resource'],
  ['[1]', 'not-a-resource'],
  ['{"id":"x"}', 'not-a-resource'],
  [good('x').replace('"final"', '5'), 'shape-mismatch'],
  [good('x').replace('"final"', 'true'), 'shape-mismatch'],
  [good('x').replace('"271649006"', '271649006'), 'shape-mismatch'],
  [good('x').replace('1.10', '"1.10"'), 'shape-mismatch'],
  [good('x').replace('{"value":1.10}', '7'), 'shape-mismatch'],
  [good('x', '"valueBoolean":"true"'), 'shape-mismatch'],
  [good('x', '"valueInteger":2.7'), 'shape-mismatch'],
  [good('x').replace('"status":"final"', '"status":"final","status":"amended"'), 'duplicate-key'],
  [good('x').replace('final', '\\ud800'), 'lone-surrogate'],
  [good('x').replace('1.10', 'NaN'), 'invalid-json'],
];

/** Flips a byte, cuts the line, changes the type of a value, gives a key twice, or leaves the line as it is. */
export function mutate(line: string, kind: number, at: number, byte: number): Buffer {
  const bytes = Buffer.from(line);
  const position = Math.floor((at / 1000) * bytes.length);
  if (kind === 4) return bytes;
  if (kind === 0) {
    bytes[position] = byte === 0x0a || byte === 0x0d ? 0x20 : byte;
    return bytes;
  }
  if (kind === 1) return bytes.subarray(0, Math.max(1, position));
  const key = ['status', 'issued', 'id', 'code'][byte % 4] ?? 'id';
  if (kind === 2) return Buffer.from(line.replace(new RegExp(`"${key}":"[^"]*"`), `"${key}":5`));
  return Buffer.from(line.replace('"status":', '"status":"x","status":'));
}

/** What an independent reading expects of a line: a row, or none. */
export function expectedRow(line: Buffer): readonly unknown[] {
  const text = line.toString('utf8');
  if (!Buffer.from(text).equals(line)) return [];
  let value: unknown;
  // a number that no reader can hold is refused, wherever it stands
  let isHeld = true;
  try {
    value = JSON.parse(text, (_, each: unknown) => {
      if (typeof each === 'number' && !Number.isFinite(each)) isHeld = false;
      return each;
    });
  } catch {
    return [];
  }
  if (!isHeld) return [];
  const record = value as {
    resourceType?: unknown;
    id?: unknown;
    status?: unknown;
    issued?: unknown;
    code?: { coding?: { code?: unknown }[] };
    category?: { coding?: { code?: unknown }[] }[];
  };
  if (record === null || record.resourceType !== 'Observation') return [];
  if ((text.match(/"status":/g) ?? []).length > 1) return [];
  const codings = record.code?.coding ?? [];
  const categories = (record.category ?? []).flatMap((category) => category.coding ?? []);
  const texts = [
    record.id,
    record.status,
    record.issued,
    ...[...codings, ...categories].map(({ code }) => code),
  ];
  if (texts.some((each) => each !== undefined && typeof each !== 'string')) return [];
  return [
    {
      id: record.id ?? null,
      status: record.status ?? null,
      codes: codings.flatMap(({ code }) => code ?? []),
    },
  ];
}

export function pick(row: Record<string, unknown>): unknown {
  return { id: row['id'], status: row['status'], codes: row['codes'] };
}
