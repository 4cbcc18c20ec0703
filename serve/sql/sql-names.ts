/** The one database that clients name. */
export const DATABASE = 'chiasm';

/** The version of PostgreSQL whose language, types and catalog are spoken: that of PGlite. */
export const SERVER_VERSION = '18.6 (Chiasm)';
