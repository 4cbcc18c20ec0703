import { type Coding, icd10, rxnorm, snomed } from './codes.ts';

/** Long-standing conditions of any patient: share of patients who have them. */
export const COMORBIDITIES: readonly {
  readonly share: number;
  readonly disorder: Coding;
  readonly icd: Coding;
  /** what it is usually treated with at home */
  readonly drug: Coding;
}[] = [
  {
    share: 0.48,
    disorder: snomed('59621000', 'Essential hypertension (disorder)'),
    icd: icd10('I10', 'Essential (primary) hypertension'),
    drug: rxnorm('29046', 'lisinopril'),
  },
  {
    share: 0.22,
    disorder: snomed('44054006', 'Diabetes mellitus type 2 (disorder)'),
    icd: icd10('E11.9', 'Type 2 diabetes mellitus without complications'),
    drug: rxnorm('6809', 'metformin'),
  },
  {
    share: 0.2,
    disorder: snomed('13645005', 'Chronic obstructive pulmonary disease (disorder)'),
    icd: icd10('J44.9', 'Chronic obstructive pulmonary disease, unspecified'),
    drug: rxnorm('435', 'albuterol'),
  },
  {
    share: 0.35,
    disorder: snomed('55822004', 'Hyperlipidemia (disorder)'),
    icd: icd10('E78.5', 'Hyperlipidemia, unspecified'),
    drug: rxnorm('83367', 'atorvastatin'),
  },
];

export const ALLERGENS: readonly Coding[] = [
  { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '7980', display: 'penicillin G' },
  snomed('256277009', 'Grass pollen (substance)'),
  snomed('385420005', 'Contrast media (substance)'),
  {
    system: 'http://www.nlm.nih.gov/research/umls/rxnorm',
    code: '10831',
    display: 'sulfamethoxazole / trimethoprim',
  },
];

export const SMOKING: readonly (Coding & { readonly weight: number })[] = [
  { weight: 4, ...snomed('266919005', 'Never smoked tobacco (finding)') },
  { weight: 5, ...snomed('8517006', 'Ex-smoker (finding)') },
  { weight: 2, ...snomed('77176002', 'Smoker (finding)') },
];

const suspectedMalignancy = snomed('162572001', 'Suspected malignancy (situation)');

/** What a suspicious finding turns out to be when the biopsy is benign. */
export const BENIGN_FINDINGS = {
  lung: {
    suspected: snomed('162573006', 'Suspected lung cancer (situation)'),
    disorder: snomed('427359005', 'Solitary nodule of lung (disorder)'),
    icd: icd10('R91.1', 'Solitary pulmonary nodule'),
    text: 'Granulomatous inflammation; no malignancy identified',
  },
  breast: {
    suspected: snomed('134405005', 'Suspected breast cancer (situation)'),
    disorder: snomed('254845004', 'Fibroadenoma of breast (disorder)'),
    icd: icd10('D24.1', 'Benign neoplasm of right breast'),
    text: 'Fibroadenoma; no malignancy identified',
  },
  colorectal: {
    suspected: suspectedMalignancy,
    disorder: snomed('68496003', 'Polyp of colon (disorder)'),
    icd: icd10('K63.5', 'Polyp of colon'),
    text: 'Hyperplastic polyp; no dysplasia',
  },
  prostate: {
    suspected: suspectedMalignancy,
    disorder: snomed('266569009', 'Benign prostatic hyperplasia (disorder)'),
    icd: icd10('N40.0', 'Benign prostatic hyperplasia without lower urinary tract symptoms'),
    text: 'Benign prostatic tissue',
  },
} as const;

/** Presenting complaints and screening by organ. */
export const PRESENTATION = {
  lung: snomed('49727002', 'Cough (finding)'),
  breast: snomed('89164003', 'Breast lump (finding)'),
  colorectal: snomed('405729008', 'Hematochezia (finding)'),
  prostate: snomed('396152005', 'Raised prostate specific antigen (finding)'),
  skin: snomed('95324001', 'Skin lesion (finding)'),
  pancreas: snomed('18165001', 'Jaundice (finding)'),
} as const;
