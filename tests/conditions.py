"""What if a condition were missing? Takes one condition out of one transaction, to see that the
suite notices.

`ONCEPAY_DROP_CONDITION=payment:balance pytest tests/unit tests/faults` must fail; `python -m
tests.conditions` tries each in turn and prints which tests caught it.
"""

import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from oncepay.services import receive_stripe_event
from oncepay.storage import write_sets
from oncepay.storage.transactions import Transaction

VARIABLE = "ONCEPAY_DROP_CONDITION"

CONDITIONS = (
    "deposit:idempotency",
    "deposit:item",
    "deposit:entry",
    "payment:idempotency",
    "payment:item",
    "payment:entry",
    "payment:balance",
    "decline:idempotency",
    "decline:item",
    "refund:idempotency",
    "refund:item",
    "refund:entry",
    "refund:payment",
    "directory:merchant",
    "directory:api_key",  # creation by its absence, revocation by its version
    "webhook:event",
)

_writing = "directory"


def drop_condition_if_asked() -> None:
    """Patch the transactions of this process, if the environment variable asks for it."""
    asked = os.environ.get(VARIABLE)
    if not asked:
        return
    if asked not in CONDITIONS:
        raise SystemExit(f"{VARIABLE} must be one of: {', '.join(CONDITIONS)}")
    write_set, label = asked.split(":")
    for name in ("deposit", "payment", "decline", "refund"):
        attribute = f"write_{name}"
        setattr(write_sets, attribute, _noting(name, getattr(write_sets, attribute)))
    receive_stripe_event.receive_event = _noting("webhook", receive_stripe_event.receive_event)  # type: ignore[attr-defined]
    for attribute in ("puts", "updates"):
        setattr(Transaction, attribute, _without(write_set, label, attribute))


def _noting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        global _writing
        _writing = name
        try:
            return function(*args, **kwargs)
        finally:
            _writing = "directory"

    return noting


def _without(write_set: str, label: str, attribute: str) -> Callable[[Transaction], Any]:
    def requests(transaction: Transaction) -> list[dict[str, Any]]:
        labelled = getattr(transaction, f"_{attribute}")
        return [
            _strip(kwargs) if _writing == write_set and at == label else kwargs
            for at, kwargs in labelled
        ]

    return requests


def _strip(kwargs: dict[str, Any]) -> dict[str, Any]:
    left = {k: v for k, v in kwargs.items() if k != "ConditionExpression"}
    update = left.get("UpdateExpression", "")
    used = set(re.findall(r"[#:]\w+", update))
    for part in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        kept = {name: value for name, value in left.get(part, {}).items() if name in used}
        left.pop(part, None)
        if kept:
            left[part] = kept
    return left


def main() -> int:
    """Try each condition; 0 if the suite noticed every one."""
    unnoticed = []
    for condition in CONDITIONS:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "--no-cov",
             "-p", "no:cacheprovider", "tests/unit/services", "tests/unit/functions"],
            env={**os.environ, VARIABLE: condition},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        caught = re.findall(r"^FAILED \S+::(\S+)", run.stdout, re.MULTILINE)
        if not caught:
            unnoticed.append(condition)
        sys.stdout.write(f"{condition:22} {', '.join(caught) or 'NOT NOTICED'}\n")
        sys.stdout.flush()
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
