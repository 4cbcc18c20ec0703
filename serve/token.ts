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

/** The caller of a token, and when it expires (seconds since 1970); undefined when it is not ours or too old. */
export function verifyToken(
  token: string,
  secret: string,
): (Caller & { readonly expires?: number }) | undefined {
  try {
    const { sub, group, exp } = claims.parse(jwt.verify(token, secret, { algorithms: ['HS256'] }));
    return { subject: sub, group, ...(exp === undefined ? {} : { expires: exp }) };
  } catch {
    return undefined;
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
