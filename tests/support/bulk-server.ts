import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readBody } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { TestClock } from './bulk-server-clock.ts';
import { type ExportQuery, RecordStore } from './bulk-server-store.ts';
import { TokenDesk, type TokenIssuer } from './bulk-server-token.ts';

export type Stage =
  | 'metadata'
  | 'smart'
  | 'token'
  | 'kick-off'
  | 'status'
  | 'page'
  | 'output'
  | 'deleted'
  | 'outcome'
  | 'delete';

/** Answers a request in its own way and returns true, or does something beside and leaves the answer to the server. */
export type Misbehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  serve: (response: ServerResponse) => Promise<unknown>,
) => boolean | Promise<boolean>;

export interface BulkServerOptions {
  readonly flavour: 'stu2' | 'stu3' | 'ballot4';
  readonly clock: TestClock;
  readonly auth?: TokenIssuer;
  /** 202s before an export is complete. */
  readonly polls?: number;
  readonly linesPerFile?: number;
  /** Files per page of a manifest. */
  readonly filesPerPage?: number;
  readonly gzip?: boolean;
  readonly hasSince?: boolean;
  readonly hasDeleted?: boolean;
  readonly requiresAccessToken?: boolean;
  readonly software?: string;
}

interface ServedFile {
  readonly kind: 'output' | 'deleted' | 'outcome';
  readonly type: string | undefined;
  readonly lines: readonly string[];
  readonly count: number;
}

interface Job {
  readonly query: ExportQuery;
  readonly transactionTime: string;
  readonly files: readonly ServedFile[];
  pollsLeft: number;
}

export interface Seen {
  readonly stage: Stage;
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A FHIR server with Bulk Data Access over real HTTP on this machine, which misbehaves when told to. */
export class BulkServer {
  readonly options: BulkServerOptions;
  readonly store: RecordStore;
  readonly desk: TokenDesk | undefined;
  readonly seen: Seen[] = [];
  readonly queries: ExportQuery[] = [];
  /** Lines of OperationOutcomes that the next exports will carry. */
  outcomes: object[] = [];
  /** Changes what an export holds before it is served. */
  alterFiles: (files: readonly ServedFile[]) => readonly ServedFile[] = (files) => files;
  /** Links of another generation have expired. */
  generation = 0;
  /** Called before every request: false breaks the connection off. */
  gate: (seen: Seen) => 'serve' | 'drop' | 'drop-after' = () => 'serve';
  readonly #jobs = new Map<string, Job>();
  readonly #misbehaviours = new Map<Stage, Misbehaviour[]>();
  #server: http.Server;
  #port = 0;
  #jobCount = 0;
  #downUntil: number | undefined;

  private constructor(options: BulkServerOptions) {
    this.options = options;
    this.store = new RecordStore(options.clock.now);
    this.desk = options.auth === undefined ? undefined : new TokenDesk(options.auth, options.clock.now);
    this.#server = this.#create();
    options.clock.onMove((now) => this.#comeBack(now));
  }

  static async start(options: BulkServerOptions): Promise<BulkServer> {
    const server = new BulkServer(options);
    await server.#listen();
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `${this.origin}/fhir`;
  }

  get jobs(): number {
    return this.#jobs.size;
  }

  /** The next requests of a stage are answered so, one after the other. */
  misbehave(stage: Stage, ...misbehaviours: readonly Misbehaviour[]): void {
    this.#misbehaviours.set(stage, [...(this.#misbehaviours.get(stage) ?? []), ...misbehaviours]);
  }

  /** No misbehaviour is left. */
  settleDown(): void {
    this.#misbehaviours.clear();
  }

  requests(stage: Stage): readonly Seen[] {
    return this.seen.filter((each) => each.stage === stage);
  }

  forgetJobs(): void {
    this.#jobs.clear();
  }

  /** Goes down now and comes back, on the same port, when its clock has moved so far. */
  async goDown(milliseconds: number): Promise<void> {
    this.#downUntil = this.options.clock.now() + milliseconds;
    await this.stop();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #comeBack(now: number): Promise<void> {
    if (this.#downUntil === undefined || now < this.#downUntil) return;
    this.#downUntil = undefined;
    this.#server = this.#create();
    await this.#listen();
  }

  #create(): http.Server {
    return http.createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  #listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stage = this.#stageOf(request);
    const seen: Seen = {
      stage: stage ?? 'metadata',
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
    };
    this.seen.push(seen);
    const gate = this.gate(seen);
    if (gate === 'drop') {
      request.socket.destroy();
      return;
    }
    const body = await readBody(request);
    const serve = (target: ServerResponse): Promise<unknown> => this.#serve(stage, request, target, body);
    if (gate === 'drop-after') {
      const swallowed = { writeHead: () => swallowed, end: () => swallowed, write: () => true };
      await serve(swallowed as unknown as ServerResponse);
      request.socket.destroy();
      return;
    }
    const misbehaviour = stage === undefined ? undefined : this.#misbehaviours.get(stage)?.shift();
    if (misbehaviour !== undefined && (await misbehaviour(request, response, serve))) return;
    await serve(response);
  }

  #stageOf(request: IncomingMessage): Stage | undefined {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    if (pathname === '/fhir/metadata') return 'metadata';
    if (pathname === '/fhir/.well-known/smart-configuration') return 'smart';
    if (pathname === '/token') return 'token';
    if (pathname.endsWith('/$export')) return 'kick-off';
    if (pathname.startsWith('/jobs/')) {
      if (request.method === 'DELETE') return 'delete';
      return searchParams.has('page') ? 'page' : 'status';
    }
    const file = /^\/files\/(\d+)\/(\d+)$/.exec(pathname);
    if (file === null) return undefined;
    return this.#jobs.get(file[1] ?? '')?.files[Number(file[2])]?.kind ?? 'output';
  }

