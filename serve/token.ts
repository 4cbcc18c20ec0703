import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { ChiasmError } from '../base/error.ts';

/** Who a token speaks for. */
export interface Caller {
  readonly subject: string;
  readonly group: string;
}

const claims = z.object({ sub: z.string().min(1), group: z.string().min(1), exp: z.number().optional() });

/** HS256 wants a key as long as its hash. */
const SHORTEST_SECRET = 32;

/**
 * A signed token (JWT, HS256) for the REST API. `expiresIn` is seconds, or text such as `12h`.
 * Throws `secret-invalid` for a secret shorter than 32 characters.
 */
export function signToken(options: {
  readonly subject: string;
  readonly group: string;
  readonly secret: string;
  readonly expiresIn: string | number;
}): string {
  checkSecret(options.secret);
  return jwt.sign({ group: options.group }, options.secret, {
    algorithm: 'HS256',
    subject: options.subject,
    expiresIn: options.expiresIn as NonNullable<jwt.SignOptions['expiresIn']>,
  });
}

export type ReadToken =
  /** `expires` in seconds since 1970. */
  | { readonly kind: 'valid'; readonly caller: Caller; readonly expires?: number }
  /** Ours, but too old. */
  | { readonly kind: 'expired'; readonly caller: Caller }
  | { readonly kind: 'foreign' };

/** Whether a token is ours, and whose. */
export function readToken(token: string, secret: string): ReadToken {
  try {
    // Of a text jsonwebtoken first tries whether it is a public key, which takes longer than all the rest.
    const key = createSecretKey(secret, 'utf8');
    const options = { algorithms: ['HS256' as const], ignoreExpiration: true };
    const { sub, group, exp } = claims.parse(jwt.verify(token, key, options));
    const caller = { subject: sub, group };
    if (exp === undefined) return { kind: 'valid', caller };
    return exp * 1000 > Date.now() ? { kind: 'valid', caller, expires: exp } : { kind: 'expired', caller };
  } catch {
    return { kind: 'foreign' };
  }
}

export function checkSecret(secret: string): void {
  if (secret.length < SHORTEST_SECRET) {
    throw new ChiasmError(
      'secret-invalid',
      `the secret that signs tokens must have at least ${SHORTEST_SECRET} characters`,
      { params: { characters: secret.length } },
    );
  }
}
