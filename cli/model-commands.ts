import type { Command } from 'commander';
import { ChiasmError } from '../base/error.ts';
import type { ContractChange } from '../models/contract-diff.ts';
import { print, printJson } from './output.ts';
import { formatTable } from './print-table.ts';

/** `chiasm models diff`, `contract`, `dictionary`, `rollups` and `semantic-layer`: what readers of the marts rely on. */
export function addModelCommands(program: Command): void {
  const models = program
    .command('models')
    .description('what readers of the marts rely on, and what changed of it');
  models
    .command('diff [contract]')
    .description(
      'what changed for readers since a release (models/contract.json by default), and what of it may not',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit code 2 when something breaks the promise.\nExample:  git show v0.2.0:models/contract.json > old.json && chiasm models diff old.json',
    )
    .action(async (path: string | undefined, flags: { json?: boolean }) => {
      const { contractOf, loadContract } = await import('../models/mart-contract.ts');
      const { diffContracts } = await import('../models/contract-diff.ts');
      const { loadMartDeclarations } = await import('../models/mart-declaration.ts');
      const before = loadContract(path);
      const changes = diffContracts(before, contractOf(loadMartDeclarations(), before.releases));
      if (flags.json) printJson(changes);
      else print(describeChanges(changes, before.releases.at(-1) ?? 'no release'));
      const faults = changes.filter((change) => change.fault !== undefined).length;
      if (faults > 0) {
        throw new ChiasmError('contract-broken', `${faults} changes break what readers rely on`, {
          params: { changes: faults },
        });
      }
    });
  models
    .command('contract')
    .description('what the declarations promise, for models/contract.json of a release')
    .requiredOption('--release <version>', 'the release that is made')
    .action(async (flags: { release: string }) => {
      const { contractOf, loadContract } = await import('../models/mart-contract.ts');
      const { loadMartDeclarations } = await import('../models/mart-declaration.ts');
      const releases = [...new Set([...loadContract().releases, flags.release])];
      printJson(contractOf(loadMartDeclarations(), releases));
    });
  models
    .command('dictionary')
    .description('the data dictionary of the marts as Markdown')
    .action(async () => {
      const { dataDictionary } = await import('../models/data-dictionary.ts');
      const { loadMartDeclarations } = await import('../models/mart-declaration.ts');
      print(dataDictionary(loadMartDeclarations()).trimEnd());
    });
  models
    .command('rollups')
    .description('what the semantic layer counts beforehand, for cube/model/rollups.json')
    .action(async () => {
      const { openModel } = await import('../cube/semantic-layer.ts');
      printJson(await openModel().readRollups());
      // Cube keeps its compiling threads.
      setImmediate(() => process.exit());
    });
  models
    .command('semantic-layer')
    .description('the views, measures and dimensions of the semantic layer as Markdown')
    .action(async () => {
      const { openModel } = await import('../cube/semantic-layer.ts');
      const { semanticReference } = await import('../cube/semantic-reference.ts');
      print(semanticReference(await openModel().readMeta('all')).trimEnd());
      setImmediate(() => process.exit());
    });
}

function describeChanges(changes: readonly ContractChange[], release: string): string {
  if (changes.length === 0) return `Nothing changed for readers since ${release}.`;
  return formatTable(
    ['mart', 'column', 'change', 'needs', 'may not be released, because'],
    changes.map((each) => [each.mart, each.column ?? '', each.what, each.rise, each.fault ?? '']),
  );
}
