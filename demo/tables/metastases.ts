import { type Coding, icd10, snomed } from './codes.ts';

export interface Metastasis {
  readonly disorder: Coding;
  readonly icd: Coding;
  readonly body: Coding;
}

export const METASTASES: Readonly<Record<string, Metastasis>> = {
  brain: {
    disorder: snomed('94225005', 'Metastatic malignant neoplasm to brain (disorder)'),
    icd: icd10('C79.31', 'Secondary malignant neoplasm of brain'),
    body: snomed('12738006', 'Brain structure (body structure)'),
  },
  bone: {
    disorder: snomed('94222008', 'Metastatic malignant neoplasm to bone (disorder)'),
    icd: icd10('C79.51', 'Secondary malignant neoplasm of bone'),
    body: snomed('272673000', 'Bone structure (body structure)'),
  },
  liver: {
    disorder: snomed('94381002', 'Metastatic malignant neoplasm to liver (disorder)'),
    icd: icd10('C78.7', 'Secondary malignant neoplasm of liver and intrahepatic bile duct'),
    body: snomed('10200004', 'Liver structure (body structure)'),
  },
  lung: {
    disorder: snomed('94391008', 'Metastatic malignant neoplasm to lung (disorder)'),
    icd: icd10('C78.00', 'Secondary malignant neoplasm of unspecified lung'),
    body: snomed('39607008', 'Lung structure (body structure)'),
  },
  adrenal: {
    disorder: snomed('94161006', 'Metastatic malignant neoplasm to adrenal gland (disorder)'),
    icd: icd10('C79.70', 'Secondary malignant neoplasm of unspecified adrenal gland'),
    body: snomed('23451007', 'Adrenal structure (body structure)'),
  },
};
