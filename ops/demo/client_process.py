"""One client of a crowd: a process that takes orders on standard input, a line of JSON each, and
answers in kind.

An order is `{"api_url", "api_key", "start_at", "calls": [{"method", "path", "body", "key"}, ..]}`;
the calls are made one after the other, from the moment `start_at` (epoch seconds) on. The answer is
a list of what came back, or `{"error"}`.
"""

import json
import sys
import time
from typing import Any

from ops.demo.http_client import HttpClient, NoAnswerError


def main() -> None:
    """Take orders until standard input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()


def carry_out(order: dict[str, Any]) -> Any:
    """Make the calls of one order."""
    try:
        client = HttpClient(order["api_url"], order["api_key"])
        time.sleep(max(0.0, order["start_at"] - time.time()))
        return [_call(client, call) for call in order["calls"]]
    except NoAnswerError as error:
        return {"error": str(error)}


def _call(client: HttpClient, call: dict[str, Any]) -> dict[str, Any]:
    reply = client.call(call["method"], call["path"], body=call["body"], key=call["key"])
    return {
        "status": reply.status,
        "headers": dict(reply.headers),
        "body": reply.body.decode(errors="replace"),
        "retried": dict(reply.retried),
    }


if __name__ == "__main__":
    main()
