import { type Coding, icd10, LEFT, RIGHT, snomed } from './codes.ts';

export type CancerGroup = 'nsclc' | 'sclc' | 'breast' | 'colorectal' | 'prostate' | 'melanoma' | 'pancreas';
export type Organ = 'lung' | 'breast' | 'colorectal' | 'prostate' | 'skin' | 'pancreas';

/** Where a tumour may sit: SNOMED CT body structure, ICD-10-CM diagnosis, side if the organ is paired. */
export interface TumorSite {
  readonly body: Coding;
  readonly icd: Coding;
  readonly side?: Coding;
}

export interface Cancer {
  readonly key: string;
  readonly group: CancerGroup;
  readonly organ: Organ;
  /** share among cancers; the shares of all rows add up to 1 */
  readonly share: number;
  readonly age: readonly [mean: number, deviation: number];
  readonly female: number;
  readonly disorder: Coding;
  readonly suspected: Coding;
  readonly morphology: Coding;
  readonly icdo3: string;
  readonly sites: readonly TumorSite[];
  readonly metastases: readonly string[];
}

const lungSites: readonly TumorSite[] = [
  {
    body: snomed('42400003', 'Structure of right upper lobe of lung (body structure)'),
    icd: icd10('C34.11', 'Malignant neoplasm of upper lobe, right bronchus or lung'),
    side: RIGHT,
  },
  {
    body: snomed('44714003', 'Structure of left upper lobe of lung (body structure)'),
    icd: icd10('C34.12', 'Malignant neoplasm of upper lobe, left bronchus or lung'),
    side: LEFT,
  },
  {
    body: snomed('266005', 'Structure of right lower lobe of lung (body structure)'),
    icd: icd10('C34.31', 'Malignant neoplasm of lower lobe, right bronchus or lung'),
    side: RIGHT,
  },
  {
    body: snomed('41224006', 'Structure of left lower lobe of lung (body structure)'),
    icd: icd10('C34.32', 'Malignant neoplasm of lower lobe, left bronchus or lung'),
    side: LEFT,
  },
];

const suspectedLung = snomed('162573006', 'Suspected lung cancer (situation)');
const suspectedOther = snomed('162572001', 'Suspected malignancy (situation)');

