import { at, isoDate, later } from '../calendar.ts';
import { replacedId } from '../keys.ts';
import type { CancerPlan, PatientPlan } from '../plan/patient-plan.ts';
import { randomStream } from '../random.ts';
import { BENIGN_FINDINGS, PRESENTATION } from '../tables/background.ts';
import { PROCEDURES } from '../tables/procedures.ts';
import { chartBackground, chartCarePlan } from './background.ts';
import { reportBiomarkers } from './biomarkers.ts';
import { chartBiopsy } from './biopsy.ts';
import { type Chart, type Line, openChart } from './chart.ts';
import { diagnose, diagnoseMetastasis, diagnoseStagedTumor, diagnoseTumor } from './conditions.ts';
import { chartDrugs } from './drugs.ts';
import { visit } from './encounters.ts';
import { chartStudy } from './imaging.ts';
import { chartLabs } from './labs.ts';
import { chartRadiotherapy, chartSurgery } from './local-treatment.ts';
import { chartPerson } from './person.ts';
import { stageTumor } from './staging.ts';
import { chartDiseaseStatus, chartEcog } from './status.ts';

/** The FHIR record of a patient: nothing in it is dated after the last contact. */
export function writeChart(seed: number, plan: PatientPlan): readonly Line[] {
  const random = randomStream(seed, plan.index, 'chart');
  const chart = openChart(plan.key, plan.id, random);
  chartPerson(chart, plan);
  // what was filed before the merge still names the replaced record
  chartBackground(plan.mess.duplicateRecord ? chart.underPatient(replacedId(plan.key)) : chart, plan);
  switch (plan.journey.kind) {
    case 'control':
      chartControlVisits(chart, plan, plan.journey.firstDay);
      break;
    case 'benign':
      chartBenign(chart, seed, plan, plan.journey);
      break;
    case 'cancer':
      chartCancer(chart, seed, plan, plan.journey.cancer);
      break;
    default:
      plan.journey satisfies never;
  }
  chartLabs(chart, plan);
  // the last contact itself is always on record; the dead have none after their last days
  const dead = plan.deathDay !== undefined;
  visit(chart, at(plan.lastContactDay - (dead ? 1 : 0), 9, 30), dead ? 'treatment' : 'office');
  return chart.lines;
}

function chartControlVisits(chart: Chart, plan: PatientPlan, firstDay: number): void {
  for (let day = firstDay + 180; day < plan.lastContactDay - 3; day += chart.random.int(150, 420)) {
    visit(chart, at(day, chart.random.int(8, 15), 15), 'office');
  }
}

function chartBenign(
  chart: Chart,
  seed: number,
  plan: PatientPlan,
  journey: Extract<PatientPlan['journey'], { kind: 'benign' }>,
): void {
  const { organ, workup } = journey;
  const finding = BENIGN_FINDINGS[organ];
  const symptom = PRESENTATION[organ];
  diagnose(chart, at(workup.suspicionDay, 12), {
    codings: [finding.suspected],
    text: finding.suspected.display,
    clinical: 'resolved',
    verification: 'refuted',
    category: 'encounter-diagnosis',
    onset: isoDate(workup.suspicionDay),
  });
  const encounter = visit(chart, at(workup.biopsyDay, 9), 'consultation', symptom);
  for (const study of plan.studies) {
    chartStudy(
      chart,
      seed,
      plan,
      study,
      organ,
      symptom,
      'Indeterminate finding; tissue diagnosis recommended.',
    );
  }
  chartBiopsy(chart, plan.key, workup, organ, PROCEDURES[organ].region, encounter, {
    text: finding.text,
    code: finding.disorder,
  });
  diagnose(chart, at(workup.answerDay, 14), {
    codings: [finding.disorder, finding.icd],
    text: finding.icd.display,
    verification: 'confirmed',
    onset: isoDate(workup.answerDay),
  });
}

