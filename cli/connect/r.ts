import { type Connection, sslMode, type Target } from './target.ts';

export function connectR(target: Target): Connection {
  const { host, port, database, user } = target;
  return {
    files: {
      'chiasm_example.R': `# install.packages(c("DBI", "RPostgres"))
connection <- DBI::dbConnect(
  RPostgres::Postgres(), host = "${host}", port = ${port}, dbname = "${database}", user = "${user}",
  password = Sys.getenv("PGPASSWORD"), sslmode = "${sslMode(target)}"
)
DBI::dbGetQuery(connection, "select sex, count(*) as patients from marts.patients group by sex order by sex")
DBI::dbDisconnect(connection)
`,
    },
    steps: [
      'PGPASSWORD=… Rscript chiasm_example.R',
      `Large results: ${target.httpUrl}/tables/<table>?format=arrow with a token (docs/data-over-http.md).`,
    ],
    tried: 'RPostgres is libpq, as psql is, which the tests run; R itself was not at hand.',
  };
}
