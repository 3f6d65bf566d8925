"""What does a process do that starts as Lambda's would, and answers one event? Run by its path: it
imports nothing of this project but the function, which stands in PYTHONPATH.

    python -S -P cold_call.py <module of the function>     with the event in its input
"""

import importlib
import json
import sys
from typing import Any

CREATED = 201


class Context:
    """As much of Lambda's context as functions look at."""

    function_name = "payments"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:payments"
    aws_request_id = "benchmark"

    def get_remaining_time_in_millis(self) -> int:
        """The call begins with all of its time."""
        return 25_000


def answer_event() -> None:
    """Import the function, have it answer, and see that it did."""
    event: dict[str, Any] = json.load(sys.stdin)
    answer = importlib.import_module(sys.argv[1]).handler(event, Context())
    if answer["statusCode"] != CREATED:
        raise SystemExit(f"answered {answer['statusCode']}: {answer['body']}")


if __name__ == "__main__":
    answer_event()
