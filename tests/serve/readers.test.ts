import { join } from 'node:path';
import { expect, test } from 'vitest';
import { retireSnapshots } from '../../etl/warehouse/retire.ts';
import { signToken } from '../../serve/token.ts';
import { NUMBERED_TUMOURS, numbered } from '../cube/numbered-rows.ts';
import { publishFixture } from '../cube/publish-fixture.ts';
import { SECRET, startTestServer } from './serve-fixture.ts';

const READERS = 6;
const ROUNDS = 3;
const PUBLISHES = 3;

test('the server moves to new snapshots while old ones are retired at once, and no reader meets an error or two of them', async () => {
  const server = await startTestServer(numbered(1));
  const token = signToken({ subject: 'tester', group: 'analyst', secret: SECRET, expiresIn: '1h' });
  const headers = { Authorization: `Bearer ${token}` };
  let asked = 0;
  /** Asks for both numbers that a snapshot carries, until Cube has them, and tells the snapshot. */
  const ask = async (): Promise<number> => {
    const query = {
      measures: ['cohort.diagnoses'],
      dimensions: ['cohort.diagnosis_year', 'cohort.follow_up_days'],
      // A value of its own, so that no answer comes from the cache.
      filters: [{ member: 'cohort.tumor_number', operator: 'lte', values: [`${++asked}`] }],
    };
    const path = `/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify(query))}`;
    for (;;) {
      const response = await server.fetch(path, { headers });
      expect(response.status).toBe(200);
      const body = (await response.json()) as { data?: readonly Record<string, string>[]; error?: string };
      if (body.error === 'Continue wait') continue;
      const number = Number(response.headers.get('x-chiasm-snapshot'));
      expect(body.data).toEqual([
        {
          'cohort.diagnosis_year': `${number}`,
          'cohort.follow_up_days': `${number}`,
          'cohort.diagnoses': `${NUMBERED_TUMOURS}`,
        },
      ]);
      return number;
    }
  };
  const read = async (): Promise<void> => {
    let newest = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const number = await ask();
      expect(number).toBeGreaterThanOrEqual(newest);
      newest = number;
    }
  };
  const publish = async (number: number): Promise<void> => {
    await publishFixture(server.warehouse, numbered(number));
    // Without grace only the leases of the server keep what its requests still read.
    const own = join(server.warehouse, 'private');
    await retireSnapshots(server.warehouse, own, { keep: 1, graceMs: -1 }, Date.now());
  };
  try {
    for (let number = 2; number <= 1 + PUBLISHES; number++) {
      await Promise.all([publish(number), ...Array.from({ length: READERS }, read)]);
      expect(await ask()).toBe(number);
    }
    expect(server.lines.filter((line) => !line.includes('"data-request"'))).toEqual([]);
  } finally {
    await server.close();
  }
});
