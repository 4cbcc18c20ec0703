import type { ServedSnapshots, SnapshotHold } from '../../cube/served-snapshots.ts';
import type { TransactionStatus } from '../wire/backend.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';

/**
 * One transaction reads one published snapshot: from the first statement that reads to COMMIT or ROLLBACK.
 * Without BEGIN what is sent up to a Sync, or in one simple query, is a transaction.
 */
export class Transaction {
  private readonly snapshots: ServedSnapshots;
  private pinned: SnapshotHold | undefined;
  status: TransactionStatus = 'I';

  /** `pinned` is a hold that somebody else releases: without it the transaction takes the newest snapshot. */
  constructor(snapshots: ServedSnapshots, pinned?: SnapshotHold) {
    this.snapshots = snapshots;
    this.pinned = pinned;
  }

  get isBlock(): boolean {
    return this.status !== 'I';
  }

  /** The snapshot of the transaction; its holder does not release it. */
  async snapshot(): Promise<SnapshotHold> {
    this.pinned ??= await this.snapshots.hold();
    return this.pinned;
  }

  /** A hold of its own on the snapshot of the transaction, for a result that may outlive it. */
  async hold(): Promise<SnapshotHold> {
    const { snapshot } = await this.snapshot();
    const hold = this.snapshots.holdNumber(snapshot.number);
    if (hold === undefined) throw new Error('the snapshot of a transaction is closed');
    return hold;
  }

  fail(): void {
    if (this.status === 'T') this.status = 'E';
  }

  /** Throws 25P02 in a transaction that has failed. */
  refuseFailed(): void {
    if (this.status === 'E') {
      throw new SqlError(
        SQLSTATE.failedTransaction,
        'current transaction is aborted, commands ignored until end of transaction block',
      );
    }
  }

  /** Lets the snapshot go. */
  end(): void {
    this.status = 'I';
    this.pinned?.release();
    this.pinned = undefined;
  }
}
