/** In these VRs leading spaces belong to the value (PS3.5 6.2). */
const KEEPS_LEADING_SPACE = new Set(['LT', 'PN', 'ST', 'UC', 'UT']);
const NAME_GROUPS = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;

/** A value as text without its padding; `undefined` when empty or no text at all. */
export function toText(value: unknown, vr: string): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  let end = text.length;
  while (end > 0 && isPadding(text.charCodeAt(end - 1))) end -= 1;
  let start = 0;
  if (!KEEPS_LEADING_SPACE.has(vr)) while (start < end && isPadding(text.charCodeAt(start))) start += 1;
  if (end === start) return undefined;
  const trimmed = start === 0 && end === text.length ? text : text.slice(start, end);
  const clean = trimmed.includes('\0') ? trimmed.replaceAll('\0', '') : trimmed;
  return /[\ud800-\udfff]/.test(clean) ? clean.replaceAll(LONE_SURROGATE, '\ufffd') : clean;
}

/** Half characters are no JSON that every reader takes. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function isPadding(code: number): boolean {
  return code === 0x20 || code === 0;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const groups = NAME_GROUPS.map((group) => {
    const part = (value as Readonly<Record<string, unknown>>)[group];
    return typeof part === 'string' ? part : '';
  });
  return groups.join('=').replace(/=+$/, '');
}

/** An integer that JSON holds exactly; `12.0` is one, `12.5` and `1A` are not. */
export function toInteger(value: unknown): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^[\s\0]*[+-]?\d+(?:\.0*)?[\s\0]*$/.test(value)
        ? Number(value.replaceAll('\0', ''))
        : Number.NaN;
  return Number.isSafeInteger(number) ? number + 0 : undefined;
}

/** A finite number. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'string' && value.trim() === '') return undefined;
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
