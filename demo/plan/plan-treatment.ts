import { pickWeighted, type Random } from '../random.ts';
import { AGENTS, type AgentKey } from '../tables/agents.ts';
import type { Cancer } from '../tables/cancers.ts';
import { REGIMENS, type Regimen, type TreatmentClass } from '../tables/regimens.ts';
import { numeralOf, type Stage } from '../tables/stages.ts';
import type { Biomarkers, Treatment } from './patient-plan.ts';

export function planBiomarkers(random: Random, cancer: Cancer): Biomarkers {
  switch (cancer.organ) {
    case 'lung': {
      if (cancer.group === 'sclc') return {};
      const egfr = cancer.key === 'lung-adenocarcinoma' && random.chance(0.22);
      const alk = cancer.key === 'lung-adenocarcinoma' && !egfr && random.chance(0.07);
      const pdl1 = random.chance(0.42) ? random.int(50, 95) : random.chance(0.5) ? random.int(1, 49) : 0;
      return { egfr, alk, pdl1Percent: pdl1 };
    }
    case 'breast': {
      const positive = random.chance(0.78);
      return {
        er: positive ? random.int(40, 100) : 0,
        pr: positive ? random.int(10, 95) : 0,
        her2: random.chance(0.16),
      };
    }
    default:
      return {};
  }
}

/** `draw` in [0, 1) decides among the regimens whose biomarker is present, by weight. */
export function chooseRegimen(draw: number, cancer: Cancer, stage: Stage, markers: Biomarkers): Regimen {
  const offered = REGIMENS[cancer.group][numeralOf(stage.group)];
  return pickWeighted(
    offered.filter((regimen) => isMet(regimen, markers)),
    draw,
  );
}

/** Real days for each step; steps that would start after `lastDay` are not given, later cycles are dropped. */
export function scheduleTreatments(
  random: Random,
  regimen: Regimen,
  startDay: number,
  lastDay: number,
  progressionDay: number | undefined,
): readonly Treatment[] {
  const treatments: Treatment[] = [];
  for (const step of regimen.steps) {
    const start = startDay + step.start;
    if (start > lastDay) continue;
    switch (step.kind) {
      case 'surgery':
        treatments.push({ kind: 'surgery', day: start });
        break;
      case 'radiotherapy': {
        // five fractions a week
        const planned = step.fractions;
        const given = Math.min(planned, Math.max(1, Math.floor(((lastDay - start + 1) * 5) / 7)));
        treatments.push({
          kind: 'radiotherapy',
          startDay: start,
          endDay: Math.min(lastDay, start + Math.floor(((given - 1) * 7) / 5)),
          cGy: Math.round((step.cGy * given) / planned),
          ...(step.nodesCGy === undefined ? {} : { nodesCGy: Math.round((step.nodesCGy * given) / planned) }),
          fractions: given,
          plannedFractions: planned,
        });
        break;
      }
      case 'drugs': {
        const end = Math.min(lastDay, progressionDay ?? lastDay);
        const days: number[] = [];
        let day = start;
        for (let cycle = 0; cycle < step.cycles && day <= Math.max(end, start); cycle += 1) {
          days.push(day);
          // one cycle in ten is held for a week
          day += step.every + (random.chance(0.1) ? 7 : 0);
        }
        treatments.push({
          kind: 'drugs',
          agents: step.agents,
          days,
          plannedCycles: step.cycles,
          every: step.every,
        });
        break;
      }
      default:
        step satisfies never;
    }
  }
  return treatments;
}

export function firstClassOf(treatments: readonly Treatment[]): TreatmentClass | undefined {
  const [first] = [...treatments].sort((one, other) => firstDay(one) - firstDay(other));
  if (first === undefined) return undefined;
  if (first.kind !== 'drugs') return first.kind;
  const [agent] = first.agents;
  return agent === undefined ? undefined : AGENTS[agent as AgentKey].drugClass;
}

export function firstDay(treatment: Treatment): number {
  switch (treatment.kind) {
    case 'surgery':
      return treatment.day;
    case 'radiotherapy':
      return treatment.startDay;
    case 'drugs':
      return treatment.days[0] ?? Number.POSITIVE_INFINITY;
    default:
      return treatment satisfies never;
  }
}

function isMet(regimen: Regimen, markers: Biomarkers): boolean {
  switch (regimen.needs) {
    case undefined:
      return true;
    case 'egfr':
      return markers.egfr === true;
    case 'alk':
      return markers.alk === true;
    case 'pdl1-high':
      return (markers.pdl1Percent ?? 0) >= 50 && markers.egfr !== true && markers.alk !== true;
    case 'driver-negative':
      return markers.egfr !== true && markers.alk !== true;
    case 'hr-positive':
      return (markers.er ?? 0) > 0;
    case 'her2-positive':
      return markers.her2 === true;
    default:
      return regimen.needs satisfies never;
  }
}
