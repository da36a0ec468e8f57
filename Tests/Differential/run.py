"""differential run: seeded random documents, schemas and operations through the engine and through graphql-core.

usage: run.py HAZINA [--count N] [--seed N] [--kinds parse,validate,schema,execute,introspect] [--keep FILE]

Each difference is printed with what reproduces it; the run ends with 1 if there was any.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor

from graphql import GraphQLError, get_introspection_query, parse_type, parse_value, type_from_ast, value_from_ast

from grammar import Grammar
from operations import Writer
from oracle import Oracle, is_stricter_by_text
from schemas import Model
from words import flip, mutate, render

BATCH = 250


def flat(parts):
    return [token for part in parts for token in part]


def parse_case(rng):
    tokens = Grammar(rng, rng.choice([0.0, 0.0, 0.05])).document()
    kind = rng.random()
    if kind < 0.4:
        tokens = mutate(rng, tokens)
    text = render(rng, tokens, 0.4)
    return {"action": "parse", "query": flip(rng, text) if kind > 0.75 else text}


def schema_case(rng):
    model = Model(rng, rng.choice([0.0, 0.03, 0.1]))
    tokens = flat(model.sdl())
    if rng.random() < 0.5:
        tokens = mutate(rng, tokens)
    return {"action": "validate", "schema": render(rng, tokens), "query": "{ __typename }"}


class Operations:
    """Operations on one schema after the other; a schema serves several."""

    def __init__(self, rng):
        self.rng = rng
        self.left = 0

    def writer(self, wrong, introspects=False):
        if self.left == 0:
            self.model = Model(self.rng)
            self.sdl = render(self.rng, flat(self.model.sdl()))
            self.left = 8
        self.left -= 1
        return Writer(self.model, self.rng, wrong, introspects)

    def validate(self):
        rng = self.rng
        tokens = self.writer(rng.choice([0.0, 0.02, 0.1]), introspects=True).document()
        if rng.random() < 0.3:
            tokens = mutate(rng, tokens)
        text = render(rng, tokens)
        return {"action": "validate", "schema": self.sdl,
                "query": flip(rng, text) if rng.random() < 0.1 else text}

    def execute(self):
        rng = self.rng
        writer = self.writer(rng.choice([0.0, 0.0, 0.01]))
        document = render(rng, writer.document())
        kind = "Query"
        for word, name in writer.model.roots.items():
            if word in document and word != "query":
                kind = name
        case = {"action": "execute", "schema": self.sdl, "query": document, "variables": writer.values(),
                "data": writer.data(kind)}
        if rng.random() < 0.2:
            case["operationName"] = rng.choice(["Op", "Other", None])
        return case

    def introspect(self):
        self.left = 0
        self.writer(0.0)
        query = get_introspection_query(
            specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True,
            input_object_one_of=True)
        return {"action": "execute", "schema": self.sdl, "query": query, "data": {}}


def cases(kind, rng, count):
    operations = Operations(rng)
    makers = {"parse": lambda: parse_case(rng), "schema": lambda: schema_case(rng), "validate": operations.validate,
              "execute": operations.execute, "introspect": operations.introspect}
    return [makers[kind]() for _ in range(count)]


# Comparison


def encodable(value):
    """Whether the line protocol can carry the text: JSON has no lone surrogates in UTF-8."""
    return value.encode("utf-8", "ignore").decode("utf-8") == value


def same(left, right):
    """Equal as JSON with the order of members, numbers by value."""
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left == right or math.isclose(left, right, rel_tol=1e-15)
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def type_text(kind):
    if kind["kind"] == "NON_NULL":
        return type_text(kind["ofType"]) + "!"
    return f"[{type_text(kind['ofType'])}]" if kind["kind"] == "LIST" else kind["name"]


def with_default_values(node, types):
    """The same with each default as the value it means: one value has many literals."""
    if isinstance(node, list):
        return [with_default_values(item, types) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: with_default_values(item, types) for key, item in node.items()}
    if node.get("defaultValue") is not None:
        kind = type_from_ast(types, parse_type(type_text(node["type"])))
        try:
            node["defaultValue"] = repr(value_from_ast(parse_value(node["defaultValue"]), kind))
        except GraphQLError as error:
            node["defaultValue"] = error.message
    return node


def comparable_introspection(data, types):
    """Types and directives of the schema's own by name, without what each library words itself."""
    schema = dict(data["__schema"])
    builtin = {"Int", "Float", "String", "Boolean", "ID", "skip", "include", "deprecated", "specifiedBy", "oneOf"}
    for key in ("types", "directives"):
        own = [with_default_values(item, types) for item in schema[key]
               if item["name"] not in builtin and not item["name"].startswith("__")]
        schema[key] = sorted(own, key=lambda item: item["name"])
    return schema


