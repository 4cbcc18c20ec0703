import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import { measureProcess, type Usage } from './measure.ts';
import type { BenchView } from './view-definitions.ts';

/** What the peer took, or why it was not asked. */
export type PeerResult =
  | { readonly kind: 'measured'; readonly name: string; readonly usage: Usage }
  | { readonly kind: 'skipped'; readonly reason: string };

/**
 * pysof, the SQL-on-FHIR runner of Helios (Rust), with the same view over the same file. `python` is an
 * interpreter that has it (`pip install pysof`).
 */
export async function measurePeer(
  python: string | undefined,
  view: BenchView,
  input: string,
  folder: string,
): Promise<PeerResult> {
  if (python === undefined) return { kind: 'skipped', reason: 'no --python with pysof was given' };
  let version: string;
  try {
    version = execFileSync(python, ['-c', 'import pysof; print(pysof.get_version())'], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return { kind: 'skipped', reason: `${python} has no pysof` };
  }
  const definition = join(folder, 'peer.view.json');
  writeFileSync(definition, JSON.stringify(view));
  const script = join(packageRoot, 'bench', 'peer.py');
  const usage = await measureProcess(python, [script, definition, input, join(folder, 'peer.csv')]);
  return { kind: 'measured', name: `pysof ${version}`, usage };
}
