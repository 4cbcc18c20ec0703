"""Runs one ViewDefinition with another SQL-on-FHIR runner: peer.py VIEW.json INPUT.ndjson FOLDER.

Takes whichever is installed: pysof (Helios, Rust, writes CSV) or fhir4ds (its own DuckDB extension, writes Parquet).
The last line on stdout says what it took, with the same meaning as bench/task.ts. Exits with 3 when there is none; with
`--is-there` as the only argument it runs nothing.
"""
import json
import os
import resource
import sys
import time


def run_pysof(view, source, folder):
    import pysof
    from pysof import _pysof  # noqa: F401 - the package imports without its compiled part

    def run():
        pysof.process_ndjson_to_file(view, source, os.path.join(folder, "peer.csv"), "csv_with_header", chunk_size=5000)

    return f"pysof {pysof.get_version()}", run


def run_fhir4ds(view, source, folder):
    import fhir4ds

    def run():
        connection = fhir4ds.create_connection()
        connection.execute("set preserve_insertion_order = false")
        file = source.replace("'", "''")
        connection.execute(
            "create view resources as select json ->> 'id' as id, json ->> 'resourceType' as \"resourceType\", "
            f"json as resource from read_json_objects('{file}', format = 'newline_delimited')"
        )
        definition = json.loads(view)
        del definition["resourceType"]
        sql = fhir4ds.generate_view_sql(definition)
        target = os.path.join(folder, "peer.parquet").replace("'", "''")
        connection.execute(f"copy ({sql}) to '{target}' (format parquet, compression zstd, row_group_size 30000)")

    return f"fhir4ds {fhir4ds.__version__}", run


def main():
    if sys.argv[1:] == ["--is-there"]:
        view, source, folder = "", "", ""
    else:
        path, source, folder = sys.argv[1:4]
        with open(path, encoding="utf-8") as file:
            view = file.read()
    for peer in (run_pysof, run_fhir4ds):
        try:
            name, run = peer(view, source, folder)
        except ImportError:
            continue
        if view == "":
            return 0
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
        run()
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        figures = {"cpu_s": cpu, "wall_s": time.monotonic() - started, "rss_mb": round(after.ru_maxrss / 1024)}
        print(json.dumps({"name": name, **figures}))
        return 0
    return 3


sys.exit(main())
