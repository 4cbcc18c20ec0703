import { expect, test } from 'vitest';
import { makeImagingTerms } from '../../etl/refresh/imaging-terms.ts';
import { loadCodes } from '../../etl/refresh/load-codes.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { imagingTerms } from '../histories/imaging-terms.ts';

/** Descriptions as scanners and people write them, and what they say. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'CT, HEAD/BRAIN WO CONTRAST': ['contrast:no', 'modality:CT', 'phase:native', 'region:head'],
  'Thorax^TAP (Adult)': ['region:chest, abdomen and pelvis'],
  'Abdomen^ABD_PEL_PORTAL_VENOUS (Adult)': [
    'contrast:yes',
    'phase:portal venous',
    'region:abdomen and pelvis',
  ],
  'CHEST W CONTRAST 1.25 STANDARD': ['contrast:yes', 'region:chest'],
  'CT CHEST W/WO': ['contrast:both', 'modality:CT', 'region:chest'],
  'C/A/P C+': ['contrast:yes', 'region:chest, abdomen and pelvis'],
  'CT Thoracic Spine': ['modality:CT', 'region:spine'],
  'Schädel nativ': ['contrast:no', 'phase:native', 'region:head'],
  'CT Hals/Thorax/Abdomen/Becken mit KM': [
    'contrast:yes',
    'modality:CT',
    'region:neck, chest, abdomen and pelvis',
  ],
  'PET/CT Ganzkoerper FDG': ['modality:PT', 'region:whole body'],
  'T/S/C RF FAST PILOT': [],
  Topogramm: ['localizer:yes'],
  '3 Plane Loc': ['localizer:yes'],
  'T1 w/o FS': [],
  'phase contrast': [],
  'PC ARTERIAL SPIN LABELING': [],
  '5/5mm Plain': [],
  'CT guided biopsy of lung': ['modality:intervention', 'region:chest'],
  'Personal care, not in an icf/mr': [],
  'surface coil, computer, router': [],
  None: ['agent:none'],
  'n/a': ['agent:unstated'],
  '': ['agent:unstated'],
};

test('what a free text says is found as people would, by the database as by JavaScript', async () => {
  const connection = await (await openDuckDB({ threads: 1 })).connect();
  await loadCodes(connection);
  await makeImagingTerms(connection);
  for (const [text, terms] of Object.entries(TEXTS)) {
    const [row] = await queryJson(connection, `select imaging_terms('${text}') as terms`);
    expect(row?.['terms'], text).toEqual(terms);
    expect(imagingTerms(text), text).toEqual(terms);
  }
  expect(await queryJson(connection, 'select imaging_terms(null) as terms')).toEqual([{ terms: null }]);
  await connection.run(`update codes.imaging_word set pattern = '(' where facet = 'route' and rank = '10'`);
  await expect(makeImagingTerms(connection)).rejects.toMatchObject({ code: 'codes-invalid' });
  connection.closeSync();
});
