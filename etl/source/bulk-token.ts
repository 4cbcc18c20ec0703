import { createPrivateKey, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import type { BackendServices } from './bulk-config.ts';
import { exchange, originOf, readText } from './bulk-http.ts';
import { parseRetryAfter, type RetryPolicy, TransientFault, withRetry } from './bulk-retry.ts';

/** An assertion may live five minutes at most. */
const ASSERTION_SECONDS = 240;
const DEFAULT_TOKEN_SECONDS = 300;

/** Where Authorization headers come from. */
export interface TokenSource {
  /** `Bearer …`, renewed shortly before it ends; undefined where the server wants none. */
  readonly header: () => Promise<string | undefined>;
  /** The server refused this header: the next one will be new. */
  readonly refuse: (header: string) => void;
}

export const noToken: TokenSource = { header: async () => undefined, refuse: () => {} };

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().optional() });
const tokenRefusal = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) });

interface SigningKey {
  readonly key: KeyObject;
  readonly kid: string;
}

/**
 * SMART backend services (https://hl7.org/fhir/smart-app-launch/backend-services.html): a signed assertion for a
 * short-lived token. One request at a time, however many downloads ask.
 */
export function backendServicesToken(
  auth: BackendServices,
  tokenUrl: () => Promise<string>,
  policy: RetryPolicy,
  idleMs: number,
): TokenSource {
  let current: { readonly header: string; readonly until: number } | undefined;
  let pending: Promise<string> | undefined;
  let key: SigningKey | undefined;

  const renew = async (): Promise<string> => {
    key ??= await readSigningKey(auth);
    const signer = key;
    const url = await tokenUrl();
    const token = await withRetry(policy, () => requestToken(auth, signer, url, policy, idleMs));
    const seconds = token.expires_in ?? DEFAULT_TOKEN_SECONDS;
    const spare = Math.min(30, seconds / 4);
    current = {
      header: `Bearer ${token.access_token}`,
      until: policy.clock.now() + (seconds - spare) * 1000,
    };
    return current.header;
  };
  return {
    header: () => {
      if (current !== undefined && policy.clock.now() < current.until) return Promise.resolve(current.header);
      pending ??= renew().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    refuse: (header) => {
      if (current?.header === header) current = undefined;
    },
  };
}

async function requestToken(
  auth: BackendServices,
  signer: SigningKey,
  url: string,
  policy: RetryPolicy,
  idleMs: number,
): Promise<z.infer<typeof tokenAnswer>> {
  const now = Math.floor(policy.clock.now() / 1000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: auth.algorithm, typ: 'JWT', kid: signer.kid })
    .setIssuer(auth.clientId)
    .setSubject(auth.clientId)
    .setAudience(url)
    .setIssuedAt(now)
    .setExpirationTime(now + ASSERTION_SECONDS)
    .setJti(randomUUID())
    .sign(signer.key);
  const answer = await exchange({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: auth.scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }).toString(),
    signal: policy.signal,
    idleMs,
  });
  const text = await readText(answer);
  if (answer.status === 429 || answer.status >= 500) {
    throw new TransientFault(`${originOf(url)} gives no token (status ${answer.status})`, {
      retryAfterMs: parseRetryAfter(answer.headers['retry-after'], policy.clock.now()),
      isThrottled: answer.status === 429 || answer.status === 503,
    });
  }
  const json = parseJson(text);
  const token = tokenAnswer.safeParse(json);
  if (answer.status === 200 && token.success) return token.data;
  const refusal = tokenRefusal.safeParse(json);
  const why = refusal.success ? refusal.data.error : `status ${answer.status}`;
  throw new ChiasmError(
    'bulk-access-refused',
    `${originOf(url)} gives no token (${why}): check the client id, the key and the scope`,
    { params: { origin: originOf(url), status: answer.status } },
  );
}

async function readSigningKey(auth: BackendServices): Promise<SigningKey> {
  const invalid = (why: string): ChiasmError =>
    new ChiasmError('bulk-key-invalid', `the key file for client ${auth.clientId} ${why}`);
  const text = await readFile(auth.keyFile, 'utf8').catch(() => {
    throw invalid('cannot be read');
  });
  if (text.includes('-----BEGIN')) {
    if (auth.keyId === undefined) throw invalid('is PEM, so keyId must be configured');
    return { key: checkKey(auth, invalid, () => createPrivateKey(text)), kid: auth.keyId };
  }
  const json = parseJson(text);
  const parsed = z.union([jwks, jwk.transform((key) => ({ keys: [key] }))]).safeParse(json);
  if (!parsed.success) throw invalid('is neither PEM nor JWKS');
  const type = auth.algorithm === 'RS384' ? 'RSA' : 'EC';
  const keys = parsed.data.keys.filter(
    (key) => key.kty === type && key['d'] !== undefined && (auth.keyId ?? key.kid) === key.kid,
  );
  const [chosen] = keys;
  if (chosen === undefined) throw invalid(`holds no private key for ${auth.algorithm}`);
  if (keys.length > 1) throw invalid(`holds several keys for ${auth.algorithm}: configure keyId`);
  const kid = chosen.kid ?? auth.keyId;
  if (kid === undefined) throw invalid('has a key without kid: configure keyId');
  const key = checkKey(auth, invalid, () => createPrivateKey({ key: chosen as JsonWebKey, format: 'jwk' }));
  return { key, kid };
}

const jwk = z.looseObject({ kty: z.string(), kid: z.string().optional() });
const jwks = z.object({ keys: z.array(jwk) });

function checkKey(
  auth: BackendServices,
  invalid: (why: string) => ChiasmError,
  read: () => KeyObject,
): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw invalid('holds no usable private key (is it encrypted?)');
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const fits =
    auth.algorithm === 'RS384'
      ? key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
      : key.asymmetricKeyType === 'ec' && curve === 'secp384r1';
  if (!fits) throw invalid(`does not fit ${auth.algorithm}`);
  return key;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
