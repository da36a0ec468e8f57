"""A tenant that asks for little: quiet.py PORT KEY ASSET RATE SECONDS

Sends deposits to an asset and reads of it, in turn, on one connection, so many a second however long
they take, and prints how many there were, how many of them failed, and the median, the slowest hundredth
and the slowest in milliseconds. Times count from the moment at which a request was due.
"""

import http.client
import json
import sys
import time
import uuid

READING = "query($id: String!) { asset(id: $id) { code scale liquidity } }"
DEPOSIT = """mutation($input: AddAssetLiquidityInput!) {
    addAssetLiquidity(input: $input) { code } }"""


def ask(connection, key, number, asset):
    """Whether a request was answered as it should be."""
    if number % 2:
        query, variables = READING, {"id": asset}
    else:
        query = DEPOSIT
        variables = {"input": {"assetId": asset, "amount": "1", "id": str(uuid.uuid4())}}
    body = json.dumps({"query": query, "variables": variables})
    headers = {"content-type": "application/json", "x-api-key": key}
    connection.request("POST", "/graphql", body, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200 or "errors" in answer:
        return False
    return number % 2 == 1 or answer["data"]["addAssetLiquidity"]["code"] == "200"


def main():
    port, key, asset, rate, seconds = sys.argv[1:]
    rate = int(rate)
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
    times = []
    failed = 0
    start = time.monotonic()
    for number in range(rate * int(seconds)):
        due = start + number / rate
        time.sleep(max(0, due - time.monotonic()))
        if not ask(connection, key, number, asset):
            failed += 1
        times.append((time.monotonic() - due) * 1000)
    times.sort()
    slow = times[min(len(times) - 1, len(times) * 99 // 100)]
    print(len(times), failed, f"{times[len(times) // 2]:.1f} {slow:.1f} {times[-1]:.1f}")


main()
