import { at } from '../calendar.ts';
import type { PatientPlan } from '../plan/patient-plan.ts';
import { BLOOD_COUNT, type LabTest, METABOLIC_PANEL, SERUM_MARKERS } from '../tables/labs.ts';
import { numeralOf } from '../tables/stages.ts';
import type { Chart } from './chart.ts';
import { observeLab } from './observation.ts';

const BURDEN = { I: 0.15, II: 0.3, III: 0.55, IV: 1 } as const;

/** Draws blood over the journey: each patient has a level of their own, moved by chemotherapy and disease. */
export function chartLabs(chart: Chart, plan: PatientPlan): void {
  const { random } = chart;
  const days = drawDays(plan, random.int(2, 4));
  const own = new Map<string, number>();
  for (const test of [...BLOOD_COUNT, ...METABOLIC_PANEL]) {
    own.set(test.code, random.normal(test.mean, test.deviation * 0.8));
  }
  days.forEach((day, draw) => {
    const moment = at(day, 7, random.int(0, 59));
    const disease = diseaseAt(plan, day);
    const chemotherapy = onChemotherapy(plan, day) ? 1 : 0;
    const value = (test: LabTest): number =>
      (own.get(test.code) ?? test.mean) *
        (1 + test.onChemotherapy * chemotherapy + test.withDisease * disease) +
      random.normal(0, test.deviation * 0.25);
    const metabolic = draw % 2 === 0;
    for (const test of [...BLOOD_COUNT, ...(metabolic ? METABOLIC_PANEL : [])]) {
      const flaw =
        plan.mess.correctedObservation && draw === 0 && test.code === '2823-3'
          ? 'corrected'
          : plan.mess.enteredInError && draw === 0 && test.code === '777-3'
            ? 'entered-in-error'
            : 'none';
      observeLab(chart, moment, test, value(test), undefined, flaw);
    }
    chartMarker(chart, plan, day, disease);
  });
}

function chartMarker(chart: Chart, plan: PatientPlan, day: number, disease: number): void {
  if (plan.journey.kind !== 'cancer') return;
  const marker = SERUM_MARKERS[plan.journey.cancer.kind.organ];
  if (marker === undefined) return;
  const level = Math.max(0.05, chart.random.normal(marker.test.mean, marker.test.deviation));
  observeLab(chart, at(day, 7, 5), marker.test, level * (1 + marker.rise * disease ** 2), undefined);
}

/** Burden of disease from 0 to 1: falls under treatment, rises towards progression and death. */
function diseaseAt(plan: PatientPlan, day: number): number {
  if (plan.journey.kind !== 'cancer') return 0;
  const { cancer } = plan.journey;
  const start = BURDEN[numeralOf(cancer.stage.group)];
  const since = day - cancer.workup.answerDay;
  const treated = cancer.treatments.length > 0 && since > 30 ? start * 0.3 : start;
  const relapsed = cancer.progressionDay !== undefined && day >= cancer.progressionDay - 21;
  const dying = plan.deathDay !== undefined && plan.deathDay - day < 60;
  return dying ? Math.min(1, start + 0.5) : relapsed ? Math.min(1, start + 0.2) : treated;
}

function onChemotherapy(plan: PatientPlan, day: number): boolean {
  if (plan.journey.kind !== 'cancer') return false;
  return plan.journey.cancer.treatments.some(
    (treatment) =>
      treatment.kind === 'drugs' &&
      treatment.every <= 28 &&
      treatment.days.some((given) => day >= given && day < given + treatment.every),
  );
}

function drawDays(plan: PatientPlan, few: number): readonly number[] {
  switch (plan.journey.kind) {
    case 'control': {
      const { firstDay } = plan.journey;
      const span = plan.lastContactDay - firstDay;
      return Array.from({ length: few }, (_, index) => firstDay + Math.floor((span * index) / few));
    }
    case 'benign':
      return [plan.journey.workup.suspicionDay, plan.journey.workup.biopsyDay - 1];
    case 'cancer': {
      const { cancer } = plan.journey;
      const cycles = cancer.treatments.flatMap((treatment) =>
        treatment.kind === 'drugs' ? treatment.days : [],
      );
      const wanted = [
        cancer.workup.suspicionDay,
        cancer.workup.biopsyDay - 1,
        cancer.workup.answerDay + 5,
        ...cycles.filter((_, index) => index % 2 === 1).slice(0, 8),
        cancer.workup.answerDay + 120,
        cancer.workup.answerDay + 210,
        ...(cancer.progressionDay === undefined ? [] : [cancer.progressionDay + 1]),
        plan.lastContactDay - 10,
      ];
      return [...new Set(wanted)]
        .filter((day) => day <= plan.lastContactDay)
        .sort((one, other) => one - other);
    }
    default:
      return plan.journey satisfies never;
  }
}
