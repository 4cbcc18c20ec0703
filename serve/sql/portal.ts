import type { Field } from '../wire/backend.ts';
import type { Format } from '../wire/frontend.ts';
import type { ParsedStatement } from './parse-statements.ts';
import type { Query } from './query.ts';
import type { RowStream } from './row-stream.ts';

/** A statement that was prepared: nothing at all, a query, or one that steers the session. */
export type Prepared =
  | { readonly kind: 'empty' }
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'control'; readonly statement: ParsedStatement };

/** A query on its way to a client, by Bind or by DECLARE CURSOR. */
export interface Portal {
  readonly fields: readonly Field[];
  readonly formatOf: (index: number) => Format;
  /** Starts the query when it is first asked for rows. */
  readonly open: () => Promise<RowStream>;
  /** Whether it outlives its transaction. */
  readonly isHeld: boolean;
  stream: RowStream | undefined;
}

/** The portals and cursors of a session, by name; the empty name is that of the protocol. */
export class Portals {
  private readonly byName = new Map<string, Portal>();

  get(name: string): Portal | undefined {
    return this.byName.get(name);
  }

  set(name: string, portal: Portal): void {
    this.close(name);
    this.byName.set(name, portal);
  }

  close(name: string): boolean {
    const portal = this.byName.get(name);
    portal?.stream?.close();
    return this.byName.delete(name);
  }

  /** At the end of a transaction: all but those that are held. */
  endTransaction(): void {
    for (const [name, portal] of this.byName) if (!portal.isHeld) this.close(name);
  }

  closeAll(): void {
    for (const name of [...this.byName.keys()]) this.close(name);
  }
}

/** The rows of a portal, started if it has not been. */
export async function streamOfPortal(portal: Portal): Promise<RowStream> {
  portal.stream ??= await portal.open();
  return portal.stream;
}
