"""What schemathesis has to know of this API: its scalar, and what a fault is.

Its own check takes every entry of `errors` for one; here a query for something unknown answers null with
an error whose code says so.
"""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

schemathesis.graphql.scalar(
    "UInt64",
    st.one_of(st.integers(min_value=0, max_value=2**31 - 1).map(nodes.Int),
              st.integers(min_value=0, max_value=2**64 - 1).map(lambda n: nodes.String(str(n)))))


@schemathesis.check
def no_fault(ctx, response, case):
    """No status and no mutation's code of 5xx, no error without a code, none that is the server's."""
    assert response.status_code < 500, response.status_code
    try:
        answer = response.json()
    except ValueError:
        return
    for error in answer.get("errors") or []:
        code = (error.get("extensions") or {}).get("code")
        assert code, error
        assert code not in ("INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"), error
    for field in (answer.get("data") or {}).values():
        if isinstance(field, dict):
            code = field.get("code")
            assert not (isinstance(code, str) and code.startswith("5")), field
