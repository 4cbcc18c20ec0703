import { clinicalViews } from './clinical-views.ts';
import { imagingViews } from './imaging-views.ts';
import { recordViews } from './record-views.ts';
import { tumorViews } from './tumor-views.ts';
import type { ReferenceView } from './view.ts';

/** Every public view. */
export const referenceViews: Readonly<Record<string, ReferenceView>> = {
  ...clinicalViews,
  ...imagingViews,
  ...recordViews,
  ...tumorViews,
};
