/** Why a piece of input is in quarantine. Each has a row in `docs/errors.md`. */
export const REJECTION_CODES = [
  'invalid-json',
  'invalid-utf8',
  'not-a-resource',
  'resource-without-id',
  'shape-mismatch',
  'duplicate-key',
  'lone-surrogate',
  'number-out-of-range',
  'nesting-too-deep',
  'line-too-long',
  'file-too-large',
  'file-truncated',
  'file-unreadable',
  'deletion-unclear',
  'not-dicom',
  'dicom-unreadable',
  'dicom-truncated',
  'dicom-no-sop-instance-uid',
  'dicom-directory',
] as const;

export type RejectionCode = (typeof REJECTION_CODES)[number];
