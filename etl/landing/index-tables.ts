import { stat } from 'node:fs/promises';
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { syncPath } from '../../base/files.ts';
import { sqlString } from '../../base/sql-text.ts';
import { openDuckDB } from '../warehouse/duckdb.ts';
import { hashFile } from './landing-check.ts';
import type {
  IdentityFact,
  LandedRecord,
  LandingManifest,
  OriginFile,
  RecordPlace,
  Rejection,
  Subject,
} from './landing-format.ts';

const TABLES = {
  index: `run varchar, type varchar, id varchar, file varchar, line bigint, byte_offset bigint,
    byte_length bigint, ordinal bigint, last_updated varchar, order_time varchar, content_hash varchar,
    is_deleted boolean, is_subsetted boolean, is_own boolean, subject_kind varchar, subject_system varchar,
    subject_value varchar, origin_path varchar, origin_line bigint, origin_element varchar`,
  facts: 'run varchar, type varchar, id varchar, file varchar, kind varchar, system varchar, value varchar',
  rejected: `run varchar, origin_path varchar, origin_sha256 varchar, code varchar, line bigint,
    byte_offset bigint, byte_length bigint, element varchar, file varchar, file_offset bigint, type varchar,
    id varchar`,
  origins: `run varchar, path varchar, size bigint, mtime_ms double, sha256 varchar, status varchar,
    records bigint, rejected bigint`,
  aliases: 'run varchar, origin_path varchar, raw varchar, target varchar',
} as const;

type TableName = keyof typeof TABLES;

export interface LandedPlace {
  readonly file: string;
  /** Line in the landing file, from 1. */
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  readonly ordinal: number;
  readonly orderTime: string;
  readonly contentHash: string;
  readonly origin: RecordPlace;
}

/** The small tables that lie beside a run's lines: index, facts, rejected, origins, aliases. */
export class IndexTables {
  readonly #run: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #appenders: Readonly<Record<TableName, DuckDBAppender>>;

  private constructor(
    run: string,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    appenders: Readonly<Record<TableName, DuckDBAppender>>,
  ) {
    this.#run = run;
    this.#instance = instance;
    this.#connection = connection;
    this.#appenders = appenders;
  }

  static async create(run: string, temporaryDirectory: string): Promise<IndexTables> {
    const instance = await openDuckDB({ memoryLimit: '1GB', threads: 1, temporaryDirectory });
    const connection = await instance.connect();
    for (const [name, columns] of Object.entries(TABLES)) {
      await connection.run(`create table "${name}" (${columns})`);
    }
    return new IndexTables(run, instance, connection, {
      index: await connection.createAppender('index'),
      facts: await connection.createAppender('facts'),
      rejected: await connection.createAppender('rejected'),
      origins: await connection.createAppender('origins'),
      aliases: await connection.createAppender('aliases'),
    });
  }

  addRecord(record: LandedRecord, place: LandedPlace): void {
    this.#addIndexRow(record, place, false);
    for (const fact of record.facts) this.#addFact(record, place.file, fact);
  }

  /** A record that its source has deleted. */
  addTombstone(record: Pick<LandedRecord, 'type' | 'id' | 'isSubsetted'>, place: LandedPlace): void {
    const nobody = { lastUpdated: undefined, isOwn: false, subject: { kind: 'none' }, facts: [] } as const;
    this.#addIndexRow({ ...nobody, ...record }, place, true);
  }

