import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { isSameOrigin } from './host-guard.ts';
import { answerError } from './http-error.ts';
import { type Caller, signToken, verifyToken } from './token.ts';

const COOKIE = 'chiasm_session';
const DEMO_SESSION_SECONDS = 12 * 60 * 60;

export interface SignInOptions {
  readonly secret: string;
  /** Signs everybody in: for synthetic data on the loopback address only. */
  readonly demo: boolean;
  readonly demoPatientKey?: string;
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
      answerError(response, 401, 'sign-in-required', 'send a token: Authorization: Bearer <token>');
      return;
    }
    const caller = verifyToken(token, secret);
    if (caller === undefined) {
      response.set('WWW-Authenticate', 'Bearer realm="chiasm", error="invalid_token"');
      answerError(response, 401, 'token-invalid', 'the token is not valid or has expired');
      return;
    }
    if (cookie !== undefined && !isSameOrigin(request)) {
      answerError(response, 403, 'origin-refused', 'a page elsewhere may not use this session');
      return;
    }
    callers.set(request, caller);
    next();
  };
}

const signInBody = z.strictObject({ token: z.string().optional() });

/** `GET /session`, `POST /signin` with `{ token }`, `POST /signout`: open to everybody. */
export function signInRoutes(options: SignInOptions): Router {
  const router = Router();
  router.get('/session', (request, response) => {
    const token = cookieToken(request);
    const caller = token === undefined ? undefined : verifyToken(token, options.secret);
    response.json({ ...sessionBody(options, caller), isDemo: options.demo });
  });
  router.post('/signin', (request, response) => {
    if (!isSameOrigin(request)) {
      answerError(response, 403, 'origin-refused', 'a page elsewhere may not sign in here');
      return;
    }
    const body = signInBody.safeParse(request.body ?? {});
    if (!body.success) {
      answerError(response, 400, 'request-invalid', 'send JSON: { "token": "…" }');
      return;
    }
    const token = body.data.token ?? (options.demo ? demoToken(options.secret) : undefined);
    const caller = token === undefined ? undefined : verifyToken(token, options.secret);
    if (token === undefined || caller === undefined) {
      answerError(response, 401, 'token-invalid', 'the token is not valid or has expired');
      return;
    }
    setCookie(request, response, token, caller.expires);
    response.json({ ...sessionBody(options, caller), isDemo: options.demo });
  });
  router.post('/signout', (request, response) => {
    setCookie(request, response, '', 0);
    response.status(204).end();
  });
  return router;
}

function sessionBody(options: SignInOptions, caller: Caller | undefined): object {
  if (caller === undefined) return { isSignedIn: false };
  return {
    isSignedIn: true,
    subject: caller.subject,
    group: caller.group,
    ...(options.demo && options.demoPatientKey !== undefined
      ? { demoPatientKey: options.demoPatientKey }
      : {}),
  };
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
