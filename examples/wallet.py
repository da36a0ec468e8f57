"""A small wallet on Hazina: Alice pays Bob ten dollars.

It does what a wallet's server does: it makes the accounts, lets Alice's device log in with a key,
lets her quote and pay, and answers the events that Hazina posts to it: it puts the money in when a
payment waits for it, and pays out what has arrived. Every answer of Hazina's is checked.

    HAZINA_URL            where Hazina is; http://127.0.0.1:4000 if unset
    HAZINA_OPERATOR_KEY   the operator's key, for a tenant of its own
"""

import hashlib
import hmac
import json
import os
import queue
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gql import Client, gql
from gql.transport.requests import RequestsHTTPTransport

URL = os.environ.get("HAZINA_URL", "http://127.0.0.1:4000") + "/graphql"
PATIENCE = 30  # seconds until an event must have come
AMOUNT = '{value: 1000, assetCode: "USD", assetScale: 2}'


class Hazina:
    """The API as somebody who has these credentials sees it."""

    def __init__(self, **headers: str):
        self.client = Client(transport=RequestsHTTPTransport(URL, headers=headers, timeout=20))

    def ask(self, mutation: str, **variables: str) -> dict:
        """The answer of a document's one mutation, which must succeed or have been done before."""
        [answer] = self.client.execute(gql(mutation), variable_values=variables).values()
        if answer["code"] != "200" and answer.get("error") != "TransferExists":
            raise SystemExit(f"{answer['code']} {answer['message']}: {mutation}")
        return answer


def is_genuine(header: str, body: bytes, secret: str) -> bool:
    """Whether Hazina has sent this body, in the last five minutes."""
    fields = [part.strip().split("=", 1) for part in header.split(",") if "=" in part]
    sent = next((value for name, value in fields if name == "t"), "")
    if not sent.isdigit() or abs(time.time() - int(sent)) > 300:
        return False
    right = hmac.new(secret.encode(), f"{sent}.".encode() + body, hashlib.sha256).hexdigest()
    return any(name == "v1" and hmac.compare_digest(value, right) for name, value in fields)


class Receiver(BaseHTTPRequestHandler):
    """Takes events. What they ask for is done later: Hazina does not wait long for an answer."""

    events: queue.Queue = queue.Queue()
    secret = ""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        genuine = is_genuine(self.headers.get("hazina-signature", ""), body, self.secret)
        if genuine:
            self.events.put(json.loads(body))
        self.send_response(200 if genuine else 401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def make_pointer(tenant: Hazina, name: str) -> dict:
    return tenant.ask(
        """mutation($url: String!, $name: String!) {
          createPaymentPointer(input: {
            url: $url, publicName: $name, asset: {code: "USD", scale: 2}
          }) { code message paymentPointer { id url } } }""",
        url=f"https://wallet.example/{name.lower()}-{uuid.uuid4()}", name=name,
    )["paymentPointer"]


def log_in(tenant: Hazina, pointer: dict) -> Hazina:
    """What Alice's device does with a key that the wallet made for it."""
    key = tenant.ask(
        """mutation($id: String!) {
          createApiKey(input: {paymentPointerId: $id}) { code message apiKey { key } } }""",
        id=pointer["id"])["apiKey"]["key"]
    session = Hazina().ask(
        """mutation($key: String!, $id: String!) {
          redeemApiKey(input: {key: $key, paymentPointerId: $id}) {
            code message session { key } } }""", key=key, id=pointer["id"])["session"]
    return Hazina(Authorization=f"Bearer {session['key']}")


def pay(tenant: Hazina, alice: Hazina, sender: dict, receiver: dict) -> None:
    """Bob expects ten dollars; Alice asks what that costs, and pays."""
    incoming = tenant.ask(
        """mutation($id: String!) { createIncomingPayment(input: {
          paymentPointerId: $id, incomingAmount: %s, description: "Lunch"
        }) { code message payment { id } } }""" % AMOUNT, id=receiver["id"])["payment"]
    quote = alice.ask(
        """mutation($id: String!, $receiver: String!) {
          createQuote(input: {paymentPointerId: $id, receiver: $receiver}) {
            code message quote { id sendAmount { value } } } }""",
        id=sender["id"], receiver=f"{receiver['url']}/incoming-payments/{incoming['id']}")["quote"]
    alice.ask(
        """mutation($id: String!, $quote: String!) {
          createOutgoingPayment(input: {paymentPointerId: $id, quoteId: $quote}) {
            code message payment { id state } } }""", id=sender["id"], quote=quote["id"])
    print(f"Alice pays {quote['sendAmount']['value']} cents")


def answer(tenant: Hazina, event: dict) -> None:
    """Does what an event asks for. It may come twice: the event's id makes one transfer, ever."""
    kind, data = event["type"], event["data"]
    print(f"event {kind}")
    if kind == "outgoing_payment.created":  # here a wallet debits Alice's account
        operation = "depositEventLiquidity"
    elif kind == "incoming_payment.completed":  # here it credits Bob's
        operation = "withdrawEventLiquidity"
    elif kind == "outgoing_payment.completed" and data["payment"]["balance"] != "0":
        operation = "withdrawEventLiquidity"  # what is left of Alice's money
    else:
        return
    tenant.ask(f"mutation($id: String!) {{ {operation}(eventId: $id) {{ code message error }} }}",
               id=event["id"])


def main() -> None:
    key = Hazina(**{"x-api-key": os.environ["HAZINA_OPERATOR_KEY"]}).ask(
        'mutation { createTenant(input: {name: "A wallet"}) { code message apiKey } }')
    tenant = Hazina(**{"x-api-key": key["apiKey"]})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Receiver.secret = tenant.ask(
        "mutation($url: String!) { setWebhook(input: {url: $url}) { code message secret } }",
        url=f"http://127.0.0.1:{server.server_port}/")["secret"]
    sender, receiver = make_pointer(tenant, "Alice"), make_pointer(tenant, "Bob")
    pay(tenant, log_in(tenant, sender), sender, receiver)
    waiting = {"outgoing_payment.completed", "incoming_payment.completed"}
    while waiting:
        event = Receiver.events.get(timeout=PATIENCE)
        answer(tenant, event)
        waiting.discard(event["type"])
    print("Bob has his money")


if __name__ == "__main__":
    main()
