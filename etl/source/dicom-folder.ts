import { createHash } from 'node:crypto';
import { ChiasmError } from '../../base/error.ts';
import type { IdentityFact, LandedRecord } from '../landing/landing-format.ts';
import { dicomRecordId } from './dicom-record.ts';
import { type DicomFacts, type DicomScanItem, scanDicomTree } from './dicom-scan.ts';
import { formatInstant } from './instant.ts';
import type { SourceRun } from './source-run.ts';

export interface DicomFolder {
  readonly name: string;
  readonly path: string;
}

/**
 * Lands the header of every new or changed DICOM file of a folder, and a tombstone for every file that is gone. A
 * folder in which all files are gone is an unmounted disk, not a mass delete.
 */
export async function landDicomFolder(folder: DicomFolder, run: SourceRun): Promise<void> {
  const gone = new Set(run.known.keys());
  let seen = 0;
  const items = scanDicomTree({
    root: folder.path,
    known: (uri) => run.known.get(uri),
    onProgress: run.onProgress,
  });
  for await (const item of items) {
    seen++;
    gone.delete(item.uri);
    await landItem(item, run);
  }
  if (seen === 0 && gone.size > 0) {
    throw new ChiasmError(
      'source-not-found',
      `source ${folder.name}: its folder is empty although it held ${gone.size} files before; is it mounted?`,
      { params: { source: folder.name, files: gone.size } },
    );
  }
  for (const uri of gone) {
    addTombstone(uri, run);
    run.landing.addOrigin({
      path: uri,
      size: 0,
      mtimeMs: 0,
      sha256: '',
      status: 'removed',
      records: 0,
      rejected: 0,
    });
  }
}

async function landItem(item: DicomScanItem, run: SourceRun): Promise<void> {
  if (item.kind === 'unchanged') return;
  const text = item.kind === 'record' ? Buffer.from(item.line) : undefined;
  const sha256 = text === undefined ? hashOf(item) : createHash('sha256').update(text).digest('hex');
  const origin = { path: item.uri, size: item.size, mtimeMs: item.mtimeMs, sha256 };
  if (sha256 !== '' && run.known.get(item.uri)?.sha256 === sha256) {
    run.landing.addOrigin({ ...origin, status: 'touched', records: 0, rejected: 0 });
  } else if (item.kind === 'rejected') {
    const rejection = { code: item.code, line: 0, offset: 0, length: item.size, element: undefined };
    await run.landing.reject(rejection, origin, undefined);
    if (run.known.has(item.uri)) addTombstone(item.uri, run);
    run.landing.addOrigin({ ...origin, status: 'read', records: 0, rejected: 1 });
  } else if (text !== undefined) {
    await run.landing.addRecord(recordOf(item), text, versionTime(run), item.uri);
    run.landing.addOrigin({ ...origin, status: 'read', records: 1, rejected: 0 });
  }
}

function hashOf(item: DicomScanItem): string {
  return item.kind === 'rejected' ? item.sha256 : '';
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
