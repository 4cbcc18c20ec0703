"""Runs one ViewDefinition with pysof (Helios SQL-on-FHIR, Rust): peer.py VIEW.json INPUT.ndjson OUTPUT.csv.

Prints what it took as one line of JSON, with the same meaning as bench/task.ts. Exits with 3 when pysof is not there.
"""
import json
import resource
import sys
import time

try:
    import pysof
except ImportError:
    sys.exit(3)

view, source, target = sys.argv[1:4]
started = time.monotonic()
with open(view, encoding="utf-8") as file:
    pysof.process_ndjson_to_file(file.read(), source, target, "csv_with_header", chunk_size=5000)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "wall_s": time.monotonic() - started,
            "rss_mb": round(usage.ru_maxrss / 1024),
        }
    )
)