/** Shares, ages and sexes are round figures after US registry statistics, with lung raised for the demo. */
export const CANCERS: readonly Cancer[] = [
  {
    key: 'lung-adenocarcinoma',
    group: 'nsclc',
    organ: 'lung',
    share: 0.31,
    age: [67, 9],
    female: 0.52,
    disorder: snomed('254626006', 'Adenocarcinoma of lung (disorder)'),
    suspected: suspectedLung,
    morphology: snomed('35917007', 'Adenocarcinoma, no subtype (morphologic abnormality)'),
    icdo3: '8140/3',
    sites: lungSites,
    metastases: ['brain', 'bone', 'liver', 'adrenal', 'lung'],
  },
  {
    key: 'lung-squamous-cell',
    group: 'nsclc',
    organ: 'lung',
    share: 0.16,
    age: [70, 8],
    female: 0.36,
    disorder: snomed('254634000', 'Squamous cell carcinoma of lung (disorder)'),
    suspected: suspectedLung,
    morphology: snomed(
      '28899001',
      'Squamous cell carcinoma, no International Classification of Diseases for Oncology subtype (morphologic abnormality)',
    ),
    icdo3: '8070/3',
    sites: lungSites,
    metastases: ['bone', 'liver', 'lung', 'adrenal'],
  },
  {
    key: 'lung-small-cell',
    group: 'sclc',
    organ: 'lung',
    share: 0.09,
    age: [66, 8],
    female: 0.5,
    disorder: snomed('254632001', 'Small cell carcinoma of lung (disorder)'),
    suspected: suspectedLung,
    morphology: snomed('74364000', 'Small cell carcinoma (morphologic abnormality)'),
    icdo3: '8041/3',
    sites: lungSites,
    metastases: ['brain', 'liver', 'bone', 'adrenal'],
  },
  {
    key: 'breast-ductal',
    group: 'breast',
    organ: 'breast',
    share: 0.15,
    age: [60, 11],
    female: 1,
    disorder: snomed('254837009', 'Malignant neoplasm of breast (disorder)'),
    suspected: snomed('134405005', 'Suspected breast cancer (situation)'),
    morphology: snomed('82711006', 'Infiltrating duct carcinoma (morphologic abnormality)'),
    icdo3: '8500/3',
    sites: [
      {
        body: snomed('73056007', 'Right breast structure (body structure)'),
        icd: icd10('C50.411', 'Malignant neoplasm of upper-outer quadrant of right female breast'),
        side: RIGHT,
      },
      {
        body: snomed('80248007', 'Left breast structure (body structure)'),
        icd: icd10('C50.412', 'Malignant neoplasm of upper-outer quadrant of left female breast'),
        side: LEFT,
      },
    ],
    metastases: ['bone', 'liver', 'lung', 'brain'],
  },
  {
    key: 'colorectal-adenocarcinoma',
    group: 'colorectal',
    organ: 'colorectal',
    share: 0.1,
    age: [66, 11],
    female: 0.46,
    disorder: snomed('363406005', 'Malignant neoplasm of colon (disorder)'),
    suspected: suspectedOther,
    morphology: snomed('35917007', 'Adenocarcinoma, no subtype (morphologic abnormality)'),
    icdo3: '8140/3',
    sites: [
      {
        body: snomed('60184004', 'Sigmoid colon structure (body structure)'),
        icd: icd10('C18.7', 'Malignant neoplasm of sigmoid colon'),
      },
      {
        body: snomed('9040008', 'Ascending colon structure (body structure)'),
        icd: icd10('C18.2', 'Malignant neoplasm of ascending colon'),
      },
    ],
    metastases: ['liver', 'lung'],
  },
  {
    key: 'prostate-adenocarcinoma',
    group: 'prostate',
    organ: 'prostate',
    share: 0.1,
    age: [68, 8],
    female: 0,
    disorder: snomed('399068003', 'Malignant neoplasm of prostate (disorder)'),
    suspected: suspectedOther,
    morphology: snomed('35917007', 'Adenocarcinoma, no subtype (morphologic abnormality)'),
    icdo3: '8140/3',
    sites: [
      {
        body: snomed('41216001', 'Prostatic structure (body structure)'),
        icd: icd10('C61', 'Malignant neoplasm of prostate'),
      },
    ],
    metastases: ['bone'],
  },
  {
    key: 'melanoma',
    group: 'melanoma',
    organ: 'skin',
    share: 0.05,
    age: [61, 13],
    female: 0.42,
    disorder: snomed('372244006', 'Malignant melanoma (disorder)'),
    suspected: suspectedOther,
    morphology: snomed(
      '2092003',
      'Malignant melanoma, no International Classification of Diseases for Oncology subtype (morphologic abnormality)',
    ),
    icdo3: '8720/3',
    sites: [
      {
        body: snomed('86381001', 'Skin structure of trunk (body structure)'),
        icd: icd10('C43.59', 'Malignant melanoma of other part of trunk'),
      },
    ],
    metastases: ['lung', 'brain', 'liver'],
  },
  {
    key: 'pancreatic-ductal',
    group: 'pancreas',
    organ: 'pancreas',
    share: 0.04,
    age: [69, 9],
    female: 0.48,
    disorder: snomed('363418001', 'Malignant neoplasm of pancreas (disorder)'),
    suspected: suspectedOther,
    morphology: snomed('82711006', 'Infiltrating duct carcinoma (morphologic abnormality)'),
    icdo3: '8500/3',
    sites: [
      {
        body: snomed('64163001', 'Structure of head of pancreas (body structure)'),
        icd: icd10('C25.0', 'Malignant neoplasm of head of pancreas'),
      },
    ],
    metastases: ['liver', 'lung'],
  },
];

export function cancerByKey(key: string): Cancer {
  const cancer = CANCERS.find((row) => row.key === key);
  if (cancer === undefined) throw new Error(`no cancer ${key}`);
  return cancer;
}
