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
