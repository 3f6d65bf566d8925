"""What does a stack use whatever its traffic? The sweep, the queue that is asked, what watches."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Final

from oncepay.domain.costs.bill import Used
from oncepay.domain.costs.calls import BEHIND_THE_API, BEHIND_THE_AUTHORIZER
from oncepay.domain.costs.prices import Line
from oncepay.domain.costs.workload import MINUTES, Workload

SWEEP_QUERIES: Final = 32
SWEEP_READ_UNITS: Final = 16
"""Of one look at what is due, where nothing is: each of them half a unit."""
QUEUE_POLLS: Final = 5 * 3 * MINUTES
"""Lambda asks a queue with five connections, each of which waits 20 seconds.

Source: Lambda Developer Guide, "Using Lambda with Amazon SQS", polling behaviour, as of 2026-11.
"""
TABLES: Final = 6
KEY_MINUTES: Final = 5
"""DynamoDB asks KMS for a table's key again after so long.

Source: DynamoDB Developer Guide, "Encryption at rest: how it works", as of 2026-11.
"""
ALARMS: Final = 3
SECRETS: Final = 2
"""What cursors are signed with, and what Stripe signs with."""
ENVIRONMENTS: Final = 5
SECRET_MINUTES: Final = 5
"""Each running environment of a function keeps a secret for so long; so many are assumed."""
METRICS: Final = {"authorizer": 3, "process_payment": 4, "query": 3, "reconcile": 4, "sweep": 3,
                  "webhook": 4}  # fmt: skip
"""What each function reports of its usage: calls, milliseconds, units; some write nothing."""
METRICS_OF_A_METHOD: Final = 5
"""Count, 4XX, 5XX, latency and integration latency.

Source: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics", as of 2026-11.
"""
METHODS: Final = 3
"""That each function behind the gateway is called by, about."""


def fixed_usage(workload: Workload, functions: Collection[str]) -> Iterator[Used]:
    """Every month's.

    Args:
        workload: how the stack is set up.
        functions: that are called.
    """
    reads = MINUTES * SWEEP_READ_UNITS
    yield _fixed(Line.READS, reads, f"{MINUTES:,} sweeps x {SWEEP_READ_UNITS} units")
    yield _fixed(Line.STREAM_READS, 0, "nobody reads the stream of Payments")
    yield _fixed(Line.LAMBDA_REQUESTS, MINUTES, f"{MINUTES:,} sweeps")
    arm = workload.architecture == "arm64"
    line = Line.LAMBDA_ARM64 if arm else Line.LAMBDA_X86_64
    sweep_ms = SWEEP_QUERIES * workload.dynamodb_ms
    memory_gb = workload.memory_mb / 1024
    how = f"{MINUTES:,} sweeps x {sweep_ms:f} ms x {memory_gb.normalize():f} GB"
    yield _fixed(line, MINUTES * sweep_ms / 1000 * memory_gb, how)
    yield _fixed(Line.SQS, QUEUE_POLLS, f"{MINUTES:,} minutes x 15 looks at the queue of files")
    asked = TABLES * MINUTES // KEY_MINUTES
    yield _fixed(Line.KMS, asked, f"{TABLES} tables x {MINUTES // KEY_MINUTES:,} keys, at most")
    yield _fixed(Line.SECRETS, SECRETS, "cursors, Stripe's signature")
    read = ENVIRONMENTS * MINUTES // SECRET_MINUTES
    how = f"{ENVIRONMENTS} environments x {MINUTES // SECRET_MINUTES:,} looks"
    yield _fixed(Line.SECRET_READS, read, how)
    yield _fixed(Line.ALARMS, ALARMS, "the sweep, dead letters, what needs a person")
    if workload.sampled_one_in:
        reporting = {"sweep", *functions}
        if BEHIND_THE_AUTHORIZER.intersection(functions):
            reporting.add("authorizer")
        how = f"usage of {', '.join(sorted(reporting))}"
        yield _fixed(Line.METRICS, sum(METRICS[name] for name in reporting), how)
    methods = METHODS * len(BEHIND_THE_API.intersection(functions))
    if workload.detailed_metrics and methods:
        how = f"{methods} methods x {METRICS_OF_A_METHOD} of the gateway"
        yield _fixed(Line.METRICS, methods * METRICS_OF_A_METHOD, how)


def _fixed(line: Line, quantity: int | Decimal, how: str) -> Used:
    return Used(line=line, quantity=Decimal(quantity), how=how, is_fixed=True)