  async #serve(
    stage: Stage | undefined,
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<ServerResponse> {
    const url = new URL(request.url ?? '/', this.origin);
    const isOpen = stage === 'metadata' || stage === 'smart' || stage === 'token';
    const isFile = stage === 'output' || stage === 'deleted' || stage === 'outcome';
    if (this.desk !== undefined && !isOpen) {
      const { authorization } = request.headers;
      if (isFile && this.options.requiresAccessToken === false) {
        if (authorization !== undefined) return refuse(response, 400, 'security');
      } else if (!this.desk.accepts(authorization)) return refuse(response, 401, 'login');
    }
    switch (stage) {
      case 'metadata':
        return sendJson(response, 200, this.#capabilityStatement());
      case 'smart':
        if (this.desk === undefined) return refuse(response, 404, 'not-found');
        return sendJson(response, 200, { token_endpoint: `${this.origin}/token` });
      case 'token': {
        if (this.desk === undefined) return refuse(response, 404, 'not-found');
        const answer = await this.desk.issue(new URLSearchParams(body), `${this.origin}/token`);
        return sendJson(response, answer.status, answer.body);
      }
      case 'kick-off':
        return this.#kickOff(request, response, url, body);
      case 'status':
      case 'page':
        return this.#status(response, url);
      case 'delete': {
        const isKnown = this.#jobs.delete(url.pathname.split('/')[2] ?? '');
        return isKnown ? response.writeHead(202).end() : refuse(response, 404, 'not-found');
      }
      case 'output':
      case 'deleted':
      case 'outcome':
        return this.#file(request, response, url);
      default:
        return refuse(response, 404, 'not-found');
    }
  }

  #capabilityStatement(): object {
    const guide = 'http://hl7.org/fhir/uv/bulkdata';
    const version = { stu2: undefined, stu3: '3.0.0', ballot4: '4.0.0-ballot' }[this.options.flavour];
    const definition = `${guide}/OperationDefinition/export${version === undefined ? '' : `|${version}`}`;
    return {
      resourceType: 'CapabilityStatement',
      software: { name: this.options.software ?? 'test' },
      ...(version === undefined
        ? {}
        : { instantiates: [`${guide}/CapabilityStatement/bulk-data|${version}`] }),
      rest: [{ mode: 'server', operation: [{ name: 'export', definition }] }],
    };
  }

  #kickOff(request: IncomingMessage, response: ServerResponse, url: URL, body: string): ServerResponse {
    const isPost = request.method === 'POST';
    if (!/respond-async/.test(String(request.headers.prefer))) return refuse(response, 400, 'required');
    if (this.options.flavour === 'ballot4' && !isPost) return refuse(response, 405, 'not-supported');
    const values = isPost ? readParameters(body) : readQuery(url);
    if (values === undefined) return refuse(response, 400, 'structure');
    const has = (name: string, character: string): boolean =>
      (values.get(name) ?? []).some((value) => value.includes(character));
    if (this.options.flavour === 'ballot4' && has('_type', ',')) return refuse(response, 400, 'value');
    const isRepeated = !isPost && url.searchParams.getAll('_type').length > 1;
    if (isRepeated) return refuse(response, 400, 'business-rule');
    const isSinceUnknown = this.options.hasSince === false && values.has('_since');
    if (isSinceUnknown) return refuse(response, 400, 'not-supported');
    const list = (name: string): readonly string[] =>
      (values.get(name) ?? []).flatMap((value) => (isPost ? [value] : value.split(',')));
    const instant = (name: string): number | undefined => {
      const [value] = values.get(name) ?? [];
      return value === undefined ? undefined : Date.parse(value);
    };
    const group = /^\/fhir\/Group\/([^/]+)\//.exec(url.pathname)?.[1];
    const query: ExportQuery = {
      types: list('_type'),
      since: instant('_since'),
      until: instant('_until'),
      patients: list('patient').map((reference) => reference.replace('Patient/', '')),
      elements: list('_elements'),
      typeFilters: list('_typeFilter').map((filter) => decodeURIComponent(filter)),
      group: group === undefined ? undefined : (this.store.groups.get(group) ?? []),
    };
    this.queries.push(query);
    const id = String(++this.#jobCount);
    this.#jobs.set(id, {
      query,
      transactionTime: new Date(this.options.clock.now()).toISOString(),
      files: this.alterFiles(this.#filesOf(query)),
      pollsLeft: this.options.polls ?? 1,
    });
    return response.writeHead(202, { 'content-location': `${this.origin}/jobs/${id}` }).end();
  }

