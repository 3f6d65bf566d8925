"""How is the reconcile function run without a Lambda? In a process of its own, which is given one
event for each line that it reads, and a Lambda's time for each.

    python -m benchmarks.reconcile_worker <seconds of an invocation>

Its environment says what the template would. It logs as in Lambda, and writes a line of its own
when an invocation has ended.
"""

import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Final

FUNCTION: Final = Path(__file__).parents[1] / "functions" / "reconcile" / "app.py"
ENDED: Final = "invocation ended"


class Context:
    """As much of Lambda's context as the function looks at."""

    function_name = "reconcile"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:reconcile"
    aws_request_id = "benchmark"

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda would end the invocation."""
        return int(1000 * (self._ends_at - time.monotonic()))


def main() -> None:
    """Run one invocation for each line."""
    spec = importlib.util.spec_from_file_location("app", FUNCTION)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{FUNCTION} cannot be imported")
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    seconds = float(sys.argv[1])
    for line in sys.stdin:
        began = time.process_time()
        answer = app.handler(json.loads(line), Context(seconds))
        told = {
            "message": ENDED,
            "answer": answer,
            "processor_seconds": round(time.process_time() - began, 3),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
