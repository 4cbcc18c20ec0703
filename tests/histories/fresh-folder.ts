import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bytesOf } from './folders.ts';
import type { GivenName, MergeModel, SourceName, Version } from './merge-model.ts';
import { type Names, resourceOf } from './records.ts';

interface FreshFile {
  readonly source: SourceName;
  readonly records: Version[];
  readonly names: GivenName[];
}

/**
 * Writes what is left of all nights as folders of a hospital that has one night only: each record in its newest version,
 * with those that came with it; the names that Bundles gave, also those of records that are gone.
 */
export function writeFreshFolders(
  root: string,
  model: MergeModel,
  namesOf: (history: number) => Names,
): void {
  for (const source of ['ehr', 'lab', 'pacs']) mkdirSync(join(root, source), { recursive: true });
  writeFileSync(join(root, 'pacs', 'README'), 'no image');
  const files = new Map<string, FreshFile>();
  const fileOf = ({ source, night, path }: Version | GivenName): FreshFile => {
    const key = `${source}/n${night}/${path.replace(/\.(ndjson|ndjson\.gz|json)$/, '.json')}`;
    const file = files.get(key) ?? { source, records: [], names: [] };
    files.set(key, file);
    return file;
  };
  for (const version of model.shown()) {
    const { content } = version;
    if (content === 'deleted') continue;
    if ('kind' in content) {
      const target = join(root, 'pacs', version.path.replace(/#1$/, ''));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytesOf(content, namesOf(version.history)));
    } else fileOf(version).records.push(version);
  }
  for (const name of model.names) fileOf(name).names.push(name);
  for (const [path, file] of files) {
    writeBundle(join(root, path), entriesOf(file, namesOf));
  }
  for (const source of ['ehr', 'lab'] as const) {
    const dead = model.names
      .map(({ target }) => target)
      .filter((target) => target.source === source)
      .filter(({ type, id }) => model.newest.get(`${source}|${type}|${id}`)?.content === 'deleted')
      .map(({ type, id }) => ({
        request: { method: 'DELETE', url: `${type}/${id}` },
        response: { lastModified: '2025-01-01T00:00:00Z' },
      }));
    if (dead.length > 0) writeBundle(join(root, source, 'z.json'), dead);
  }
}

/** A record and, where the file gave it a name, the name; a stub bears the name of a record that stands elsewhere. */
function entriesOf(file: FreshFile, namesOf: (history: number) => Names): readonly object[] {
  const stubs = file.names.map(({ name, target }) => ({
    fullUrl: name,
    resource: {
      resourceType: target.type,
      id: target.id,
      meta: { lastUpdated: '1990-01-01T00:00:00Z', tag: [{ code: 'SUBSETTED' }] },
    },
  }));
  const records = file.records.map((version) => {
    const { content, source, history } = version;
    if (content === 'deleted' || 'kind' in content || source === 'pacs') throw new Error('no FHIR record');
    return { resource: resourceOf(content, source, namesOf(history)) };
  });
  return [...stubs, ...records];
}

function writeBundle(path: string, entry: readonly object[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }));
  utimesSync(path, Date.UTC(2024, 0, 1) / 1000, Date.UTC(2024, 0, 1) / 1000);
}