  #filesOf(query: ExportQuery): readonly ServedFile[] {
    const size = this.options.linesPerFile ?? 2;
    const records = this.store.select(query);
    const files: ServedFile[] = [];
    for (const type of [...new Set(records.map((record) => record.resourceType))]) {
      const lines = records
        .filter((record) => record.resourceType === type)
        .map((record) => JSON.stringify(record));
      for (let start = 0; start < lines.length; start += size) {
        const some = lines.slice(start, start + size);
        files.push({ kind: 'output', type, lines: some, count: some.length });
      }
    }
    const deleted = this.options.hasDeleted === false ? [] : this.store.selectDeleted(query);
    if (deleted.length > 0) {
      const bundles = deleted.map((url) =>
        JSON.stringify({
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [{ request: { method: 'DELETE', url } }],
        }),
      );
      files.push({ kind: 'deleted', type: undefined, lines: bundles, count: bundles.length });
    }
    if (this.outcomes.length > 0) {
      const lines = this.outcomes.map((outcome) => JSON.stringify(outcome));
      files.push({ kind: 'outcome', type: undefined, lines, count: lines.length });
    }
    return files;
  }

  #status(response: ServerResponse, url: URL): ServerResponse {
    const id = url.pathname.split('/')[2] ?? '';
    const job = this.#jobs.get(id);
    if (job === undefined) return refuse(response, 404, 'not-found');
    if (job.pollsLeft > 0) {
      job.pollsLeft--;
      const headers = { 'x-progress': `${job.pollsLeft} to go`, 'retry-after': '5' };
      return response.writeHead(202, headers).end();
    }
    const page = Number(url.searchParams.get('page') ?? 0);
    const size = this.options.filesPerPage ?? Math.max(1, job.files.length);
    const start = page * size;
    const ofKind = (kind: ServedFile['kind']): readonly object[] =>
      job.files.flatMap((file, index) =>
        file.kind === kind && index >= start && index < start + size
          ? [
              {
                ...(file.type === undefined ? {} : { type: file.type }),
                url: `${this.origin}/files/${id}/${index}?generation=${this.generation}`,
                count: file.count,
              },
            ]
          : [],
      );
    const next = { relation: 'next', url: `${this.origin}/jobs/${id}?page=${page + 1}` };
    const outcome = { [this.options.flavour === 'ballot4' ? 'outcome' : 'error']: ofKind('outcome') };
    return sendJson(response, 200, {
      transactionTime: job.transactionTime,
      request: `${this.url}/$export`,
      requiresAccessToken: this.options.requiresAccessToken ?? this.desk !== undefined,
      output: ofKind('output'),
      deleted: ofKind('deleted'),
      ...outcome,
      ...(start + size < job.files.length ? { link: [next] } : {}),
    });
  }

  #file(request: IncomingMessage, response: ServerResponse, url: URL): ServerResponse {
    const [, , id = '', index = ''] = url.pathname.split('/');
    const file = this.#jobs.get(id)?.files[Number(index)];
    if (file === undefined) return refuse(response, 404, 'not-found');
    if (url.searchParams.get('generation') !== String(this.generation)) {
      return refuse(response, 403, 'expired');
    }
    const plain = Buffer.from(file.lines.map((line) => `${line}\n`).join(''));
    const isZipped = this.options.gzip === true && /gzip/.test(String(request.headers['accept-encoding']));
    const bytes = isZipped ? gzipSync(plain) : plain;
    const encoding = isZipped ? { 'content-encoding': 'gzip' } : {};
    return response
      .writeHead(200, {
        'content-type': 'application/fhir+ndjson',
        'content-length': bytes.length,
        ...encoding,
      })
      .end(bytes);
  }
}

function readParameters(body: string): ReadonlyMap<string, readonly string[]> | undefined {
  const parameters = JSON.parse(body) as {
    resourceType: string;
    parameter: Readonly<Record<string, unknown>>[];
  };
  if (parameters.resourceType !== 'Parameters') return undefined;
  const values = new Map<string, string[]>();
  for (const { name, ...rest } of parameters.parameter) {
    const [value] = Object.values(rest);
    const isReference = typeof value === 'object' && value !== null && 'reference' in value;
    const text = String(isReference ? value.reference : value);
    values.set(String(name), [...(values.get(String(name)) ?? []), text]);
  }
  return values;
}

function readQuery(url: URL): ReadonlyMap<string, readonly string[]> {
  return new Map([...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name)]));
}

export function sendJson(response: ServerResponse, status: number, body: object): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: string): ServerResponse {
  return sendJson(response, status, {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, diagnostics: 'secret-diagnostics' }],
  });
}
