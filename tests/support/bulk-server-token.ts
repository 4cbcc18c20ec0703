import type { KeyObject } from 'node:crypto';
import { jwtVerify } from 'jose';

export interface TokenIssuer {
  readonly clientId: string;
  readonly algorithm: 'RS384' | 'ES384';
  readonly publicKey: KeyObject;
  readonly kid: string;
  readonly seconds: number;
}

/** The token endpoint of SMART backend services, as strict as the specification. */
export class TokenDesk {
  readonly #issuer: TokenIssuer;
  readonly #now: () => number;
  readonly #seen = new Set<string>();
  readonly #valid = new Map<string, number>();
  issued = 0;

  constructor(issuer: TokenIssuer, now: () => number) {
    this.#issuer = issuer;
    this.#now = now;
  }

  /** Answers a form of the token endpoint at `url`. */
  async issue(form: URLSearchParams, url: string): Promise<{ status: number; body: object }> {
    const refuse = (error: string): { status: number; body: object } => ({ status: 400, body: { error } });
    if (form.get('grant_type') !== 'client_credentials') return refuse('unsupported_grant_type');
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
      return refuse('invalid_request');
    }
    if (form.get('scope') === null) return refuse('invalid_scope');
    const { clientId, algorithm, publicKey, kid, seconds } = this.#issuer;
    try {
      const { payload, protectedHeader } = await jwtVerify(form.get('client_assertion') ?? '', publicKey, {
        algorithms: [algorithm],
        issuer: clientId,
        subject: clientId,
        audience: url,
        typ: 'JWT',
        requiredClaims: ['exp', 'jti'],
        currentDate: new Date(this.#now()),
      });
      const { jti = '', exp = 0 } = payload;
      if (protectedHeader.kid !== kid || this.#seen.has(jti)) return refuse('invalid_client');
      if (exp > this.#now() / 1000 + 300) return refuse('invalid_client');
      this.#seen.add(jti);
    } catch {
      return refuse('invalid_client');
    }
    const token = `token-${++this.issued}`;
    this.#valid.set(token, this.#now() + seconds * 1000);
    return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: seconds } };
  }

  accepts(authorization: string | undefined): boolean {
    const until = this.#valid.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
    return until !== undefined && this.#now() < until;
  }

  /** Every token so far is void. */
  revoke(): void {
    this.#valid.clear();
  }
}
