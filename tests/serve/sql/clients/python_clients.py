"""What psycopg 2 and 3, SQLAlchemy and (by pyodbc) psqlODBC do: one line per step, compared by the test."""

import datetime
import io
import sys
import threading
import uuid

import psycopg
import psycopg2
import pyodbc
import sqlalchemy

port, password = sys.argv[1], sys.argv[2]
DSN = f"host=127.0.0.1 port={port} user=ana password={password} dbname=chiasm"
# Minutes of work.
LONG = "select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000000) b where a.a * b.b % 7 = 3"


def say(what, value):
    print(f"{what}: {value}")


def cancelled(run, cancel):
    """Runs until cancelled; a request that comes before the query has begun is not for it."""
    over = threading.Event()

    def keep_cancelling():
        while not over.wait(0.05):
            cancel()

    thread = threading.Thread(target=keep_cancelling)
    thread.start()
    try:
        run()
        return "not cancelled"
    except Exception as error:
        return getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or error.args[0]
    finally:
        over.set()
        thread.join()


def with_psycopg2():
    connection = psycopg2.connect(DSN)
    cursor = connection.cursor()
    cursor.execute("select count(*) > 20 from information_schema.tables where table_schema = %s", ("marts",))
    say("psycopg2 tables", cursor.fetchone()[0])
    cursor.execute(
        "select column_name from information_schema.key_column_usage join information_schema.table_constraints"
        " using (constraint_schema, constraint_name) where constraint_type = 'PRIMARY KEY'"
        " and table_constraints.table_name = %s",
        ("imaging_series",),
    )
    say("psycopg2 key", [row[0] for row in cursor.fetchall()])
    cursor.execute("select count(*) from patients where sex = %s and coalesce(birth_year, 1950) > %s", ("female", 1900))
    say("psycopg2 parameters", cursor.fetchone()[0] > 0)
    connection.commit()
    named = connection.cursor("named")
    named.itersize = 100
    named.execute("select g from generate_series(1, 1000) g")
    say("psycopg2 named cursor", sum(row[0] for row in named))
    connection.commit()
    out = io.StringIO()
    connection.cursor().copy_expert("copy (select g, null, 'a,b' from generate_series(1, 2) g) to stdout with csv header", out)
    say("psycopg2 copy", repr(out.getvalue()))
    out = io.StringIO()
    tricky = "select 'tab' || chr(9) || 'nl' || chr(10) || 'back' || chr(92), null, '', 'q\"q', 'ü', 12.5"
    for options in ("", "with (format csv)", "with (format csv, delimiter ';', quote '''')", "with (delimiter '|', null '~')"):
        connection.cursor().copy_expert(f"copy ({tricky}) to stdout {options}", out)
    say("psycopg2 tricky copy", repr(out.getvalue()))
    say("psycopg2 cancel", cancelled(lambda: cursor.execute(LONG), connection.cancel))
    connection.close()


def with_psycopg():
    for binary in (False, True):
        with psycopg.connect(DSN) as connection:
            cursor = connection.cursor(binary=binary)
            cursor.execute(
                "select 1::int2, 2, 3::int8, 2.5::float8, 12.3456::numeric(8,4), 'x'::text, true, date '2024-02-29',"
                " timestamp '2024-02-29 01:02:03.5', timestamptz '2024-02-29 01:02:03+02', interval '3 days 04:05:06',"
                " array[1, 2, null], time '01:02:03', %s, %s, %s::date, count(*) > 0 from patients where sex = any(%s)",
                (uuid.UUID(int=1), 7, datetime.date(2020, 1, 1), ["male", "female"]),
            )
            say(f"psycopg {'binary' if binary else 'text'}", [str(value) for value in cursor.fetchone()])
            with connection.cursor("server") as server:
                server.execute("select g from generate_series(1, 100) g")
                say("psycopg server cursor", (len(server.fetchmany(30)), len(server.fetchall())))
            with connection.cursor().copy("copy (select g from generate_series(1, 2) g) to stdout (format binary)") as copy:
                copy.set_types(["int4"])
                say("psycopg binary copy", list(copy.rows()))
            say("psycopg stream", [row[0] for row in connection.cursor().stream("select g from generate_series(1, 3) g")])
            say("psycopg cancel", cancelled(lambda: connection.execute(LONG), connection.cancel))


def with_sqlalchemy():
    engine = sqlalchemy.create_engine(f"postgresql+psycopg2://ana:{password}@127.0.0.1:{port}/chiasm")
    inspector = sqlalchemy.inspect(engine)
    say("sqlalchemy schemas", inspector.get_schema_names())
    say("sqlalchemy key", inspector.get_pk_constraint("imaging_series", "marts")["constrained_columns"])
    keys = inspector.get_foreign_keys("imaging_series", "marts")
    say("sqlalchemy foreign keys", sorted(key["referred_table"] for key in keys))
    say("sqlalchemy comment", inspector.get_table_comment("patients", "marts")["text"].split(".")[0])
    tables = sqlalchemy.MetaData()
    tables.reflect(engine, schema="marts")
    patients, series = tables.tables["marts.patients"], tables.tables["marts.imaging_series"]
    query = sqlalchemy.select(sqlalchemy.func.count()).select_from(patients.join(series))
    with engine.connect() as connection:
        say("sqlalchemy join", connection.execute(query.where(series.c.slice_thickness_mm <= 100)).scalar() > 0)
        streaming = connection.execution_options(stream_results=True)
        numbers = streaming.execute(sqlalchemy.text("select g from generate_series(1, :most) g"), {"most": 1000})
        say("sqlalchemy stream", sum(number for (number,) in numbers))


def with_odbc():
    base = f"Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={port};Database=chiasm;Uid=ana;Pwd={password};SSLmode=require;"
    for options in ("", "UseDeclareFetch=1;Fetch=100;", "UseServerSidePrepare=0;"):
        connection = pyodbc.connect(base + options)
        cursor = connection.cursor()
        say("odbc tables", [row.table_name for row in cursor.tables(schema="marts", table="imaging_s%")])
        say("odbc columns", [row.type_name for row in cursor.columns(schema="marts", table="patients")][:3])
        say("odbc key", [row.column_name for row in cursor.primaryKeys("imaging_series", schema="marts")])
        foreign = cursor.foreignKeys(foreignTable="imaging_series", foreignSchema="marts")
        say("odbc foreign keys", sorted(row.pktable_name for row in foreign))
        cursor.execute(
            "select count(*) > 0, max(coalesce(birth_date, date '2000-01-01')) < ? from marts.patients where coalesce(birth_year, 1950) > ?",
            datetime.date(2030, 1, 1),
            1900,
        )
        say("odbc parameters", [str(value) for value in cursor.fetchone()])
        cursor.execute("select g from generate_series(1, 1000) g")
        say("odbc rows", len(cursor.fetchall()))
        for sql in ("select * from staging.condition", "select nix from patients", "create temporary table x(a int)"):
            try:
                cursor.execute(sql)
                say(sql, "allowed")
            except pyodbc.Error as error:
                say(sql, error.args[0])
        say("odbc cancel", cancelled(lambda: cursor.execute(LONG), cursor.cancel))
        connection.close()


with_psycopg2()
with_psycopg()
with_sqlalchemy()
with_odbc()
