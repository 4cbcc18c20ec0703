import { type AstValue, bodyOf, call, isAst, nodeOf, string, textOf, unsupported } from '../ast.ts';

const CONSTANT = 'Write the pattern as a constant or a parameter.';

/** Escapes that both read alike; the others are refused or translated. */
const SAME_ESCAPES = /[dDsSwWnrtfvA]/;
const TRANSLATED: Readonly<Record<string, string>> = { y: '\\b', Y: '\\B', Z: '\\z' };

/** `text ~ pattern`: in PostgreSQL a dot takes line ends, too. */
export function matches(text: AstValue, pattern: AstValue, flags: '' | 'i'): AstValue {
  return call('regexp_matches', text, translatedPattern(pattern), string(`s${flags}`));
}

/** regexp_like(text, pattern [, flags]). */
export function regexpLike([text, pattern, flags, ...others]: readonly AstValue[]): AstValue {
  const given = flags === undefined ? '' : textOf(flags);
  if (others.length > 0 || (given !== '' && given !== 'i')) throw unsupported('this form of regexp_like');
  return matches(text, pattern, given);
}

/** regexp_replace(text, pattern, replacement [, flags]). */
export function regexpReplace(args: readonly AstValue[]): AstValue {
  const [text, pattern, replacement, flags, ...others] = args;
  const given = flags === undefined ? '' : textOf(flags);
  if (others.length > 0 || given === undefined || !/^[gi]*$/.test(given))
    throw unsupported('this form of regexp_replace', 'Its flags are g and i.');
  const source = patternOf(pattern);
  // PostgreSQL takes the longest alternative, and decides once for all quantifiers how greedy they are.
  if (/(?<!\\)(?:\\\\)*(?:\||[*+?}]\?)/.test(source))
    throw unsupported('regexp_replace with alternatives or non-greedy quantifiers');
  const groups = [...source.matchAll(/(?<!\\)(?:\\\\)*\((?!\?)/g)].length;
  return call(
    'regexp_replace',
    text,
    translatedPattern(pattern),
    translatedReplacement(replacement, groups),
    string(`s${given}`),
  );
}

/** The text of a pattern that is a constant or a parameter; nothing for NULL. */
function patternOf(value: AstValue): string {
  const text = constantOf(value);
  if (text === undefined) throw unsupported('a regular expression that is computed', CONSTANT);
  return text;
}

function constantOf(value: AstValue): string | undefined {
  const constant = bodyOf(value, 'A_Const');
  if (constant !== undefined) return constant['isnull'] === true ? '' : textOf(value);
  return nodeOf(value)?.[0] === 'TypeCast' ? constantOf(nodeOf(value)?.[1]['arg']) : undefined;
}

/** The pattern in RE2's words, where a constant stands for it; NULL stays. */
function translatedPattern(value: AstValue): AstValue {
  const pattern = patternOf(value);
  if (isNull(value)) return value;
  if (/^\*\*\*|\(\?(?!:)|\[\[:[<>]:\]\]/.test(pattern))
    throw unsupported('an embedded option, a look around or a word boundary of this form');
  return string(pattern.replace(/\\(.?)/gs, (_, escaped: string) => translatedEscape(escaped)));
}

function translatedEscape(escaped: string): string {
  const translated = TRANSLATED[escaped];
  if (translated !== undefined) return translated;
  if (/[A-Za-z0-9]/.test(escaped) && !SAME_ESCAPES.test(escaped))
    throw unsupported(`the escape \\${escaped} in a regular expression`);
  return `\\${escaped}`;
}

function translatedReplacement(value: AstValue, groups: number): AstValue {
  const text = constantOf(value);
  if (text === undefined) throw unsupported('a replacement that is computed', CONSTANT);
  if (isNull(value)) return value;
  return string(
    text.replace(/\\(.?)/gs, (_, escaped: string) => {
      if (escaped === '&') return '\\0';
      if (/\d/.test(escaped)) {
        if (escaped === '0' || Number(escaped) > groups) throw unsupported('a group that the pattern lacks');
        return `\\${escaped}`;
      }
      return escaped === '\\' ? '\\\\' : `\\\\${escaped}`;
    }),
  );
}

function isNull(value: AstValue): boolean {
  const node = nodeOf(value);
  if (node?.[0] === 'TypeCast') return isNull(node[1]['arg']);
  return isAst(value) && bodyOf(value, 'A_Const')?.['isnull'] === true;
}
