/** SQLSTATE codes (PostgreSQL, appendix A) that the endpoint raises itself. */
export const SQLSTATE = {
  connectionException: '08006',
  protocolViolation: '08P01',
  featureNotSupported: '0A000',
  invalidText: '22P02',
  invalidDatetime: '22007',
  numericOutOfRange: '22003',
  invalidParameter: '22023',
  dataException: '22000',
  activeTransaction: '25001',
  readOnlyTransaction: '25006',
  noActiveTransaction: '25P01',
  failedTransaction: '25P02',
  idleInTransaction: '25P03',
  invalidStatementName: '26000',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  invalidCursorName: '34000',
  invalidDatabase: '3D000',
  serializationFailure: '40001',
  syntaxError: '42601',
  insufficientPrivilege: '42501',
  undefinedTable: '42P01',
  undefinedColumn: '42703',
  undefinedFunction: '42883',
  undefinedObject: '42704',
  duplicateCursor: '42P03',
  duplicateStatement: '42P05',
  tooManyConnections: '53300',
  outOfMemory: '53200',
  programLimit: '54000',
  objectNotInState: '55000',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  cannotConnectNow: '57P03',
  internal: 'XX000',
} as const;

export interface ErrorFields {
  /** Where in the text of the client, in characters from 1. */
  readonly position?: number;
  /** What to write or do instead. */
  readonly hint?: string;
  readonly detail?: string;
}

/**
 * What a client is told in an ErrorResponse. The message never holds row values; it may repeat what the client
 * itself wrote. Session-ending errors are FATAL.
 */
export class SqlError extends Error {
  readonly sqlState: string;
  readonly severity: 'ERROR' | 'FATAL';
  readonly fields: ErrorFields;

  constructor(
    sqlState: string,
    message: string,
    fields: ErrorFields = {},
    severity: 'ERROR' | 'FATAL' = 'ERROR',
  ) {
    super(message);
    this.name = 'SqlError';
    this.sqlState = sqlState;
    this.severity = severity;
    this.fields = fields;
  }
}

/** An error after which the connection is closed. */
export function fatal(sqlState: string, message: string, fields: ErrorFields = {}): SqlError {
  return new SqlError(sqlState, message, fields, 'FATAL');
}

/** The same error for a statement that begins `offset` characters into what the client sent. */
export function movedBy(error: SqlError, offset: number): SqlError {
  const { position } = error.fields;
  if (position === undefined || offset === 0) return error;
  return new SqlError(
    error.sqlState,
    error.message,
    { ...error.fields, position: position + offset },
    error.severity,
  );
}
