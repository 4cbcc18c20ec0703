/** The narrowest DECIMAL that holds a number exactly; undefined when none does, or the text is no such number. */
export function decimalDigits(text: string): readonly [width: number, scale: number] | undefined {
  const [, whole, fraction = ''] = /^\s*[+-]?(\d+)(?:\.(\d*))?\s*$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits = whole.replace(/^0+(?=\d)/, '').length + fraction.length;
  return digits <= 38 ? [Math.max(digits, 1), fraction.length] : undefined;
}
