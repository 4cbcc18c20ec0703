/**
 * The one error type of Chiasm. `code` is stable and documented in `docs/errors.md`; `params` hold names,
 * paths, lines and counts, never resource content.
 */
export class ChiasmError extends Error {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly params?: Readonly<Record<string, string | number>>; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ChiasmError';
    this.code = code;
    this.params = options.params ?? {};
  }
}

/** Every code with who can mend it: the user (`user`), a broken contract inside the data (`contract`). */
export const ERROR_CODES = {
  'config-not-found': 'user',
  'config-invalid': 'user',
  'codes-invalid': 'user',
  'source-not-found': 'user',
  'landing-damaged': 'user',
  'bulk-unreachable': 'user',
  'bulk-tls-failed': 'user',
  'bulk-key-invalid': 'user',
  'bulk-access-refused': 'user',
  'bulk-export-refused': 'user',
  'bulk-export-failed': 'user',
  'bulk-export-lost': 'user',
  'bulk-download-failed': 'user',
  'bulk-incomplete': 'user',
  'bulk-answer-invalid': 'user',
  'bulk-state-invalid': 'user',
  'bulk-cancelled': 'user',
  'run-cancelled': 'user',
  'key-file-invalid': 'user',
  'vault-mismatch': 'user',
  'writer-locked': 'user',
  'disk-full': 'user',
  'webhook-failed': 'user',
  'command-not-found': 'user',
  'file-exists': 'user',
  'sql-off': 'user',
  'snapshot-not-found': 'user',
  'row-not-found': 'user',
  'records-closed': 'user',
  'audit-failed': 'user',
  'release-invalid': 'user',
  'release-exists': 'user',
  'release-not-found': 'user',
  'warehouse-damaged': 'user',
  'view-invalid': 'user',
  'view-column-untagged': 'user',
  'view-failed': 'contract',
  'mart-invalid': 'user',
  'contract-broken': 'user',
  'mart-failed': 'contract',
  'check-failed': 'contract',
  'unaccounted-lines': 'contract',
  'publish-held': 'user',
  'port-in-use': 'user',
  'secret-invalid': 'user',
  'sql-users-invalid': 'user',
  'sql-tls-invalid': 'user',
  'demo-not-loopback': 'user',
  'not-built': 'user',
  'demo-folder-in-use': 'user',
} as const satisfies Record<string, 'user' | 'contract'>;

export type ErrorCode = keyof typeof ERROR_CODES;