  addRejection(
    rejection: Rejection,
    origin: { readonly path: string; readonly sha256: string },
    file: string,
    offset: number,
  ): void {
    const row = this.#appenders.rejected;
    row.appendVarchar(this.#run);
    row.appendVarchar(origin.path);
    row.appendVarchar(origin.sha256);
    row.appendVarchar(rejection.code);
    row.appendBigInt(BigInt(rejection.line));
    row.appendBigInt(BigInt(rejection.offset));
    row.appendBigInt(BigInt(rejection.length));
    appendText(row, rejection.element);
    row.appendVarchar(file);
    row.appendBigInt(BigInt(offset));
    appendText(row, rejection.key?.type);
    appendText(row, rejection.key?.id);
    row.endRow();
  }

  addOrigin(origin: OriginFile): void {
    const row = this.#appenders.origins;
    row.appendVarchar(this.#run);
    row.appendVarchar(origin.path);
    row.appendBigInt(BigInt(origin.size));
    row.appendDouble(origin.mtimeMs);
    row.appendVarchar(origin.sha256);
    row.appendVarchar(origin.status);
    row.appendBigInt(BigInt(origin.records));
    row.appendBigInt(BigInt(origin.rejected));
    row.endRow();
  }

  addAlias(name: string, target: string, originPath: string): void {
    const row = this.#appenders.aliases;
    row.appendVarchar(this.#run);
    row.appendVarchar(originPath);
    row.appendVarchar(name);
    row.appendVarchar(target);
    row.endRow();
  }

  /** A connection that sees the tables as they are now; the caller closes it. */
  openReader(): Promise<DuckDBConnection> {
    for (const appender of Object.values(this.#appenders)) appender.flushSync();
    return this.#instance.connect();
  }

  /** Writes `<directory>/<table>.parquet` for each table, durably, and closes the database. */
  async writeTo(directory: string): Promise<LandingManifest['tables']> {
    const written: Record<string, LandingManifest['tables'][string]> = {};
    for (const [name, appender] of Object.entries(this.#appenders)) {
      appender.closeSync();
      const file = `${name}.parquet`;
      const path = `${directory}/${file}`;
      await this.#connection.run(
        `copy (from "${name}") to ${sqlString(path)} (format parquet, compression zstd, row_group_size 100000)`,
      );
      await syncPath(path);
      written[file] = { size: (await stat(path)).size, sha256: await hashFile(path) };
    }
    this.close();
    return written;
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  #addIndexRow(record: LandedRecord, place: LandedPlace, isDeleted: boolean): void {
    const row = this.#appenders.index;
    row.appendVarchar(this.#run);
    row.appendVarchar(record.type);
    row.appendVarchar(record.id);
    row.appendVarchar(place.file);
    row.appendBigInt(BigInt(place.line));
    row.appendBigInt(BigInt(place.offset));
    row.appendBigInt(BigInt(place.length));
    row.appendBigInt(BigInt(place.ordinal));
    appendText(row, record.lastUpdated);
    row.appendVarchar(record.lastUpdated ?? place.orderTime);
    row.appendVarchar(place.contentHash);
    row.appendBoolean(isDeleted);
    row.appendBoolean(record.isSubsetted);
    row.appendBoolean(record.isOwn);
    row.appendVarchar(record.subject.kind);
    appendText(row, subjectSystem(record.subject));
    appendText(row, subjectValue(record.subject));
    row.appendVarchar(place.origin.path);
    row.appendBigInt(BigInt(place.origin.line));
    row.appendVarchar(place.origin.element);
    row.endRow();
  }

  #addFact(record: LandedRecord, file: string, fact: IdentityFact): void {
    const row = this.#appenders.facts;
    row.appendVarchar(this.#run);
    row.appendVarchar(record.type);
    row.appendVarchar(record.id);
    row.appendVarchar(file);
    row.appendVarchar(fact.kind);
    appendText(row, fact.system);
    row.appendVarchar(fact.value);
    row.endRow();
  }
}

function appendText(row: DuckDBAppender, text: string | undefined): void {
  if (text === undefined) row.appendNull();
  else row.appendVarchar(text);
}

function subjectSystem(subject: Subject): string | undefined {
  return subject.kind === 'identifier' ? subject.system : undefined;
}

function subjectValue(subject: Subject): string | undefined {
  switch (subject.kind) {
    case 'reference':
      return subject.reference;
    case 'identifier':
      return subject.value;
    case 'study':
      return subject.uid;
    default:
      return undefined;
  }
}
