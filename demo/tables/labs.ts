/** A laboratory test: LOINC, UCUM unit, reference range, spread, and what treatment does to it. */
export interface LabTest {
  readonly code: string;
  readonly display: string;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly deviation: number;
  readonly decimals: number;
  /** relative change while on chemotherapy, and with advancing disease */
  readonly onChemotherapy: number;
  readonly withDisease: number;
}

function test(
  code: string,
  display: string,
  unit: string,
  range: readonly [number, number],
  spread: readonly [mean: number, deviation: number, decimals: number],
  drift: readonly [onChemotherapy: number, withDisease: number] = [0, 0],
): LabTest {
  return {
    code,
    display,
    unit,
    low: range[0],
    high: range[1],
    mean: spread[0],
    deviation: spread[1],
    decimals: spread[2],
    onChemotherapy: drift[0],
    withDisease: drift[1],
  };
}

export const BLOOD_COUNT: readonly LabTest[] = [
  test(
    '6690-2',
    'Leukocytes [#/volume] in Blood by Automated count',
    '10*3/uL',
    [4, 11],
    [7.2, 1.4, 1],
    [-0.4, 0.1],
  ),
  test('718-7', 'Hemoglobin [Mass/volume] in Blood', 'g/dL', [12, 16], [13.6, 0.9, 1], [-0.2, -0.12]),
  test(
    '777-3',
    'Platelets [#/volume] in Blood by Automated count',
    '10*3/uL',
    [150, 400],
    [255, 40, 0],
    [-0.35, 0.1],
  ),
  test(
    '751-8',
    'Neutrophils [#/volume] in Blood by Automated count',
    '10*3/uL',
    [1.8, 7.7],
    [4.4, 0.9, 2],
    [-0.5, 0.1],
  ),
];

export const METABOLIC_PANEL: readonly LabTest[] = [
  test('2951-2', 'Sodium [Moles/volume] in Serum or Plasma', 'mmol/L', [135, 145], [139, 2, 0], [0, -0.01]),
  test('2823-3', 'Potassium [Moles/volume] in Serum or Plasma', 'mmol/L', [3.5, 5.1], [4.2, 0.3, 1]),
  test(
    '2160-0',
    'Creatinine [Mass/volume] in Serum or Plasma',
    'mg/dL',
    [0.6, 1.3],
    [0.92, 0.14, 2],
    [0.12, 0],
  ),
  test('17861-6', 'Calcium [Mass/volume] in Serum or Plasma', 'mg/dL', [8.5, 10.5], [9.4, 0.3, 1], [0, 0.03]),
  test(
    '1751-7',
    'Albumin [Mass/volume] in Serum or Plasma',
    'g/dL',
    [3.5, 5],
    [4.2, 0.25, 1],
    [-0.06, -0.16],
  ),
  test(
    '1742-6',
    'Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma',
    'U/L',
    [7, 56],
    [24, 7, 0],
    [0.4, 0.3],
  ),
  test(
    '6768-6',
    'Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma',
    'U/L',
    [44, 147],
    [78, 16, 0],
    [0.1, 0.4],
  ),
  test(
    '1975-2',
    'Bilirubin.total [Mass/volume] in Serum or Plasma',
    'mg/dL',
    [0.1, 1.2],
    [0.6, 0.15, 1],
    [0, 0.3],
  ),
];

/** Serum tumor markers by organ: level without disease and multiple of it at stage IV before treatment. */
export interface SerumMarker {
  readonly test: LabTest;
  readonly rise: number;
}

export const SERUM_MARKERS: Readonly<Partial<Record<string, SerumMarker>>> = {
  prostate: {
    test: test(
      '2857-1',
      'Prostate specific Ag [Mass/volume] in Serum or Plasma',
      'ng/mL',
      [0, 4],
      [2.1, 0.6, 2],
    ),
    rise: 30,
  },
  colorectal: {
    test: test(
      '2039-6',
      'Carcinoembryonic Ag [Mass/volume] in Serum or Plasma',
      'ng/mL',
      [0, 5],
      [2.2, 0.7, 1],
    ),
    rise: 22,
  },
  pancreas: {
    test: test(
      '24108-3',
      'Cancer Ag 19-9 [Units/volume] in Serum or Plasma',
      "[arb'U]/mL",
      [0, 37],
      [15, 6, 1],
    ),
    rise: 40,
  },
  lung: {
    test: test(
      '2039-6',
      'Carcinoembryonic Ag [Mass/volume] in Serum or Plasma',
      'ng/mL',
      [0, 5],
      [2.4, 0.8, 1],
    ),
    rise: 8,
  },
};