function chartCancer(chart: Chart, seed: number, plan: PatientPlan, cancer: CancerPlan): void {
  const { random } = chart;
  const { workup, kind, site } = cancer;
  const within = (day: number): number => Math.min(day, plan.lastContactDay);
  const symptom = PRESENTATION[kind.organ];
  diagnose(chart, at(workup.suspicionDay, 12), {
    codings: [kind.suspected],
    text: kind.suspected.display,
    clinical: 'inactive',
    verification: 'provisional',
    category: 'encounter-diagnosis',
    onset: isoDate(workup.suspicionDay),
  });
  for (const study of plan.studies) {
    chartStudy(chart, seed, plan, study, kind.organ, symptom, studyConclusion(cancer, study.moment.day));
  }
  const encounter = visit(chart, at(workup.biopsyDay, 9), 'consultation', kind.suspected);
  const biopsy = chartBiopsy(chart, plan.key, workup, kind.organ, site.body, encounter, {
    text: `${kind.disorder.display.replace(/ \(.*\)$/, '')}, biopsy of ${site.body.display.replace(/ \(.*\)$/, '')}`,
    code: kind.disorder,
  });
  const tumor = diagnoseTumor(chart, at(workup.answerDay, 15), cancer, plan.mess.duplicateLine);
  visit(chart, at(workup.answerDay, 14), 'consultation', kind.disorder);
  const stagedOn = at(within(workup.answerDay + random.int(3, 5)), 10, 40);
  const stages: Parameters<typeof diagnoseStagedTumor>[3][number][] = [
    {
      kind: 'clinical',
      group: cancer.stage.group,
      assessment: stageTumor(chart, stagedOn, cancer, tumor, 'clinical'),
    },
  ];
  chartEcog(chart, at(stagedOn.day, 10, 20), cancer.ecog);
  reportBiomarkers(
    chart,
    at(within(workup.answerDay + random.int(4, 9)), 13),
    cancer,
    tumor,
    biopsy.specimen,
  );
  const operation = cancer.treatments.find((treatment) => treatment.kind === 'surgery');
  const pathologyDay = operation?.kind === 'surgery' ? operation.day + 7 : undefined;
  if (pathologyDay !== undefined && pathologyDay <= plan.lastContactDay) {
    stages.push({
      kind: 'pathologic',
      group: cancer.stage.group,
      assessment: stageTumor(chart, at(pathologyDay, 12), cancer, tumor, 'pathologic'),
    });
  }
  if (plan.index === 0 || random.chance(0.7)) {
    const recordedDay = pathologyDay !== undefined && stages.length > 1 ? pathologyDay + 1 : stagedOn.day;
    diagnoseStagedTumor(chart, at(within(recordedDay), 17), cancer, stages);
  }
  chartCarePlan(
    chart,
    within(workup.answerDay + 6),
    cancer.regimen.intent,
    cancer.regimen.key,
    tumor.reference,
  );
  for (const metastasis of cancer.metastases) {
    diagnoseMetastasis(chart, at(within(workup.answerDay + random.int(2, 10)), 11), metastasis, tumor);
  }
  chartTreatments(chart, plan, cancer, tumor);
  chartCourse(chart, plan, cancer, tumor);
}

function chartTreatments(
  chart: Chart,
  plan: PatientPlan,
  cancer: CancerPlan,
  tumor: ReturnType<typeof diagnoseTumor>,
): void {
  for (const treatment of cancer.treatments) {
    switch (treatment.kind) {
      case 'surgery':
        chartSurgery(chart, cancer, treatment, tumor, plan.lastContactDay);
        break;
      case 'radiotherapy':
        chartRadiotherapy(chart, cancer, treatment, tumor, plan.key);
        break;
      case 'drugs':
        chartDrugs(chart, treatment, cancer.regimen.intent, tumor, plan.lastContactDay);
        for (const [cycle, day] of treatment.days.entries()) {
          if (cycle % 2 === 0) visit(chart, at(day, 8, 30), 'treatment', cancer.kind.disorder);
        }
        break;
      default:
        treatment satisfies never;
    }
  }
}

/** Response, progression and performance status over the follow-up. */
function chartCourse(
  chart: Chart,
  plan: PatientPlan,
  cancer: CancerPlan,
  tumor: ReturnType<typeof diagnoseTumor>,
): void {
  const { random } = chart;
  const { progressionDay } = cancer;
  const treated = cancer.treatments.length > 0;
  let isFirst = true;
  for (let day = cancer.workup.answerDay + 95; day <= plan.lastContactDay - 3; day += random.int(85, 160)) {
    const progressed = progressionDay !== undefined && day > progressionDay;
    const trend =
      progressed || !treated
        ? random.chance(0.7)
          ? 'worsened'
          : 'stable'
        : isFirst
          ? cancer.response
          : 'stable';
    isFirst = false;
    chartDiseaseStatus(chart, at(day, 11, 15), tumor, trend);
    if (random.chance(0.6)) chartEcog(chart, at(day, 11), Math.min(4, cancer.ecog + (progressed ? 1 : 0)));
  }
  if (progressionDay === undefined || cancer.progressionSite === undefined) return;
  const found = at(progressionDay, 15, 30);
  chartDiseaseStatus(chart, found, tumor, 'worsened');
  if (!cancer.metastases.includes(cancer.progressionSite)) {
    diagnoseMetastasis(chart, later(found, 45), cancer.progressionSite, tumor);
  }
}

function studyConclusion(cancer: CancerPlan, day: number): string {
  if (day < cancer.workup.imagingDay) return 'No suspicious finding.';
  if (day <= cancer.workup.answerDay) return 'Mass suspicious for malignancy; tissue diagnosis recommended.';
  if (cancer.progressionDay !== undefined && day >= cancer.progressionDay) return 'Progression of disease.';
  if (day < cancer.workup.answerDay + 60) return 'Known malignancy; extent as described.';
  return cancer.response === 'improved'
    ? 'Partial response; no new lesions.'
    : 'Stable disease; no new lesions.';
}
