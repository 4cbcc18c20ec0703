import type { ImagePlan } from './patient-plan.ts';

/** Modality (0008,0060) and SOP Class UID of a series' instances. */
export function instanceClass(image: ImagePlan): { readonly modality: string; readonly sopClass: string } {
  switch (image.kind) {
    case 'ct':
    case 'localizer':
      return { modality: 'CT', sopClass: '1.2.840.10008.5.1.4.1.1.2' };
    case 'pet':
      return { modality: 'PT', sopClass: '1.2.840.10008.5.1.4.1.1.128' };
    case 'mr':
      return { modality: 'MR', sopClass: '1.2.840.10008.5.1.4.1.1.4' };
    case 'mammogram':
      return { modality: 'MG', sopClass: '1.2.840.10008.5.1.4.1.1.1.2' };
    case 'slide':
      return { modality: 'SM', sopClass: '1.2.840.10008.5.1.4.1.1.77.1.6' };
    case 'segmentation':
      return { modality: 'SEG', sopClass: '1.2.840.10008.5.1.4.1.1.66.4' };
    default:
      return image satisfies never;
  }
}
