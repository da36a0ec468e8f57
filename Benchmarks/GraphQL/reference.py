"""Measures graphql-core on the documents of this folder; see scripts/bench-graphql.

    python reference.py SCHEMA

Prints one line for each step: its name, a tab, microseconds of processor time a call.
"""

import json
import math
import platform
import sys
import time
from pathlib import Path

import graphql

folder = Path(__file__).parent
dashboard = (folder / "dashboard.graphql").read_text()
introspection = (folder / "introspection.graphql").read_text()
schema = graphql.build_schema(Path(sys.argv[1]).read_text())


def measure(name, step):
    """Warms up for a second, then takes the best of three rounds of a fifth of a second."""
    calls = 0
    start = time.process_time()
    while time.process_time() - start < 1:
        step()
        calls += 1
    count = math.ceil(calls / 5)
    best = math.inf
    for _ in range(3):
        begun = time.process_time()
        for _ in range(count):
            step()
        best = min(best, (time.process_time() - begun) / count)
    print(f"{name}\t{best * 1e6}", flush=True)


def valid(text):
    errors = graphql.validate(schema, graphql.parse(text))
    if errors:
        raise errors[0]


def execute(*arguments, **named):
    result = graphql.execute_sync(*arguments, **named)
    if result.errors:
        raise result.errors[0]
    return json.dumps({"data": result.data}, ensure_ascii=False, separators=(",", ":"))


print(f"version\t{graphql.version} on Python {platform.python_version()}")
measure("parse", lambda: graphql.parse(dashboard))
measure("parse and validate", lambda: valid(dashboard))
parsed_introspection = graphql.parse(introspection)
measure("introspection", lambda: execute(schema, parsed_introspection))

page_schema = graphql.build_schema((folder / "page-schema.graphql").read_text())
page = graphql.parse((folder / "page.graphql").read_text())
customers = [
    {
        "id": str(i),
        "name": f"Customer number {i}",
        "email": None if i % 10 == 0 else f"customer{i}@example.com",
        "age": 20 + i % 60,
        "isActive": i % 2 == 0,
        "score": i * 1.5 + 0.25,
        "city": "Nairobi",
        "country": "Kenya",
        "createdAt": "2025-01-01T00:00:00Z",
        "balance": str(123456789 + i),
    }
    for i in range(100)
]
root = {"customers": lambda info, first: customers[:first]}


def fetch_page():
    return execute(page_schema, page, root, variable_values={"first": 100})


measure("page of 100 nodes", fetch_page)
print(f"page bytes\t{len(fetch_page().encode())}")
