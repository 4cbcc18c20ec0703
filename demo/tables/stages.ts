import type { CancerGroup } from './cancers.ts';

/** One AJCC 8th edition stage group with a TNM that yields it; weights are relative within a cancer. */
export interface Stage {
  readonly group: string;
  readonly t: string;
  readonly n: string;
  readonly m: string;
  readonly weight: number;
}

function stage(group: string, t: string, n: string, m: string, weight: number): Stage {
  return { group, t, n, m, weight };
}

export const STAGES: Readonly<Record<CancerGroup, readonly Stage[]>> = {
  nsclc: [
    stage('IA2', 'T1b', 'N0', 'M0', 6),
    stage('IB', 'T2a', 'N0', 'M0', 4),
    stage('IIA', 'T2b', 'N0', 'M0', 3),
    stage('IIB', 'T3', 'N0', 'M0', 4),
    stage('IIIA', 'T2a', 'N2', 'M0', 16),
    stage('IIIB', 'T3', 'N2', 'M0', 10),
    stage('IIIC', 'T4', 'N3', 'M0', 4),
    stage('IVA', 'T2a', 'N1', 'M1a', 18),
    stage('IVB', 'T3', 'N2', 'M1c', 28),
  ],
  sclc: [
    stage('IIB', 'T2a', 'N1', 'M0', 1),
    stage('IIIB', 'T3', 'N2', 'M0', 4),
    stage('IVA', 'T4', 'N2', 'M1b', 3),
    stage('IVB', 'T4', 'N3', 'M1c', 6),
  ],
  breast: [
    stage('IA', 'T1c', 'N0', 'M0', 10),
    stage('IIA', 'T2', 'N0', 'M0', 7),
    stage('IIB', 'T2', 'N1', 'M0', 5),
    stage('IIIA', 'T3', 'N1', 'M0', 3),
    stage('IV', 'T2', 'N1', 'M1', 2),
  ],
  colorectal: [
    stage('I', 'T2', 'N0', 'M0', 5),
    stage('IIA', 'T3', 'N0', 'M0', 6),
    stage('IIIB', 'T3', 'N1b', 'M0', 7),
    stage('IVA', 'T3', 'N1b', 'M1a', 5),
  ],
  prostate: [
    stage('I', 'T1c', 'N0', 'M0', 6),
    stage('IIB', 'T2a', 'N0', 'M0', 7),
    stage('IIIB', 'T3a', 'N0', 'M0', 4),
    stage('IVB', 'T3b', 'N1', 'M1b', 3),
  ],
  melanoma: [
    stage('IA', 'T1a', 'N0', 'M0', 5),
    stage('IIB', 'T3b', 'N0', 'M0', 3),
    stage('IIIB', 'T2b', 'N1a', 'M0', 3),
    stage('IV', 'T4b', 'N2a', 'M1b', 2),
  ],
  pancreas: [
    stage('IB', 'T2', 'N0', 'M0', 1),
    stage('IIB', 'T2', 'N1', 'M0', 3),
    stage('III', 'T4', 'N1', 'M0', 2),
    stage('IV', 'T3', 'N1', 'M1', 5),
  ],
};

/** The Roman numeral of a stage group: `IIIA` → `III`. */
export type StageNumeral = 'I' | 'II' | 'III' | 'IV';

export function numeralOf(group: string): StageNumeral {
  const numeral = /^(IV|III|II|I)/.exec(group)?.[1];
  if (numeral === 'I' || numeral === 'II' || numeral === 'III' || numeral === 'IV') return numeral;
  throw new Error(`no stage numeral in ${group}`);
}
