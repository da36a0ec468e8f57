"""Sends bytes that are nearly requests to the server in HAZINA_URL, from a seed."""

import argparse
import json
import os
import random
import socket
import sys
import time
import urllib.parse
import urllib.request

URL = urllib.parse.urlsplit(os.environ["HAZINA_URL"])
KEY = os.environ["HAZINA_OPERATOR_KEY"]
FINE = {501, 505}

BODIES = [
    {"query": "{ whoami { role } }"},
    {"query": "{ assets(first: 2) { edges { node { id code } } } }"},
    {"query": "mutation($i: CreateAssetInput!) { createAsset(input: $i) { code } }",
     "variables": {"i": {"code": "USD", "scale": 2}}},
    {"query": "subscription { events { id } }"},
    {"query": "{ __schema { types { name } } }"},
    [{"query": "{ whoami { role } }"}],
    {"documentId": "sha256:00"},
    {"query": "query A { whoami { role } } query B { whoami { role } }", "operationName": "B"},
]
TOKENS = [
    b"\r\n", b"\r\n\r\n", b"\0", b":", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Host: b\r\n", b"Expect: 100-continue\r\n", b"Content-Encoding: gzip\r\n", b"0\r\n\r\n",
    b"ffffffff\r\n", b"{", b'"', b"\\ud800", b"\xc0\x80", b"\xed\xa0\x80", "\U0001f4a3".encode(),
    b"HTTP/1.0", b"OPTIONS ", b"%00", b"../", b"Connection: close\r\n", b"Upgrade: h2c\r\n",
    b"Accept: text/event-stream\r\n", b"Accept-Encoding: gzip\r\n", b"x-tenant-id: a\r\n",
    b"Idempotency-Key: k\r\n", b"X-Request-Id: \x7f\r\n", b"Origin: https://a.example\r\n",
    b"9" * 40, b"[" * 200, b"{" * 200, b"\xef\xbb\xbf",
]


def request(rng):
    body = json.dumps(rng.choice(BODIES)).encode()
    path = rng.choice(["/graphql"] * 5 + ["/healthz", "/readyz", "/keys/x", "/", "*", "/metrics",
                                          "/graphql?query={whoami{role}}"])
    method = rng.choice(["POST"] * 6 + ["GET", "HEAD", "OPTIONS", "PUT", "TRACE", "CONNECT"])
    key = f"x-api-key: {KEY}\r\n" if rng.random() < 0.7 else ""
    data = bytearray(
        f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{key}"
        f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    for _ in range(rng.randrange(6)):
        place = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            data.insert(place, rng.randrange(256))
        elif kind == 1:
            del data[place:place + rng.randrange(1, 9)]
        elif kind == 2 and place < len(data):
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 3:
            data[place:place] = rng.choice(TOKENS)
        elif kind == 4:
            data[place:place] = data[:rng.randrange(len(data) + 1)]
        else:
            del data[max(place, 1):]
    return bytes(data)


def answer(data):
    """The head of the first answer, or None where the connection ends without one."""
    with socket.create_connection((URL.hostname, URL.port), timeout=15) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65536)
                if not part:
                    return None
                head += part
            return head.split(b"\r\n\r\n")[0].decode("latin-1")
        except ConnectionError:
            return None


def problem(head):
    status = int(head.split(" ")[1])
    if status >= 500 and status not in FINE:
        return f"a fault: {status}"
    if status != 100 and "x-content-type-options: nosniff" not in head.lower():
        return "no security headers"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    end = time.monotonic() + options.seconds
    count = answered = 0
    statuses = {}
    while time.monotonic() < end:
        data = request(rng)
        count += 1
        try:
            head = answer(data)
        except TimeoutError:
            sys.exit(f"seed {options.seed}, request {count}: no answer in time to {data!r}")
        if head is None:
            continue
        answered += 1
        status = head.split(" ")[1]
        statuses[status] = statuses.get(status, 0) + 1
        wrong = problem(head)
        if wrong:
            sys.exit(f"seed {options.seed}, request {count}: {wrong}\n{data!r}\n{head}")
    with urllib.request.urlopen(os.environ["HAZINA_URL"] + "/readyz", timeout=10) as ready:
        assert ready.status == 200
    print(f"seed {options.seed}: {count} requests, {answered} answered {dict(sorted(statuses.items()))},"
          " no fault")


main()
