import { connectDBeaver } from './dbeaver.ts';
import { connectExcel } from './excel.ts';
import { connectMetabase } from './metabase.ts';
import { connectPowerBi } from './powerbi.ts';
import { connectPython } from './python.ts';
import { connectR } from './r.ts';
import { connectSuperset } from './superset.ts';
import { connectTableau } from './tableau.ts';
import type { Connection, Target } from './target.ts';

/** The tools that `chiasm connect` knows. */
export const TOOLS = {
  powerbi: connectPowerBi,
  excel: connectExcel,
  metabase: connectMetabase,
  tableau: connectTableau,
  superset: connectSuperset,
  dbeaver: connectDBeaver,
  python: connectPython,
  r: connectR,
} as const satisfies Readonly<Record<string, (target: Target) => Connection | Promise<Connection>>>;

export type Tool = keyof typeof TOOLS;
