import { sqlString } from '../../base/sql-text.ts';

/** A row of `codes.imaging_word`: a regular expression over prepared text, and the term it stands for. */
export interface ImagingWord {
  readonly facet: string;
  readonly pattern: string;
  readonly term: string;
}

/**
 * SQL that makes `imaging_terms(text)` available on a connection: of a free text, in each facet, the term of the first word
 * that matches, as a list of `<facet>:<term>` (empty where nothing matches, NULL where there is no text). What it gives
 * is in the table and never in the text, so it may be told where the text may not. Words of one facet come in the order
 * in which they are tried. Pure.
 */
export function imagingTermsSql(words: readonly ImagingWord[]): string {
  const facets = [...new Set(words.map((word) => word.facet))].sort();
  const terms = facets.map((facet) => {
    const cases = words
      .filter((word) => word.facet === facet)
      .map(
        ({ pattern, term }) =>
          `when regexp_matches(words, ${sqlString(pattern)}) then ${sqlString(`${facet}:${term}`)}`,
      );
    return `case ${cases.join('\n')} end`;
  });
  return `create or replace temp macro imaging_words(raw) as
    regexp_replace(strip_accents(lower(raw)), '[_^\\s]+', ' ', 'g');
  create or replace temp macro terms_in(words) as
    list_filter([${terms.join(',\n')}]::varchar[], lambda term: term is not null);
  create or replace temp macro imaging_terms(raw) as if(raw is null, null, terms_in(imaging_words(raw)));`;
}
