import { createHmac } from 'node:crypto';

/** SHA-256's block, to which HMAC pads its key (RFC 2104). */
const BLOCK_BYTES = 64;

/**
 * SQL that makes the pseudonym functions of a project key available on a connection:
 *
 * - `pseudonym_hex(domain, text)`: 32 hex digits of HMAC-SHA256 over `domain|text`, with the version and variant
 *   bits of UUID version 8 (RFC 9562 §5.8) set
 * - `pseudonym_uid(hex)`: the same number as a DICOM UID below 2.25 (PS3.5 §B.2)
 * - `shift_days(text)`: a multiple of 7 from -364 to 364, never 0
 *
 * (DuckDB prints a HUGEINT eight times faster than a UHUGEINT, hence the last digit apart.)
 *
 * The key itself stands in two variables and in no SQL text that an error could print.
 */
export const PSEUDONYM_SQL = `
create or replace temp macro hmac_hex(message) as
  sha256(getvariable('hmac_outer')::blob || unhex(sha256(getvariable('hmac_inner')::blob || encode(message))));
create or replace temp macro uuid_hex(h) as
  substr(h, 1, 12) || '8' || substr(h, 14, 3)
  || substr('89ab', (('0x' || substr(h, 17, 1))::integer % 4) + 1, 1) || substr(h, 18, 15);
create or replace temp macro pseudonym_hex(domain, message) as uuid_hex(hmac_hex(domain || '|' || message));
create or replace temp macro hex_number(h) as
  ('0x' || substr(h, 1, 16))::ubigint::uhugeint * 18446744073709551616::uhugeint
    + ('0x' || substr(h, 17, 16))::ubigint::uhugeint;
create or replace temp macro pseudonym_uid(h) as
  '2.25.' || (hex_number(h) // 10)::hugeint::varchar || (hex_number(h) % 10)::utinyint::varchar;
create or replace temp macro weeks(n) as if(n < 52, n - 52, n - 51);
create or replace temp macro shift_days(message) as
  (7 * weeks((('0x' || substr(hmac_hex('shift|' || message), 1, 8))::ubigint % 104)::integer))::integer;`;

/** The two padded keys of HMAC, as SQL that sets the variables which the functions read. */
export function keyVariablesSql(key: Uint8Array): string {
  const pad = (byte: number): string =>
    Buffer.from(
      Array.from({ length: BLOCK_BYTES }, (_, index) => (shortKey(key)[index] ?? 0) ^ byte),
    ).toString('hex');
  return `set variable hmac_inner = unhex('${pad(0x36)}'); set variable hmac_outer = unhex('${pad(0x5c)}');`;
}

/** A fingerprint of the key that tells nothing about it. */
export function keyEpoch(key: Uint8Array): string {
  return createHmac('sha256', key).update('epoch|').digest('hex').slice(0, 16);
}

function shortKey(key: Uint8Array): Uint8Array {
  if (key.length > BLOCK_BYTES) throw new Error('a project key has at most 64 bytes');
  return key;
}

/** What `pseudonym_hex(domain, text)::uuid` gives, outside of SQL. */
export function pseudonymUuid(key: Uint8Array, domain: string, text: string): string {
  const hex = createHmac('sha256', key).update(`${domain}|${text}`).digest('hex');
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4];
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`;
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}
