import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { imagingTermsSql } from '../privacy/imaging-terms.ts';
import { queryJson } from '../warehouse/duckdb.ts';

/**
 * Makes `imaging_terms(text)` of the words in `codes.imaging_word`, which are loaded. Throws `codes-invalid` where a site's
 * pattern is no regular expression or a rank is no number.
 */
export async function makeImagingTerms(connection: DuckDBConnection): Promise<void> {
  try {
    const rows = await queryJson(
      connection,
      'select facet, pattern, term from codes.imaging_word order by facet, rank::integer',
    );
    const words = rows.map(({ facet, pattern, term }) => ({
      facet: String(facet),
      pattern: String(pattern),
      term: String(term),
    }));
    await connection.run(imagingTermsSql(words));
    await connection.run("select imaging_terms('')");
  } catch (cause) {
    throw new ChiasmError(
      'codes-invalid',
      'imaging_word: a pattern is no regular expression or a rank is no number',
      { cause },
    );
  }
}
