import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../base/package-root.ts';
import type { MartDeclaration } from './mart-declaration.ts';

const column = z.strictObject({
  type: z.string(),
  unit: z.string().optional(),
  nullable: z.boolean(),
  deprecatedSince: z.string().optional(),
});

const contract = z.strictObject({
  /** Every release that readers may have built upon, the oldest first. */
  releases: z.array(z.string()),
  marts: z.record(
    z.string(),
    z.strictObject({
      version: z.string(),
      key: z.array(z.string()),
      deprecatedSince: z.string().optional(),
      columns: z.record(z.string(), column),
    }),
  ),
});

/** What readers of the marts rely on, as of the last release: `models/contract.json`. */
export type MartContract = Readonly<z.infer<typeof contract>>;

export function loadContract(path: string = join(packageRoot, 'models/contract.json')): MartContract {
  return contract.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** What the declarations promise. */
export function contractOf(marts: readonly MartDeclaration[], releases: readonly string[]): MartContract {
  return {
    releases: [...releases],
    marts: Object.fromEntries(
      marts.map((mart) => [
        mart.name,
        {
          version: mart.version,
          key: [...mart.key],
          ...(mart.deprecated === undefined ? {} : { deprecatedSince: mart.deprecated.since }),
          columns: Object.fromEntries(
            mart.columns.map(({ name, type, unit, nullable, deprecated }) => [
              name,
              {
                type,
                ...(unit === undefined ? {} : { unit }),
                nullable,
                ...(deprecated === undefined ? {} : { deprecatedSince: deprecated.since }),
              },
            ]),
          ),
        },
      ]),
    ),
  };
}
