import { type Connection, sqlAlchemyUrl, sslMode, type Target } from './target.ts';

export function connectPython(target: Target): Connection {
  const { host, port, database, user } = target;
  return {
    files: {
      'chiasm_example.py': `"""Reads Chiasm by SQL. pip install "psycopg[binary]" (or python3-psycopg)"""

import os

import psycopg

connection = psycopg.connect(
    host='${host}', port=${port}, dbname='${database}', user='${user}',
    password=os.environ['PGPASSWORD'], sslmode='${sslMode(target)}',
)
with connection:  # one transaction: one snapshot
    rows = connection.execute(
        'select sex, count(*) from marts.patients group by sex order by sex'
    ).fetchall()
for sex, patients in rows:
    print(sex, patients)
`,
    },
    steps: [
      `PGPASSWORD=… python3 chiasm_example.py`,
      `pandas, SQLAlchemy: ${sqlAlchemyUrl(target)} with PGPASSWORD set.`,
      `Large results: ${target.httpUrl}/tables/<table>?format=arrow with a token (docs/data-over-http.md), or the Parquet below \`chiasm snapshots path\`.`,
    ],
    tried: 'The file is run by the tests.',
  };
}
