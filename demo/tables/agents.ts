import { type Coding, rxnorm } from './codes.ts';

export type DrugClass = 'chemotherapy' | 'immunotherapy' | 'targeted therapy' | 'hormone therapy';
export type Route = 'iv' | 'oral' | 'im';

export interface Agent {
  readonly ingredient: Coding;
  /** A clinical drug (SCD) of the ingredient, as pharmacies order it. */
  readonly product?: Coding;
  readonly drugClass: DrugClass;
  readonly route: Route;
  readonly dose: number;
  readonly unit: string;
}

function agent(
  ingredient: readonly [string, string],
  drugClass: DrugClass,
  route: Route,
  dose: number,
  unit: string,
  product?: readonly [string, string],
): Agent {
  return {
    ingredient: rxnorm(ingredient[0], ingredient[1]),
    ...(product === undefined ? {} : { product: rxnorm(product[0], product[1]) }),
    drugClass,
    route,
    dose,
    unit,
  };
}

/** RxNorm ingredients and products; the dose is a typical flat or body-surface (1.8 m²) dose per administration. */
export const AGENTS = {
  cisplatin: agent(['2555', 'cisplatin'], 'chemotherapy', 'iv', 135, 'mg', [
    '1736854',
    'Cisplatin 50 MG Injection',
  ]),
  carboplatin: agent(['40048', 'carboplatin'], 'chemotherapy', 'iv', 450, 'mg', [
    '597195',
    'CARBOplatin 10 MG/ML Injectable Solution',
  ]),
  pemetrexed: agent(['68446', 'pemetrexed'], 'chemotherapy', 'iv', 900, 'mg', [
    '1728072',
    'PEMEtrexed 500 MG Injection',
  ]),
  paclitaxel: agent(['56946', 'paclitaxel'], 'chemotherapy', 'iv', 315, 'mg', [
    '583214',
    'PACLitaxel 100 MG Injection',
  ]),
  etoposide: agent(['4179', 'etoposide'], 'chemotherapy', 'iv', 180, 'mg', [
    '310248',
    'Etoposide 20 MG/ML Injectable Solution',
  ]),
  doxorubicin: agent(['3639', 'doxorubicin'], 'chemotherapy', 'iv', 108, 'mg', [
    '1790095',
    'DOXOrubicin hydrochloride 50 MG Injection',
  ]),
  cyclophosphamide: agent(['3002', 'cyclophosphamide'], 'chemotherapy', 'iv', 1080, 'mg'),
  oxaliplatin: agent(['32592', 'oxaliplatin'], 'chemotherapy', 'iv', 153, 'mg', [
    '1736776',
    '10 ML oxaliplatin 5 MG/ML Injection',
  ]),
  fluorouracil: agent(['4492', 'fluorouracil'], 'chemotherapy', 'iv', 720, 'mg', [
    '1791701',
    '10 ML fluorouracil 50 MG/ML Injection',
  ]),
  capecitabine: agent(['194000', 'capecitabine'], 'chemotherapy', 'oral', 1500, 'mg', [
    '200328',
    'Capecitabine 500 MG Oral Tablet',
  ]),
  gemcitabine: agent(['12574', 'gemcitabine'], 'chemotherapy', 'iv', 1800, 'mg', [
    '1719003',
    'Gemcitabine 1000 MG Injection',
  ]),
  docetaxel: agent(['72962', 'docetaxel'], 'chemotherapy', 'iv', 135, 'mg', [
    '1860480',
    '1 ML DOCEtaxel 20 MG/ML Injection',
  ]),
  pembrolizumab: agent(['1547545', 'pembrolizumab'], 'immunotherapy', 'iv', 200, 'mg', [
    '1657750',
    '4 ML pembrolizumab 25 MG/ML Injection',
  ]),
  durvalumab: agent(['1919503', 'durvalumab'], 'immunotherapy', 'iv', 1500, 'mg', [
    '1919515',
    '10 ML durvalumab 50 MG/ML Injection',
  ]),
  atezolizumab: agent(['1792776', 'atezolizumab'], 'immunotherapy', 'iv', 1200, 'mg', [
    '1792780',
    '20 ML atezolizumab 60 MG/ML Injection',
  ]),
  nivolumab: agent(['1597876', 'nivolumab'], 'immunotherapy', 'iv', 480, 'mg', [
    '1991412',
    '24 ML nivolumab 10 MG/ML Injection',
  ]),
  ipilimumab: agent(['1094833', 'ipilimumab'], 'immunotherapy', 'iv', 80, 'mg', [
    '1657005',
    '40 ML ipilimumab 5 MG/ML Injection',
  ]),
  osimertinib: agent(['1721560', 'osimertinib'], 'targeted therapy', 'oral', 80, 'mg', [
    '1721581',
    'Osimertinib 80 MG Oral Tablet',
  ]),
  alectinib: agent(['1727455', 'alectinib'], 'targeted therapy', 'oral', 600, 'mg'),
  trastuzumab: agent(['224905', 'trastuzumab'], 'targeted therapy', 'iv', 420, 'mg', [
    '1922509',
    'Trastuzumab 150 MG Injection',
  ]),
  palbociclib: agent(['1601374', 'palbociclib'], 'targeted therapy', 'oral', 125, 'mg', [
    '2284105',
    'Palbociclib 125 MG Oral Tablet',
  ]),
  letrozole: agent(['72965', 'letrozole'], 'hormone therapy', 'oral', 2.5, 'mg', [
    '200064',
    'Letrozole 2.5 MG Oral Tablet',
  ]),
  anastrozole: agent(['84857', 'anastrozole'], 'hormone therapy', 'oral', 1, 'mg', [
    '199224',
    'Anastrozole 1 MG Oral Tablet',
  ]),
  leuprolide: agent(['42375', 'leuprolide'], 'hormone therapy', 'im', 22.5, 'mg'),
  abiraterone: agent(['1100072', 'abiraterone'], 'hormone therapy', 'oral', 1000, 'mg', [
    '1918042',
    'Abiraterone acetate 500 MG Oral Tablet',
  ]),
} as const satisfies Record<string, Agent>;

export type AgentKey = keyof typeof AGENTS;
