/** Equipment of the demo centre. Values of makers' public product lines; serial numbers are invented. */
export interface Scanner {
  readonly manufacturer: string;
  readonly model: string;
  readonly station: string;
  readonly serial: string;
  readonly software: string;
}

export interface CtScanner extends Scanner {
  readonly softKernel: string;
  readonly sharpKernel: string;
  /** reconstructed slice thicknesses in mm */
  readonly thin: readonly number[];
  readonly thick: readonly number[];
}

export const CT_SCANNERS: readonly CtScanner[] = [
  {
    manufacturer: 'SIEMENS',
    model: 'SOMATOM Force',
    station: 'CT01',
    serial: '73511',
    software: 'syngo CT VB20A',
    softKernel: 'Br40d',
    sharpKernel: 'Bl57d',
    thin: [1, 1.5],
    thick: [3, 5],
  },
  {
    manufacturer: 'GE MEDICAL SYSTEMS',
    model: 'Revolution CT',
    station: 'CT02',
    serial: '480022CT',
    software: 'revo_ct_22bc.50',
    softKernel: 'STANDARD',
    sharpKernel: 'LUNG',
    thin: [0.625, 1.25],
    thick: [2.5, 5],
  },
  {
    manufacturer: 'Philips',
    model: 'IQon - Spectral CT',
    station: 'CT03',
    serial: '860050',
    software: '4.7.5',
    softKernel: 'B',
    sharpKernel: 'YA',
    thin: [0.9, 1],
    thick: [3, 5],
  },
  {
    manufacturer: 'TOSHIBA',
    model: 'Aquilion ONE',
    station: 'CT04',
    serial: '2CA1572',
    software: 'V8.30',
    softKernel: 'FC08',
    sharpKernel: 'FC52',
    thin: [1, 2],
    thick: [3, 5],
  },
];

/** Mary's scanner protocol uses 1.25 mm. */
export const GE_CT_INDEX = 1;

export const PET_SCANNERS: readonly CtScanner[] = [
  {
    manufacturer: 'SIEMENS',
    model: 'Biograph64_Vision 600',
    station: 'PET01',
    serial: '1208',
    software: 'VG80A',
    softKernel: 'Br38f',
    sharpKernel: 'Br38f',
    thin: [3],
    thick: [3],
  },
  {
    manufacturer: 'GE MEDICAL SYSTEMS',
    model: 'Discovery MI',
    station: 'PET02',
    serial: 'DMI5R',
    software: '45.01',
    softKernel: 'STANDARD',
    sharpKernel: 'STANDARD',
    thin: [3.75],
    thick: [3.75],
  },
];

export const MR_SCANNER: Scanner = {
  manufacturer: 'Philips Healthcare',
  model: 'Ingenia',
  station: 'MR01',
  serial: '42355',
  software: '5.7.1',
};

export const MAMMOGRAPHY: Scanner = {
  manufacturer: 'HOLOGIC, Inc.',
  model: 'Selenia Dimensions',
  station: 'MG01',
  serial: 'SDM100300',
  software: 'AWS:1.10.1.2',
};

export const SLIDE_SCANNERS: readonly Scanner[] = [
  {
    manufacturer: 'Leica Biosystems',
    model: 'Aperio GT450',
    station: 'WSI01',
    serial: 'SS45074',
    software: '1.1.0',
  },
  {
    manufacturer: '3DHISTECH',
    model: 'PANNORAMIC 1000',
    station: 'WSI02',
    serial: 'P1K0442',
    software: '3.0.2',
  },
];

export const WORKSTATION: Scanner = {
  manufacturer: 'Chiasm Demo',
  model: 'Tumor Contouring',
  station: 'SEG01',
  serial: '1',
  software: '1.0',
};
