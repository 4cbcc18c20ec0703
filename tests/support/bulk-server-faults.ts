import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { type BulkServer, type Misbehaviour, sendJson } from './bulk-server.ts';

type Serve = Parameters<Misbehaviour>[2];

/** What the server would have sent as a body. */
async function capture(serve: Serve): Promise<Buffer> {
  let whole: Buffer = Buffer.alloc(0);
  const captured = {
    writeHead: () => captured,
    end: (bytes?: Buffer | string) => {
      whole = Buffer.from(bytes ?? '');
      return captured;
    },
  };
  await serve(captured as never);
  return whole;
}

/** Serves a file under another content type. */
export function relabel(contentType: string): Misbehaviour {
  return async (_request, response, serve) => {
    const whole = await capture(serve);
    response.writeHead(200, { 'content-type': contentType }).end(whole);
    return true;
  };
}

/** Answers with a status and nothing of use. */
export function answer(status: number, headers: Readonly<Record<string, string>> = {}): Misbehaviour {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end('no');
    return true;
  };
}

/** Answers with an OperationOutcome. */
export function outcome(status: number, code: string): Misbehaviour {
  return (_request, response) => {
    sendJson(response, status, {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code, diagnostics: 'secret-diagnostics' }],
    });
    return true;
  };
}

/** Answers 200 with a text of another kind. */
export function answerText(contentType: string, text: string): Misbehaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': contentType }).end(text);
    return true;
  };
}

/** Breaks the connection off before an answer. */
export const drop: Misbehaviour = (request) => {
  request.socket.destroy();
  return true;
};

/** Does what was asked, and breaks the connection off before saying so. */
export const dropAfter: Misbehaviour = async (request, _response, serve) => {
  await capture(serve);
  request.socket.destroy();
  return true;
};

/** Serves only the first bytes of a file. `announced` breaks the promise of Content-Length, the others keep it. */
export function truncate(how: 'announced' | 'silent' | 'gzip'): Misbehaviour {
  return async (request, response, serve) => {
    const whole = await capture(serve);
    if (how === 'gzip') {
      const zipped = gzipSync(whole);
      const part = zipped.subarray(0, zipped.length - 12);
      response
        .writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(part.length) })
        .end(part);
      return true;
    }
    const part = whole.subarray(0, Math.floor(whole.length / 2));
    const length = how === 'announced' ? whole.length : part.length;
    response.writeHead(200, { 'content-length': String(length) });
    response.write(part, () => (how === 'announced' ? request.socket.destroy() : response.end()));
    return true;
  };
}

/** Serves a file some bytes at a time. */
export function drip(bytesAtATime: number, pauseMs: number): Misbehaviour {
  return async (_request, response, serve) => {
    const whole = await capture(serve);
    response.writeHead(200, { 'content-type': 'application/fhir+ndjson' });
    for (let start = 0; start < whole.length; start += bytesAtATime) {
      response.write(whole.subarray(start, start + bytesAtATime));
      await delay(pauseMs);
    }
    response.end();
    return true;
  };
}

/** Begins an answer and falls silent, but keeps the connection. */
export const stall: Misbehaviour = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/fhir+ndjson' });
  response.write('{"resourceType":');
  return true;
};

/** Every link so far has expired. */
export function expireLinks(server: BulkServer): Misbehaviour {
  return () => {
    server.generation++;
    return false;
  };
}

/** Every token so far is void. */
export function revokeTokens(server: BulkServer): Misbehaviour {
  return () => {
    server.desk?.revoke();
    return false;
  };
}

/** The server goes down for a while, in the middle of a request. */
export function restart(server: BulkServer, milliseconds: number): Misbehaviour {
  return () => {
    void server.goDown(milliseconds);
    return true;
  };
}

/** Another origin that has the server's files. `authorizations` are the tokens that reached it: there must be none. */
export async function redirectElsewhere(): Promise<{
  readonly misbehaviour: Misbehaviour;
  readonly authorizations: (string | undefined)[];
}> {
  const authorizations: (string | undefined)[] = [];
  const bodies = new Map<string, Buffer>();
  const other = http.createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    const bytes = bodies.get(request.url ?? '');
    response
      .writeHead(bytes === undefined ? 404 : 200, { 'content-type': 'application/fhir+ndjson' })
      .end(bytes);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.closeAllConnections();
    other.close();
  });
  const { port } = other.address() as AddressInfo;
  const misbehaviour: Misbehaviour = async (_request, response, serve) => {
    const place = `/${bodies.size}`;
    bodies.set(place, await capture(serve));
    response.writeHead(302, { location: `http://127.0.0.1:${port}${place}` }).end();
    return true;
  };
  return { misbehaviour, authorizations };
}
