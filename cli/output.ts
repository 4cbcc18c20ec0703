import { InvalidArgumentError } from 'commander';

/** Results go to stdout, one call a block. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A whole number from the command line. */
export function parseCount(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

/** A port from the command line. */
export function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return port;
}

/** A lifetime from the command line, such as `12h`: a number alone would be milliseconds to the signer. */
export function parseLifetime(text: string): string {
  if (!/^[1-9]\d{0,4}[smhd]$/.test(text)) {
    throw new InvalidArgumentError('It must be a number and s, m, h or d, such as 12h.');
  }
  return text;
}

/** `2019-01-01..2020-01-01` from the command line; either side may be left out. */
export function parsePeriod(text: string): { readonly since?: string; readonly until?: string } {
  const match = /^(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?$/.exec(text);
  const days = [match?.[1], match?.[2]].map((day) =>
    day === undefined ? day : new Date(`${day}T00:00:00Z`),
  );
  const isWrong = days.some((day) => day !== undefined && Number.isNaN(day.getTime()));
  if (match === null || isWrong || text === '..') {
    throw new InvalidArgumentError('It must be two dates, such as 2019-01-01..2020-01-01.');
  }
  const [since, until] = days.map((day) => day?.toISOString());
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

const MILLISECONDS = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 } as const;

/** A time from the command line, such as `2h`, in milliseconds. */
export function parseWait(text: string): number {
  if (!/^\d{1,6}[smhd]$/.test(text)) {
    throw new InvalidArgumentError('It must be a number and s, m, h or d, such as 2h.');
  }
  return Number.parseInt(text, 10) * MILLISECONDS[text.at(-1) as keyof typeof MILLISECONDS];
}
