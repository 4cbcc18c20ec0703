import type { MergeModel, Version } from './merge-model.ts';
import { type Claim, decidePersons, type Traits } from './person-model.ts';
import { ACCESSION, BIRTH_DATES, dataSetOf, ISSUERS, MRN, type Names, resourceOf, SEXES } from './records.ts';
import { ReferenceModel } from './reference-model.ts';

type Resource = Readonly<Record<string, unknown>>;

/** A record as a night should show it. */
export interface Placed {
  readonly version: Version;
  /** The record itself; of an image its header by keyword. */
  readonly resource: Resource;
  /** The node of the identity graph that it hangs on. */
  readonly node: string | undefined;
}

/** Everything a night should show: records, their nodes, and the person of each node. */
export class WorldModel {
  readonly references: ReferenceModel;
  readonly placed: readonly Placed[];
  /** The node of every record that is not deleted, also of images that others hide. */
  readonly nodes: ReadonlyMap<Version, string>;
  /** Node → the node that its person was made for: of those that are one person now the one that came first. */
  readonly person: ReadonlyMap<string, string>;

  /** `minted` collects the nodes in the order in which they came, night for night. */
  constructor(model: MergeModel, namesOf: (history: number) => Names, minted: Map<string, number>) {
    this.references = new ReferenceModel(model, namesOf);
    const place = (version: Version): Placed => placeOf(version, namesOf(version.history), this.references);
    this.placed = model.shown().map(place);
    // an image that another one hides names its study all the same
    this.nodes = new Map(
      model.known().flatMap((version) => {
        const { node } = place(version);
        return node === undefined ? [] : [[version, node] as const];
      }),
    );
    for (const node of [...new Set(this.nodes.values())].sort())
      if (!minted.has(node)) minted.set(node, minted.size);

    const claims: Claim[] = [];
    const traits = new Map<string, Traits>();
    for (const each of this.placed) gatherFacts(each, namesOf(each.version.history), claims, traits);
    const sets = decidePersons([...minted.keys()], claims, traits);
    const first = new Map<string, string>();
    for (const node of minted.keys()) {
      const set = sets.get(node) as string;
      if (!first.has(set)) first.set(set, node);
    }
    this.person = new Map(
      [...minted.keys()].map((node) => [node, first.get(sets.get(node) as string) as string]),
    );
  }
}

function placeOf(version: Version, names: Names, references: ReferenceModel): Placed {
  const { content, source } = version;
  if (content === 'deleted') throw new Error('a deleted record has no place');
  if ('kind' in content) {
    if (content.image === undefined) throw new Error('a broken image is no record');
    return {
      version,
      resource: {
        resourceType: 'DicomInstance',
        id: version.id,
        ...dataSetOf(content.image, names),
        ...(content.form === 'part10' ? { Rows: 1, Columns: 1 } : {}),
        _file: { hasPixelData: content.form === 'part10' },
      },
      node: `${source}|study/${names.study(content.image.study)}`,
    };
  }
  if (source === 'pacs') throw new Error('images only');
  const resource = resourceOf(content, source, names);
  if (content.type === 'Patient') return { version, resource, node: `${source}|Patient/${version.id}` };
  if (!('subject' in content)) return { version, resource, node: undefined };
  const reference = (resource['subject'] as { readonly reference?: string } | undefined)?.reference;
  return { version, resource, node: references.nodeOf(version, content.subject, reference, names) };
}

function gatherFacts(
  { version, node }: Placed,
  names: Names,
  claims: Claim[],
  traits: Map<string, Traits>,
): void {
  const { content, source } = version;
  if (content === 'deleted' || node === undefined) return;
  const claim = (rule: Claim['rule'], name: string, of = node): void =>
    void claims.push({ rule, name, node: of });
  const say = (births: string | undefined, sexes: string | undefined): void => {
    const known = traits.get(node) ?? { births: new Set<string>(), sexes: new Set<string>() };
    if (births !== undefined) known.births.add(births);
    if (sexes !== undefined) known.sexes.add(sexes);
    traits.set(node, known);
  };
  if ('kind' in content) {
    const { image } = content;
    if (image === undefined) return;
    const issuer = ISSUERS[image.issuer];
    if (image.number !== 0 && issuer !== undefined) {
      const system = issuer === 'HOSP' ? MRN : `dicom-issuer:${source}:${issuer}`;
      claim('identifier', `${system}|${names.medicalRecord(image.number)}`);
    }
    if (image.accession !== 0) claim('accession', `${ACCESSION}|${names.accession(image.accession)}`);
    claim('study-uid', names.study(image.study));
    say(BIRTH_DATES[image.birth], undefined);
  } else if (content.type === 'Patient') {
    if (content.number !== 0) claim('identifier', `${MRN}|${names.medicalRecord(content.number)}`);
    say(BIRTH_DATES[content.birth], SEXES[content.sex]);
    if (content.link === '') return;
    const other = `Patient/${names.id('Patient', content.link)}`;
    claim('patient-link', `${node} ${other}`);
    claim('patient-link', `${node} ${other}`, `${source}|${other}`);
  } else if (content.type === 'ImagingStudy' || content.type === 'ServiceRequest') {
    if (content.accession !== 0) claim('accession', `${ACCESSION}|${names.accession(content.accession)}`);
    if (content.type === 'ImagingStudy' && content.variant !== 0)
      claim('study-uid', names.study(content.variant === 3 ? 2 : 1));
  }
}
