import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, type ServerOptions, startServer } from '../../serve/http-server.ts';
import { signToken } from '../../serve/token.ts';
import { type FixtureRows, publishFixture } from '../cube/publish-fixture.ts';

export const SECRET = 'a secret of the tests, long enough!';

export interface ServerUnderTest extends RunningServer {
  readonly warehouse: string;
  readonly lines: string[];
  readonly token: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** With a valid token. */
  get(path: string): Promise<{ status: number; body: never }>;
}

/** The HTTP server over a warehouse of its own; without rows nothing is published. */
export async function startTestServer(
  rows: FixtureRows | undefined,
  options: Partial<ServerOptions> = {},
): Promise<ServerUnderTest> {
  const warehouse = mkdtempSync(join(tmpdir(), 'chiasm-serve-'));
  if (rows !== undefined) await publishFixture(warehouse, rows);
  const lines: string[] = [];
  const token = signToken({ subject: 'tester', group: 'analyst', secret: SECRET, expiresIn: '5m' });
  const server = await startServer({
    warehouse,
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    log: (line) => lines.push(line),
    database: { threads: 2 },
    ...options,
  });
  const send = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server.url}${path}`, init);
  return {
    url: server.url,
    warehouse,
    lines,
    token,
    fetch: send,
    get: async (path) => {
      const response = await send(path, { headers: { Authorization: `Bearer ${token}` } });
      return { status: response.status, body: (await response.json()) as never };
    },
    close: async () => {
      await server.close();
      rmSync(warehouse, { recursive: true, force: true });
    },
  };
}
