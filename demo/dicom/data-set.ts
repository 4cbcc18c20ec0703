import type { PatientPlan, StudyPlan } from '../plan/patient-plan.ts';
import type { DataSet } from './encode.ts';
import type { InstanceContext } from './instance.ts';
import { segmentationDataSet } from './segmentation.ts';
import { ctDataSet, mammogramDataSet, mrDataSet, petDataSet } from './slices.ts';
import { slideDataSet } from './slide.ts';

export interface Instance {
  readonly series: number;
  readonly instance: number;
  readonly dataSet: DataSet;
}

/** The instances of a study, one at a time. */
export function* studyInstances(seed: number, plan: PatientPlan, study: StudyPlan): Generator<Instance> {
  for (const series of study.series) {
    for (let instance = 1; instance <= series.instances; instance += 1) {
      const context = { seed, plan, study, series, instance };
      yield { series: series.number, instance, dataSet: instanceDataSet(context) };
    }
  }
}

function instanceDataSet(context: InstanceContext): DataSet {
  const { image } = context.series;
  switch (image.kind) {
    case 'ct':
    case 'localizer':
      return ctDataSet(context, image);
    case 'pet':
      return petDataSet(context, image);
    case 'mr':
      return mrDataSet(context, image);
    case 'mammogram':
      return mammogramDataSet(context);
    case 'slide':
      return slideDataSet(context, image);
    case 'segmentation':
      return segmentationDataSet(context, image);
    default:
      return image satisfies never;
  }
}
