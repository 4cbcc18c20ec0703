/** Who asks: the claims of a verified token, or a user of the PostgreSQL endpoint. */
export interface SecurityContext {
  readonly subject: string;
  readonly group: string;
}
