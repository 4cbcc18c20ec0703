import { spawnSync } from 'node:child_process';
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
 * Another SQL-on-FHIR runner with the same view over the same file: whichever of those that bench/peer.py knows
 * the interpreter `python` has.
 */
export async function measurePeer(
  python: string | undefined,
  view: BenchView,
  input: string,
  folder: string,
): Promise<PeerResult> {
  if (python === undefined) return { kind: 'skipped', reason: 'no --python was given' };
  const definition = join(folder, 'peer.view.json');
  writeFileSync(definition, JSON.stringify(view));
  const script = join(packageRoot, 'bench', 'peer.py');
  if (spawnSync(python, [script, '--is-there']).status !== 0)
    return { kind: 'skipped', reason: `${python} has no runner that bench/peer.py knows` };
  const { name = 'peer', ...usage } = await measureProcess(python, [script, definition, input, folder]);
  return { kind: 'measured', name, usage };
}
