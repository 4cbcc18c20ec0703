/** What the catalog thread is started with. */
export interface CatalogSettings {
  /** The initialised cluster: made when it does not exist. */
  readonly clusterFile: string;
  readonly database: string;
}

/** What the catalog thread is asked: SQL to run as its owner, or messages of the PostgreSQL protocol. */
export type CatalogRequest =
  | { readonly kind: 'sql'; readonly id: number; readonly sql: string }
  | { readonly kind: 'protocol'; readonly id: number; readonly bytes: Uint8Array };

export type CatalogAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
