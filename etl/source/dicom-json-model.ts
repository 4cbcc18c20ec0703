/**
 * The DICOM JSON Model (PS3.18 Annex F) as both front ends hand it to the encoder: keys are tags `GGGGEEEE`.
 * Nothing inside is trusted: the encoder looks at every value.
 */
export type DicomJsonDataset = { readonly [tag: string]: DicomJsonElement };

export interface DicomJsonElement {
  readonly vr?: string;
  readonly Value?: readonly unknown[];
  /** Set by the binary reader where an element was seen and not read: its bytes are bulk, or more than the budget. */
  readonly omitted?: 'bulk' | 'budget';
  /** Bytes of an omitted value, where known. */
  readonly byteLength?: number;
}
