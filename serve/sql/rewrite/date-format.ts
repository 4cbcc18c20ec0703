import { type Ast, type AstValue, call, cast, string, unsupported } from '../ast.ts';

/** Templates of to_char and to_date, with DuckDB's letter for the same. Longer ones come first. */
const LETTERS: readonly (readonly [template: string, format: string])[] = [
  ['YYYY', '%Y'],
  ['yyyy', '%Y'],
  ['IYYY', '%G'],
  ['FMMonth', '%B'],
  ['FMDay', '%A'],
  ['HH24', '%H'],
  ['hh24', '%H'],
  ['HH12', '%I'],
  ['DDD', '%j'],
  ['Mon', '%b'],
  ['YY', '%y'],
  ['MM', '%m'],
  ['mm', '%m'],
  ['DD', '%d'],
  ['dd', '%d'],
  ['HH', '%I'],
  ['MI', '%M'],
  ['mi', '%M'],
  ['SS', '%S'],
  ['ss', '%S'],
  ['MS', '%g'],
  ['US', '%f'],
  ['Dy', '%a'],
  ['IW', '%V'],
  ['ID', '%u'],
  ['AM', '%p'],
  ['PM', '%p'],
];

type Piece = { readonly kind: 'format'; readonly text: string } | { readonly kind: 'quarter' };

/** Cuts a template of to_char; refuses letters that have no counterpart. */
function piecesOf(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let format = '';
  let at = 0;
  const flush = (): void => {
    if (format !== '') pieces.push({ kind: 'format', text: format });
    format = '';
  };
  // Seconds of the day, not twice those of the minute.
  if (/ssss/i.test(template)) throw refused();
  while (at < template.length) {
    const known = LETTERS.find(([letters]) => template.startsWith(letters, at));
    const character = template.charAt(at);
    if (known !== undefined) {
      format += known[1];
      at += known[0].length;
    } else if (character === '"') {
      const end = template.indexOf('"', at + 1);
      if (end === -1) throw refused();
      format += template.slice(at + 1, end).replaceAll('%', '%%');
      at = end + 1;
    } else if (character === 'Q') {
      flush();
      pieces.push({ kind: 'quarter' });
      at += 1;
    } else if (/[A-Za-z0-9#]/.test(character)) {
      throw refused();
    } else {
      format += character === '%' ? '%%' : character;
      at += 1;
    }
  }
  flush();
  return pieces;
}

/** to_char of a date or moment. */
export function formatDate(value: AstValue, template: string): Ast {
  const parts = piecesOf(template).map((piece) =>
    piece.kind === 'format'
      ? call('strftime', value, string(piece.text))
      : cast(call('quarter', value), 'varchar'),
  );
  const [first = string(''), ...rest] = parts;
  return rest.reduce<Ast>((whole, part) => concatenated(whole, part), first);
}

/** to_date and to_timestamp with a template. */
export function parseDate(text: AstValue, template: string, type: 'date' | 'timestamptz'): Ast {
  const pieces = piecesOf(template);
  const [only] = pieces;
  if (pieces.length !== 1 || only?.kind !== 'format') throw refused();
  return cast(call('strptime', text, string(only.text)), type);
}

function concatenated(left: Ast, right: Ast): Ast {
  return { A_Expr: { kind: 'AEXPR_OP', name: [{ String: { sval: '||' } }], lexpr: left, rexpr: right } };
}

function refused(): Error {
  return unsupported(
    'this template of to_char, to_date or to_timestamp',
    'Write dates with YYYY, MM, DD, Mon, FMMonth, Dy, FMDay, Q, IW, HH24, MI, SS; numbers with round() and ::text.',
  );
}
