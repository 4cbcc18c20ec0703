import { uidOf } from '../keys.ts';
import type { Random } from '../random.ts';
import type { Organ } from '../tables/cancers.ts';
import {
  type CtScanner,
  MAMMOGRAPHY,
  MR_SCANNER,
  PET_SCANNERS,
  SLIDE_SCANNERS,
  WORKSTATION,
} from '../tables/scanners.ts';
import type { ImagePlan, SeriesPlan } from './patient-plan.ts';

/** A series before it has a number and a UID. */
export interface SeriesDraft {
  readonly description: string;
  readonly instances: number;
  readonly image: ImagePlan;
}

/** Numbers the drafts and gives them UIDs under the study. */
export function numberSeries(
  seed: number,
  patient: number,
  study: number,
  drafts: readonly SeriesDraft[],
): readonly SeriesPlan[] {
  return drafts.map((draft, index) => ({
    ...draft,
    number: index + 1,
    uid: uidOf(seed, patient, study, index + 1),
  }));
}

export interface CtProtocol {
  readonly scanner: CtScanner;
  readonly region: string;
  /** at least one reconstruction of 2.5 mm or less, only thick ones, or as it comes */
  readonly thin: boolean;
  readonly contrast: boolean;
  readonly lowDose: boolean;
  readonly localizer: boolean;
  readonly thinMm?: number;
}

export function draftCt(random: Random, protocol: CtProtocol): readonly SeriesDraft[] {
  const { scanner, region, contrast, lowDose } = protocol;
  const drafts: SeriesDraft[] = [];
  const phase = contrast ? 'W CONTRAST' : 'W/O CONTRAST';
  const reconstruction = (kernel: string, sliceThicknessMm: number): SeriesDraft => ({
    description: `${region} ${phase} ${sliceThicknessMm} ${kernel}`,
    instances: sliceThicknessMm <= 2.5 ? random.int(5, 8) : random.int(3, 5),
    image: { kind: 'ct', scanner, kernel, sliceThicknessMm, contrast, lowDose },
  });
  if (protocol.localizer) {
    drafts.push({ description: 'SCOUT', instances: 1, image: { kind: 'localizer', scanner } });
  }
  const thick = protocol.thin ? scanner.thick : scanner.thick.filter((millimetres) => millimetres > 2.5);
  drafts.push(reconstruction(scanner.softKernel, random.pick(thick)));
  if (protocol.thin) {
    drafts.push(reconstruction(scanner.sharpKernel, protocol.thinMm ?? random.pick(scanner.thin)));
  }
  return drafts;
}

/** PET/CT: attenuation CT, corrected PET and, if `segments` > 0, the tumour contours on the PET. */
export function draftPetCt(random: Random, weightKg: number, segments: number): readonly SeriesDraft[] {
  const scanner = random.pick(PET_SCANNERS);
  const [sliceThicknessMm = 3] = scanner.thick;
  const pet: SeriesDraft = {
    description: 'PET WB AC',
    instances: random.int(5, 7),
    image: { kind: 'pet', scanner, weightKg, doseMBq: random.int(280, 410) },
  };
  const drafts: SeriesDraft[] = [
    {
      description: `CT WB AC ${sliceThicknessMm} ${scanner.softKernel}`,
      instances: random.int(4, 6),
      image: {
        kind: 'ct',
        scanner,
        kernel: scanner.softKernel,
        sliceThicknessMm,
        contrast: false,
        lowDose: true,
      },
    },
    pet,
  ];
  if (segments > 0) {
    drafts.push({
      description: 'Tumor contours',
      instances: 1,
      image: { kind: 'segmentation', scanner: WORKSTATION, segments, of: 2 },
    });
  }
  return drafts;
}

export function draftMr(): readonly SeriesDraft[] {
  return ['T2W_TSE_ax', 'DWI_b800_ax'].map((description) => ({
    description,
    instances: 4,
    image: { kind: 'mr', scanner: MR_SCANNER, sliceThicknessMm: 3 } as const,
  }));
}

export function draftMammography(): readonly SeriesDraft[] {
  return [
    { description: 'Screening mammogram', instances: 4, image: { kind: 'mammogram', scanner: MAMMOGRAPHY } },
  ];
}

/** One slide is one series: its pyramid levels, label, overview and thumbnail. */
export function draftSlides(
  random: Random,
  organ: Organ,
  levels: number,
  immuno: boolean,
): readonly SeriesDraft[] {
  const scanner = random.pick(SLIDE_SCANNERS);
  const slide = (stain: 'HE' | 'IHC'): SeriesDraft => ({
    description: stain === 'HE' ? 'H&E' : 'PD-L1 22C3',
    instances: levels + 3,
    image: { kind: 'slide', scanner, stain, organ },
  });
  return immuno ? [slide('HE'), slide('IHC')] : [slide('HE')];
}
