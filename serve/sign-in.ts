import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { isSameOrigin } from './host-guard.ts';
import { answerError } from './http-error.ts';
import { mayOpenRecords, type RecordAccess } from './opening/record-access.ts';
import { refuse } from './refusal.ts';
import { type Caller, type ReadToken, readToken, signToken } from './token.ts';

const COOKIE = 'chiasm_session';
const DEMO_SESSION_SECONDS = 12 * 60 * 60;

export interface SignInOptions {
  readonly secret: string;
  /** Signs everybody in: for synthetic data on the loopback address only. */
  readonly demo: boolean;
  readonly demoPatientKey?: string;
  /** Who may open rows to records. */
  readonly records?: RecordAccess;
  /** Keeps the current snapshot open for a while; undefined when nothing is published. */
  readonly pinSnapshot: () => Promise<number | undefined>;
}

const callers = new WeakMap<Request, Caller>();

/** The verified caller of a request that passed `requireCaller`. */
export function callerOf(request: Request): Caller | undefined {
  return callers.get(request);
}

/** Lets through only requests with a valid token, in the `Authorization` header or in the session cookie. */
export function requireCaller(secret: string): RequestHandler {
  return (request, response, next) => {
    const header = headerToken(request);
    const cookie = header === undefined ? cookieToken(request) : undefined;
    const token = header ?? cookie;
    if (token === undefined) {
      response.set('WWW-Authenticate', 'Bearer realm="chiasm"');
      const error = 'send a token: Authorization: Bearer <token>';
      refuse(response, { status: 401, code: 'sign-in-required', error });
      return;
    }
    const read = readToken(token, secret);
    if (read.kind !== 'valid') {
      response.set('WWW-Authenticate', 'Bearer realm="chiasm", error="invalid_token"');
      refuseToken(response, read);
      return;
    }
    if (cookie !== undefined && !isSameOrigin(request)) {
      const error = 'a page elsewhere may not use this session';
      refuse(response, { status: 403, code: 'origin-refused', error, subject: read.caller.subject });
      return;
    }
    callers.set(request, read.caller);
    next();
  };
}

const signInBody = z.strictObject({ token: z.string().optional() });

/** `GET /session`, `POST /signin` with `{ token }`, `POST /signout`: open to everybody. */
export function signInRoutes(options: SignInOptions): Router {
  const router = Router();
  router.get('/session', (request, response, next) => {
    const token = headerToken(request) ?? cookieToken(request);
    const read = token === undefined ? undefined : readToken(token, options.secret);
    answerSession(response, options, read?.kind === 'valid' ? read.caller : undefined).catch(next);
  });
  router.post('/signin', (request, response, next) => {
    if (!isSameOrigin(request)) {
      refuse(response, {
        status: 403,
        code: 'origin-refused',
        error: 'a page elsewhere may not sign in here',
      });
      return;
    }
    const body = signInBody.safeParse(request.body ?? {});
    if (!body.success) {
      answerError(response, 400, 'request-invalid', 'send JSON: { "token": "…" }');
      return;
    }
    const token = body.data.token ?? (options.demo ? demoToken(options.secret) : '');
    const read = readToken(token, options.secret);
    if (read.kind !== 'valid') {
      refuseToken(response, read);
      return;
    }
    setCookie(request, response, token, read.expires);
    answerSession(response, options, read.caller).catch(next);
  });
  router.post('/signout', (request, response) => {
    setCookie(request, response, '', 0);
    response.status(204).end();
  });
  return router;
}

function refuseToken(response: Response, read: Exclude<ReadToken, { kind: 'valid' }>): void {
  const subject = read.kind === 'expired' ? read.caller.subject : undefined;
  const error = 'the token is not valid or has expired';
  refuse(response, { status: 401, code: 'token-invalid', error, subject });
}

/** Who is signed in, and the snapshot that is kept for what they ask next. */
async function answerSession(
  response: Response,
  { demo, demoPatientKey, records, pinSnapshot }: SignInOptions,
  caller: Caller | undefined,
): Promise<void> {
  if (caller === undefined) {
    response.json({ isSignedIn: false, isDemo: demo });
    return;
  }
  const snapshot = await pinSnapshot();
  response.json({
    isSignedIn: true,
    subject: caller.subject,
    group: caller.group,
    mayOpenRecords: mayOpenRecords(records, caller.group),
    ...(demo && demoPatientKey !== undefined ? { demoPatientKey } : {}),
    ...(snapshot === undefined ? {} : { snapshot }),
    isDemo: demo,
  });
}

function demoToken(secret: string): string {
  return signToken({ subject: 'demo', group: 'analysts', secret, expiresIn: DEMO_SESSION_SECONDS });
}

/** Cube's own clients send the token bare, others as `Bearer <token>`. */
function headerToken(request: Request): string | undefined {
  const header = request.headers['x-cube-authorization'] ?? request.headers.authorization;
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  return header.trim().replace(/^Bearer\s+/i, '');
}

function cookieToken(request: Request): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && value !== '') return value;
  }
  return undefined;
}

function setCookie(request: Request, response: Response, token: string, expires: number | undefined): void {
  response.cookie(COOKIE, token, {
    httpOnly: true,
    sameSite: 'strict',
    secure: request.secure,
    path: '/',
    encode: String,
    ...(expires === undefined ? {} : { expires: new Date(expires * 1000) }),
  });
}
