import type { Organ } from './cancers.ts';
import { type Coding, loinc, snomed } from './codes.ts';

/** How each organ is imaged, biopsied and operated on. */
export interface OrganProcedures {
  readonly imaging: Coding;
  readonly imagingOrder: Coding;
  readonly biopsy: Coding;
  readonly surgery: Coding;
  readonly specimen: Coding;
  /** DICOM (0018,0015) Body Part Examined of the diagnostic study */
  readonly bodyPart: string;
  readonly region: Coding;
}

const chest = snomed('51185008', 'Thoracic structure (body structure)');
const abdomen = snomed('113345001', 'Abdominal structure (body structure)');

export const PROCEDURES: Readonly<Record<Organ, OrganProcedures>> = {
  lung: {
    imaging: snomed('169069000', 'Computed tomography of chest (procedure)'),
    imagingOrder: loinc('24627-2', 'CT Chest'),
    biopsy: snomed('432231006', 'Fine needle aspiration biopsy of lung (procedure)'),
    surgery: snomed('173171007', 'Lobectomy of lung (procedure)'),
    specimen: snomed('122610009', 'Specimen from lung obtained by biopsy (specimen)'),
    bodyPart: 'CHEST',
    region: chest,
  },
  breast: {
    imaging: snomed('71651007', 'Mammography (procedure)'),
    imagingOrder: loinc('24606-6', 'MG Breast Screening'),
    biopsy: snomed('122548005', 'Biopsy of breast (procedure)'),
    surgery: snomed('392021009', 'Lumpectomy of breast (procedure)'),
    specimen: snomed('127457009', 'Tissue specimen from breast (specimen)'),
    bodyPart: 'BREAST',
    region: snomed('76752008', 'Breast structure (body structure)'),
  },
  colorectal: {
    imaging: snomed('169070004', 'Computed tomography of abdomen (procedure)'),
    imagingOrder: loinc('41806-1', 'CT Abdomen'),
    biopsy: snomed('76164006', 'Biopsy of colon (procedure)'),
    surgery: snomed('43075005', 'Partial resection of colon (procedure)'),
    specimen: snomed('122643008', 'Tissue specimen from colon (specimen)'),
    bodyPart: 'ABDOMEN',
    region: abdomen,
  },
  prostate: {
    imaging: snomed('113091000', 'Magnetic resonance imaging (procedure)'),
    imagingOrder: snomed('113091000', 'Magnetic resonance imaging (procedure)'),
    biopsy: snomed('65575008', 'Biopsy of prostate (procedure)'),
    surgery: snomed('90470006', 'Prostatectomy (procedure)'),
    specimen: snomed('258415003', 'Biopsy specimen (specimen)'),
    bodyPart: 'PROSTATE',
    region: snomed('41216001', 'Prostatic structure (body structure)'),
  },
  skin: {
    imaging: snomed('169069000', 'Computed tomography of chest (procedure)'),
    imagingOrder: loinc('24627-2', 'CT Chest'),
    biopsy: snomed('240977001', 'Biopsy of skin (procedure)'),
    surgery: snomed('65801008', 'Excision (procedure)'),
    specimen: snomed('309066003', 'Skin biopsy specimen (specimen)'),
    bodyPart: 'CHEST',
    region: chest,
  },
  pancreas: {
    imaging: snomed('169070004', 'Computed tomography of abdomen (procedure)'),
    imagingOrder: loinc('41806-1', 'CT Abdomen'),
    biopsy: snomed('86273004', 'Biopsy (procedure)'),
    surgery: snomed('116241004', 'Pancreaticoduodenectomy (procedure)'),
    specimen: snomed('119376003', 'Tissue specimen (specimen)'),
    bodyPart: 'ABDOMEN',
    region: abdomen,
  },
};

export const CT_FOLLOW_UP: Coding = loinc('24627-2', 'CT Chest');
export const PET_CT: Coding = snomed(
  '443271005',
  'Positron emission tomography with computed tomography (procedure)',
);
