import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';

// A checker that cannot read TypeScript sees no module and finds no fault, so the modules are counted, too.
const ROOMS = ['base', 'models', 'etl', 'cube', 'serve', 'demo', 'cli'];
const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');

const expected = ROOMS.flatMap((room) =>
  readdirSync(room, { recursive: true }).map((file) => `${room}/${file}`),
).filter((file) => file.endsWith('.ts'));
const { output } = await cruise(ROOMS, {
  ...config.options,
  ruleSet: { forbidden: config.forbidden },
  validate: true,
});
const seen = new Set(output.modules.map((module) => module.source));
const missed = expected.filter((file) => !seen.has(file) && !file.endsWith('.d.ts'));
const dependencies = output.modules.reduce((sum, module) => sum + module.dependencies.length, 0);

for (const { from, to, rule } of output.summary.violations) console.error(`${from} → ${to}: ${rule.name}`);
for (const file of missed) console.error(`${file}: not seen by the import checker`);
console.log(
  `imports: ${seen.size} modules, ${dependencies} dependencies, ${output.summary.error} violations`,
);
if (output.summary.error > 0 || missed.length > 0 || dependencies < expected.length) process.exitCode = 1;
