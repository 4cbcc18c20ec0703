import { at, isoDate, localDateTime } from '../calendar.ts';
import type { Treatment } from '../plan/patient-plan.ts';
import { SYSTEM } from '../systems.ts';
import { AGENTS, type Agent, type AgentKey } from '../tables/agents.ts';
import { snomed } from '../tables/codes.ts';
import { type Body, type Chart, mcode, type Reference, usCore } from './chart.ts';
import { quantity } from './observation.ts';
import { practitioner } from './registry.ts';

type DrugTreatment = Extract<Treatment, { kind: 'drugs' }>;

const ROUTES = {
  iv: snomed('47625008', 'Intravenous route (qualifier value)'),
  oral: snomed('26643006', 'Oral route (qualifier value)'),
  im: snomed('78421000', 'Intramuscular route (qualifier value)'),
} as const;

const INTENTS = {
  curative: snomed('373808002', 'Curative - procedure intent (qualifier value)'),
  palliative: snomed('363676003', 'Palliative - procedure intent (qualifier value)'),
} as const;

export function intentExtension(intent: keyof typeof INTENTS): Body {
  return { url: mcode('procedure-intent'), valueCodeableConcept: { coding: [{ ...INTENTS[intent] }] } };
}

/** How a pharmacy names the drug: an ingredient code, a product code, or a Medication resource. */
function chooseMedication(chart: Chart, agent: Agent, day: number): Body {
  const coding = agent.product !== undefined && chart.random.chance(0.5) ? agent.product : agent.ingredient;
  const code = { coding: [{ ...coding }], text: agent.ingredient.display };
  if (chart.random.chance(0.7)) return { medicationCodeableConcept: code };
  const medication = chart.add(
    'Medication',
    at(day, 7),
    { code, status: 'active' },
    { profile: usCore('medication') },
  );
  return { medicationReference: medication };
}

/** The order for each agent and what was given: administrations for infusions, dispenses for tablets. */
export function chartDrugs(
  chart: Chart,
  treatment: DrugTreatment,
  intent: keyof typeof INTENTS,
  tumor: Reference,
  lastContactDay: number,
): void {
  const [firstDay] = treatment.days;
  const finalDay = treatment.days[treatment.days.length - 1];
  if (firstDay === undefined || finalDay === undefined) return;
  for (const name of treatment.agents) {
    const agent = AGENTS[name as AgentKey];
    const medication = chooseMedication(chart, agent, firstDay);
    const complete = treatment.days.length >= treatment.plannedCycles;
    const ongoing = !complete && finalDay + treatment.every > lastContactDay;
    const ordered = at(firstDay - 1, 15, chart.random.int(0, 59));
    const request = chart.add(
      'MedicationRequest',
      ordered,
      {
        extension: [intentExtension(intent)],
        status: complete ? 'completed' : ongoing ? 'active' : 'stopped',
        intent: 'order',
        category: [
          {
            coding: [
              {
                system: 'http://terminology.hl7.org/CodeSystem/medicationrequest-category',
                code: 'outpatient',
              },
            ],
          },
        ],
        ...medication,
        subject: chart.subject,
        authoredOn: chart.random.chance(0.3) ? isoDate(ordered.day) : localDateTime(ordered),
        requester: practitioner('oncologist-1'),
        reasonReference: [tumor],
        dosageInstruction: [
          {
            text: `${agent.dose} ${agent.unit} every ${treatment.every} days`,
            timing: {
              repeat: {
                count: treatment.plannedCycles,
                frequency: 1,
                period: treatment.every,
                periodUnit: 'd',
              },
            },
            route: { coding: [{ ...ROUTES[agent.route] }] },
            doseAndRate: [{ doseQuantity: dose(agent) }],
          },
        ],
      },
      { profile: mcode('cancer-related-medication-request') },
    );
    for (const day of treatment.days) {
      if (agent.route === 'oral') dispense(chart, medication, agent, request, day, treatment.every);
      else administer(chart, medication, agent, request, day, intent, tumor);
    }
  }
}

function administer(
  chart: Chart,
  medication: Body,
  agent: Agent,
  request: Reference,
  day: number,
  intent: keyof typeof INTENTS,
  tumor: Reference,
): void {
  const start = at(day, chart.random.int(9, 13), chart.random.int(0, 59));
  chart.add(
    'MedicationAdministration',
    start,
    {
      extension: [intentExtension(intent)],
      status: 'completed',
      ...medication,
      subject: chart.subject,
      effectivePeriod: {
        start: localDateTime(start),
        end: localDateTime({ ...start, minute: start.minute + 90 }),
      },
      request,
      reasonReference: [tumor],
      dosage: { route: { coding: [{ ...ROUTES[agent.route] }] }, dose: dose(agent) },
    },
    { profile: mcode('cancer-related-medication-administration') },
  );
}

function dispense(
  chart: Chart,
  medication: Body,
  agent: Agent,
  request: Reference,
  day: number,
  supply: number,
): void {
  const handed = at(day, chart.random.int(9, 17), chart.random.int(0, 59));
  chart.add('MedicationDispense', handed, {
    status: 'completed',
    ...medication,
    subject: chart.subject,
    authorizingPrescription: [request],
    quantity: { value: supply, unit: 'tablet' },
    daysSupply: quantity(supply, 0, 'd'),
    whenHandedOver: localDateTime(handed),
    dosageInstruction: [
      { text: `${agent.dose} ${agent.unit} daily`, route: { coding: [{ ...ROUTES.oral }] } },
    ],
  });
}

function dose(agent: Agent): Body {
  return { ...quantity(agent.dose, 1, agent.unit), system: SYSTEM.ucum };
}