def paths(answer):
    return sorted(json.dumps([error.get("path"), error.get("locations")]) for error in answer.get("errors", []))


def difference(kind, engine, oracle, types):
    """What differs in two answers; None if nothing does."""
    if "skip" in oracle:
        return None
    mine, theirs = engine.get("errors", []), oracle.get("errors", [])
    if any(error["message"].startswith("Argument 'if' of non-null type") for error in theirs):
        # CollectFields() asks only whether the variable is true, which null is not.
        return None
    if kind in ("execute", "introspect") and "data" in engine:
        if not same(engine["data"], oracle.get("data")):
            if kind == "introspect" and engine["data"] and oracle.get("data"):
                one, other = (comparable_introspection(answer["data"], types) for answer in (engine, oracle))
                return None if one == other else "introspection"
            return "data"
        return None if paths(engine) == paths(oracle) else "error paths or locations"
    if any(is_stricter_by_text(error["message"]) for error in mine):
        return None
    if bool(mine) != bool(theirs):
        return "verdict"
    if oracle.get("data") is not None:
        return "data"
    # Where graphql-core finds a string that it does not expect, the edition of 2025 may allow a description.
    if kind == "parse" and mine and not oracle["is_changed"] and "String" not in theirs[0]["message"]:
        return "location" if mine[0].get("locations") != theirs[0].get("locations") else None
    return None


def ask_engine(hazina, batch):
    with tempfile.TemporaryFile() as lines:
        for case in batch:
            lines.write(json.dumps(case, ensure_ascii=False).encode("utf-8") + b"\n")
        lines.seek(0)
        done = subprocess.run([hazina, "graphql", "check"], stdin=lines, capture_output=True, check=False)
    answers = [json.loads(line) for line in done.stdout.decode("utf-8").split("\n") if line]
    if done.returncode != 0 or len(answers) != len(batch):
        raise SystemExit(f"the engine ended with {done.returncode} after {len(answers)} of {len(batch)} lines: "
                         f"{done.stderr.decode('utf-8', 'replace')[-2000:]}")
    return answers


def run_batch(job):
    hazina, kind, seed, count = job
    rng = random.Random(f"{kind}/{seed}")
    batch = [case for case in cases(kind, rng, count) if encodable(case["query"]) and encodable(case.get("schema", ""))]
    oracle = Oracle()
    found = []
    accepted = 0
    for case, answer in zip(batch, ask_engine(hazina, batch)):
        expected = oracle.answer(case)
        accepted += "errors" not in expected
        if any(error["message"].startswith("Cannot convert value to AST") for error in expected.get("errors", [])):
            continue
        what = difference(kind, answer, expected, oracle.schemas.get(case.get("schema")))
        if what:
            found.append({"what": what, "case": case, "engine": answer, "graphql-core": expected})
    return kind, len(batch), accepted, found


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("hazina")
    arguments.add_argument("--count", type=int, default=2000, help="cases of each kind")
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--kinds", default="parse,schema,validate,execute,introspect")
    arguments.add_argument("--keep", help="a file for all differences, one JSON object a line")
    given = arguments.parse_args()
    jobs = [(given.hazina, kind, f"{given.seed}/{start}", min(BATCH, given.count - start))
            for kind in given.kinds.split(",") for start in range(0, given.count, BATCH)]
    totals = {}
    kept = open(given.keep, "w", encoding="utf-8") if given.keep else None
    with ProcessPoolExecutor(max_workers=2) as pool:
        for kind, count, accepted, found in pool.map(run_batch, jobs):
            total = totals.setdefault(kind, [0, 0, 0])
            for index, number in enumerate((count, accepted, len(found))):
                total[index] += number
            for one in found:
                if kept:
                    kept.write(json.dumps(one) + "\n")
                elif total[2] <= 3:
                    print(json.dumps(one, indent=1), flush=True)
    for kind, (count, accepted, differing) in totals.items():
        print(f"{kind}: {count} cases, {accepted} without errors, {differing} differences")
    if any(total[2] for total in totals.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
