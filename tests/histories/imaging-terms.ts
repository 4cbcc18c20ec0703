import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../base/package-root.ts';

interface Word {
  readonly facet: string;
  readonly rank: number;
  readonly pattern: RegExp;
  readonly term: string;
}

/** What a free text says in terms of `imaging_word`, by JavaScript's regular expressions instead of the database's. */
export function imagingTerms(text: string): readonly string[] {
  const words = text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[_^\s]+/g, ' ');
  const first = new Map<string, Word>();
  for (const word of WORDS) {
    const known = first.get(word.facet);
    if (word.pattern.test(words) && (known === undefined || word.rank < known.rank))
      first.set(word.facet, word);
  }
  return [...first.values()].map(({ facet, term }) => `${facet}:${term}`).sort();
}

const WORDS: readonly Word[] = readFileSync(join(packageRoot, 'models/codes/imaging_word.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const fields = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) =>
      field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field,
    );
    const [facet = '', rank = '', pattern = '', term = ''] = fields;
    return { facet, rank: Number(rank), pattern: new RegExp(pattern), term };
  });
