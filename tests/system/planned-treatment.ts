import type { CancerPlan, PatientPlan } from '../../demo/plan/patient-plan.ts';
import { AGENTS, type AgentKey } from '../../demo/tables/agents.ts';

/** What the generator's own plan says of a patient's treatment, to be compared with what the marts derive. */
export interface PlannedTreatment {
  /** One text per line: number, days from the diagnosis, agents, cycles. */
  readonly lines: readonly string[];
  readonly operations: number;
  readonly doses: readonly number[];
  readonly administrations: number;
}

interface Exposure {
  readonly agent: string;
  readonly days: readonly number[];
  /** Last day that the agent was taken. */
  readonly until: number;
  readonly isGiven: boolean;
}

export function plannedTreatment(patient: PatientPlan): PlannedTreatment {
  const cancer = patient.journey.kind === 'cancer' ? patient.journey.cancer : undefined;
  const treatments = cancer?.treatments ?? [];
  const exposures = treatments
    .flatMap((each) => (each.kind === 'drugs' ? [each] : []))
    .filter((each) => each.days.length > 0)
    .flatMap(({ agents, days, every }) =>
      agents.map((agent): Exposure => {
        const isGiven = AGENTS[agent as AgentKey].route !== 'oral';
        const last = days.at(-1) ?? 0;
        return { agent, days, until: isGiven ? last : last + every, isGiven };
      }),
    )
    .sort((a, b) => (a.days[0] ?? 0) - (b.days[0] ?? 0) || (a.agent < b.agent ? -1 : 1));
  return {
    lines: cancer === undefined ? [] : planLines(cancer, exposures),
    operations: treatments.filter((each) => each.kind === 'surgery').length,
    doses: treatments.flatMap((each) =>
      each.kind === 'radiotherapy'
        ? [each.cGy / 100, ...(each.nodesCGy === undefined ? [] : [each.nodesCGy / 100])]
        : [],
    ),
    administrations: exposures.reduce((sum, each) => sum + (each.isGiven ? each.days.length : 0), 0),
  };
}

/** Rule line-1 in words: 28 days to join, no new agent, no gap of over 120 days, planned continuations apart. */
function planLines(cancer: CancerPlan, exposures: readonly Exposure[]): readonly string[] {
  const lines: Exposure[][] = [];
  for (const exposure of exposures) {
    const start = exposure.days[0] ?? 0;
    const line = lines.at(-1);
    const first = line?.[0]?.days[0] ?? 0;
    const isNew =
      line === undefined ||
      start - Math.max(...line.map(({ until }) => until)) > 120 ||
      (start - first > 28 && !isContinuation(cancer, line, exposure.agent, first, start));
    if (isNew) lines.push([exposure]);
    else line.push(exposure);
  }
  return lines.map((line, index) => {
    const cycles = new Set(line.filter(({ isGiven }) => isGiven).flatMap(({ days }) => days)).size;
    const agents = [...new Set(line.map(({ agent }) => agent))].sort().join(' + ');
    const start = (line[0]?.days[0] ?? 0) - cancer.diagnosisDay;
    return [index + 1, start, agents, cycles === 0 ? '-' : cycles].join('|');
  });
}

function isContinuation(
  cancer: CancerPlan,
  line: readonly Exposure[],
  agent: string,
  first: number,
  start: number,
): boolean {
  const { progressionDay, treatments } = cancer;
  if (progressionDay !== undefined && progressionDay >= first && progressionDay <= start) return false;
  const has = (name: string): boolean => line.some((each) => each.agent === name);
  const isIrradiated = treatments.some((each) => each.kind === 'radiotherapy' && each.startDay <= start);
  if (agent === 'durvalumab') return (has('carboplatin') || has('cisplatin')) && isIrradiated;
  return agent === 'paclitaxel' && has('doxorubicin') && has('cyclophosphamide');
}
