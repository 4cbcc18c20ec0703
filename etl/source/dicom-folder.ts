import { createHash } from 'node:crypto';
import { ChiasmError } from '../../base/error.ts';
import type { IdentityFact, LandedRecord, OriginFile } from '../landing/landing-format.ts';
import { dicomRecordId } from './dicom-record.ts';
import { type DicomFacts, type DicomScanItem, scanDicomTree } from './dicom-scan.ts';
import { formatInstant } from './instant.ts';
import type { KnownOrigin, SourceRun } from './source-run.ts';

export interface DicomFolder {
  readonly name: string;
  readonly path: string;
}

/**
 * Lands the header of every new or changed DICOM file of a folder, and a tombstone for every file that is gone. What
 * cannot be read is in quarantine and keeps the record that it has. A folder in which all files are gone is an
 * unmounted disk, not a mass delete.
 */
export async function landDicomFolder(folder: DicomFolder, run: SourceRun): Promise<void> {
  let seen = 0;
  let gone = 0;
  const items = scanDicomTree({
    source: folder.name,
    root: folder.path,
    known: run.known.sorted(),
    // As many as the last time: counting them would mean to look at each file twice.
    onProgress: (done) => run.onProgress(done, done <= run.known.count ? run.known.count : 0),
  });
  for await (const item of items) {
    if (item.kind === 'gone') gone++;
    else seen++;
    await landItem(item, run);
  }
  if (seen > 0 || gone === 0) return;
  throw new ChiasmError(
    'source-not-found',
    `source ${folder.name}: its folder is empty although it held ${gone} files before; is it mounted?`,
    { params: { source: folder.name, files: gone } },
  );
}

async function landItem(item: DicomScanItem, run: SourceRun): Promise<void> {
  switch (item.kind) {
    case 'unchanged':
      return;
    case 'gone':
      return forget(item.known, run);
    case 'rejected':
      return landRejection(item, run);
    case 'record': {
      const text = Buffer.from(item.line);
      const origin = originOf(item, createHash('sha256').update(text).digest('hex'));
      if (item.known?.sha256 === origin.sha256) return addTouched(origin, run);
      await run.landing.addRecord(recordOf(item), text, versionTime(run), {
        path: item.uri,
        line: 0,
        element: '',
      });
      return addRead(origin, item.known, { records: 1, rejected: 0 }, run);
    }
    default:
      return item satisfies never;
  }
}

async function landRejection(
  item: DicomScanItem & { readonly kind: 'rejected' },
  run: SourceRun,
): Promise<void> {
  const { known } = item;
  const origin = originOf(item, item.sha256);
  if (known !== undefined && isSameRejection(known, origin)) {
    if (known.size !== origin.size || known.mtimeMs !== origin.mtimeMs) addTouched(origin, run);
    return;
  }
  const rejection = { code: item.code, line: 0, offset: 0, length: item.size, element: undefined };
  await run.landing.reject(rejection, origin, undefined);
  if (item.sha256 !== '' && known?.hasRecord === true) addTombstone(item.uri, run);
  addRead(origin, known, { records: 0, rejected: 1 }, run);
}

/** The same bytes, or still none. */
function isSameRejection(known: KnownOrigin, origin: FileState): boolean {
  return known.isRejected && known.sha256 === origin.sha256;
}

function forget(known: KnownOrigin, run: SourceRun): void {
  if (known.hasRecord) addTombstone(known.path, run);
  const nothing = { size: 0, mtimeMs: 0, sha256: '', records: 0, rejected: 0 };
  run.landing.addOrigin({ path: known.path, ...nothing, status: 'removed' }, known.isRejected);
}

type FileState = Pick<OriginFile, 'path' | 'size' | 'mtimeMs' | 'sha256'>;

function originOf(item: Exclude<DicomScanItem, { readonly kind: 'gone' }>, sha256: string): FileState {
  return { path: item.uri, size: item.size, mtimeMs: item.mtimeMs, sha256 };
}

function addTouched(origin: FileState, run: SourceRun): void {
  run.landing.addOrigin({ ...origin, status: 'touched', records: 0, rejected: 0 });
}

function addRead(
  origin: FileState,
  known: KnownOrigin | undefined,
  counts: Pick<OriginFile, 'records' | 'rejected'>,
  run: SourceRun,
): void {
  run.landing.addOrigin({ ...origin, status: 'read', ...counts }, known?.isRejected);
}

function addTombstone(uri: string, run: SourceRun): void {
  run.landing.addTombstone('DicomInstance', dicomRecordId(uri), versionTime(run), uri);
}

/** A file is what it was when it was last read, whatever its own time says. */
function versionTime(run: SourceRun): string {
  return formatInstant(Date.parse(run.startedAt));
}

function recordOf(item: DicomScanItem & { readonly kind: 'record' }): LandedRecord {
  const { facts } = item;
  return {
    type: 'DicomInstance',
    id: dicomRecordId(item.uri),
    lastUpdated: undefined,
    isSubsetted: false,
    isOwn: false,
    subject:
      facts.studyInstanceUid === undefined
        ? { kind: 'missing' }
        : { kind: 'study', uid: facts.studyInstanceUid },
    facts: identityFacts(facts),
  };
}

function identityFacts(facts: DicomFacts): readonly IdentityFact[] {
  const fact = (
    kind: IdentityFact['kind'],
    value: string | undefined,
    system?: string,
  ): readonly IdentityFact[] => (value === undefined || value === '' ? [] : [{ kind, system, value }]);
  return [
    ...fact('sop-instance-uid', facts.sopInstanceUid),
    ...fact('study-uid', facts.studyInstanceUid),
    ...fact('patient-id', facts.patientId, facts.issuerOfPatientId),
    ...(facts.otherPatientIds ?? []).flatMap((other) => fact('other-patient-id', other.id, other.issuer)),
    ...fact('accession', facts.accessionNumber, facts.issuerOfAccession),
    ...fact('birth-date', isoDate(facts.patientBirthDate)),
    ...fact('sex', { M: 'male', F: 'female' }[facts.patientSex ?? '']),
  ];
}

/** DICOM DA as an ISO date, the form in which FHIR has it. */
function isoDate(text: string | undefined): string | undefined {
  const match = /^(\d{4})\.?(\d\d)\.?(\d\d)$/.exec(text ?? '');
  return match === null ? undefined : `${match[1]}-${match[2]}-${match[3]}`;
}
