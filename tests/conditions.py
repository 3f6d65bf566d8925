"""What if a condition were missing? Takes one condition out of one transaction, to see that the
suite notices.

`ONCEPAY_DROP_CONDITION=payment:balance pytest tests/unit tests/faults` must fail; `python -m
tests.conditions` tries each in turn, or those that are named, and prints which tests caught it.

A condition is named `<transaction>:<label>`; the steps of payments through processors are named
after what they are for, see `name_of_step`. `<transaction>:<label>.<attribute>` is one part of it:
what it says of that attribute; of an alternative, the whole wherever it mentions the attribute.
"""

import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from oncepay.domain.operation import Operation
from oncepay.domain.steps import Change, Step
from oncepay.storage import (
    payout_writes,
    resolution_writes,
    settlement_writes,
    step_writes,
    write_sets,
)
from oncepay.storage.transactions import Transaction

VARIABLE = "ONCEPAY_DROP_CONDITION"

CONDITIONS = (
    "deposit:idempotency",
    "deposit:item",
    "deposit:entry",
    "deposit:balance.available_minor",  # of a book that has several shards
    "deposit:balance.shards",
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
    "begin:run",
    "claim:claim",
    "claim:claim.run_id",  # of a run that let the content go
    "claim:run",
    "rows:run",
    "rows:payment",
    "rows:payment.version",
    "rows:refund",
    "rows:refund.version",
    "rows:marker",
    "rows:entry",
    "rows:balance",  # of a book that has several shards
    "end:run",
    "resolve:break",
    "resolve:item",
    "resolve:marker",
    "resolve:entry",
    "resolve:balance",  # of a book that has several shards
    "reserve_charge:record",
    "reserve_charge:payment",
    "reserve_move:payment",
    "reserve_refund:payment",
    "reserve_refund:entry",
    "reserve_refund:balance",
    "take_over:operation",
    "prepare:operation",
    "note:operation",
    "push:payment",
    "settle:payment",
    "settle:operation",
    "settle:entry",
    "settle:reference",
    "settle:completed.state",
    "settle:completed.item_id",
    "settle:completed.item_part",
    "apply:payment",
    "apply:entry",
    "apply:reference",
    "apply:completed.state",
    "apply:completed.item_id",
    "apply:completed.item_part",
    "apply:balance",  # of a book that has several shards
    "orphan:entry",
    "orphan:reference",
    "keep_event:event",
    "payout:event",
    "payout:payout",  # a new one by its absence, one that changes by its version
)

# Conditions that another one of the same transaction implies: no test can notice that they are
# gone, and there is none that pretends to.
IMPLIED = {
    "begin:pointer": "written with its run only, which is refused first",
    "rows:break": "a break of that row is written with its run only, whose version has risen then",
    "rows:payment.settlement_id": "whoever settles a payment raises its version",
    "rows:refund.settlement_id": "whoever settles a refund raises its version",
    "resolve:record": "written with its break only, whose version has risen then",
    "reserve_charge:operation": "written with its payment only, which is refused first",
    "reserve_move:record": "written with the payment, whose version has risen then",
    "reserve_move:operation": "written with the payment, whose version has risen then",
    "reserve_refund:record": "written with the payment, or with the refund, which is refused",
    "reserve_refund:refund": "written with the payment, or with the record, which is refused",
    "reserve_refund:operation": "written with the payment, whose version has risen then",
    "fail_refund:record": "written with its refund only, which is refused too",
    "fail_refund:refund": "written with its record only, which is refused too",
    "settle:refund": "changes with its payment only, whose version has risen then",
    "apply:operation": "ends with its payment or its reference only, which are refused",
    "apply:refund": "changes with its payment only, whose version has risen then",
    "apply:dispute": "changes with its payment only, whose version has risen then",
    "apply:event": "what it changes has changed, and is refused, where it was applied before",
    "orphan:event": "its orphan is there, and is refused, where it was applied before",
    "orphan:operation": "written with the reference to its charge only, which is refused too",
}

# The functions that write a settlement's transactions, and the name of each here.
SETTLEMENT_WRITES = {
    "begin_run": "begin",
    "claim_content": "claim",
    "write_rows": "rows",
    "write_run": "end",
}
# The same of a decision about one of its breaks.
RESOLUTION = "resolve"
# What is written over whatever is there, so that the last one counts: each time that a file of a
# format came, and once what the file of a run says was paid out.
UNCONDITIONAL = {"claim:latest", "claim:batches"}

# The tests that are run without a condition of a transaction: enough of them to notice, and few
# enough to try every condition in some minutes.
SERVICES = "tests/unit/services"
STEPS = (
    "reserve_charge", "reserve_move", "reserve_refund", "fail_refund", "take_over", "prepare",
    "note", "push", "settle", "apply", "orphan", "keep_event",
)  # fmt: skip
TESTS = {
    "directory": (f"{SERVICES}/test_directory.py",),
    **dict.fromkeys(
        ("deposit", "payment", "decline", "refund"),
        tuple(
            f"{SERVICES}/test_{name}.py"
            for name in ("create_deposit", "create_payment", "create_refund", "shards")
        ),
    ),
    **dict.fromkeys(
        SETTLEMENT_WRITES.values(),
        tuple(
            f"{SERVICES}/test_{name}.py"
            for name in (
                "reconcile_file",
                "reconcile_interrupted",
                "settlement_conditions",
                "shards_of_steps",
            )
        ),
    ),
    RESOLUTION: tuple(f"{SERVICES}/test_resolve_{what}.py" for what in ("break", "markers")),
    **dict.fromkeys(
        STEPS,
        tuple(f"{SERVICES}/test_{name}.py" for name in ("step_conditions", "shards_of_steps")),
    ),
    "prepare": (f"{SERVICES}/test_preparation.py",),
    "payout": (f"{SERVICES}/test_receive_payout.py",),
}

_writing = "directory"


def drop_condition_if_asked() -> None:
    """Patch the transactions of this process, if the environment variable asks for it."""
    asked = os.environ.get(VARIABLE)
    if not asked:
        return
    if asked not in {*CONDITIONS, *IMPLIED}:
        raise SystemExit(f"{VARIABLE} must be one of: {', '.join((*CONDITIONS, *IMPLIED))}")
    # Those that take these functions by name must not have done so yet.
    assert "oncepay.services.reconcile_file" not in sys.modules
    assert "oncepay.services.run_operation" not in sys.modules
    assert "oncepay.services.resolve_break" not in sys.modules
    assert "oncepay.services.receive_payout" not in sys.modules
    write_set, what = asked.split(":")
    label, _, attribute = what.partition(".")
    for name in ("deposit", "payment", "decline", "refund"):
        function = f"write_{name}"
        setattr(write_sets, function, noting(name, getattr(write_sets, function)))
    for function, name in SETTLEMENT_WRITES.items():
        setattr(settlement_writes, function, noting(name, getattr(settlement_writes, function)))
    resolution_writes.write_resolution = noting(RESOLUTION, resolution_writes.write_resolution)
    step_writes.write_step = noting_step(step_writes.write_step)
    payout_writes.write_payout = noting("payout", payout_writes.write_payout)
    for kind in ("checks", "puts", "updates"):
        setattr(Transaction, kind, _without(write_set, label, attribute, kind))


def writing() -> str:
    """Which transaction is being written."""
    return _writing


def noting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, during which that transaction is being written."""

    @functools.wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        global _writing
        # A test may let another worker write in the middle of this one's transaction.
        before, _writing = _writing, name
        try:
            return function(*args, **kwargs)
        finally:
            _writing = before

    return noting


def noting_step[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """The same of `write_step`, by what is written."""

    @functools.wraps(function)
    def noting_it(*args: P.args, **kwargs: P.kwargs) -> T:
        step = args[1]
        assert isinstance(step, Step)
        name = name_of_step(step, begins=bool(kwargs.get("record")), event=kwargs.get("event"))
        named: Callable[P, T] = noting(name, function)
        return named(*args, **kwargs)

    return noting_it


def name_of_step(step: Step, *, begins: bool, event: object) -> str:
    """What a step is for.

    reserve_charge, reserve_move, reserve_refund, fail_refund    a request begins
    take_over, note    an operation alone: its lease, what was found out
    prepare            the same: what was set up there, under the lease that it has
    push               an authorization is looked at again later
    settle, apply      an answer, or an event, has its effect
    orphan             a charge that nobody asked for any more
    keep_event         an event without effect
    """
    if begins:
        if step.payment is None:
            return "fail_refund"
        if step.payment.before is None:
            return "reserve_charge"
        return "reserve_move" if step.refund is None else "reserve_refund"
    if step.orphan:
        return "orphan"
    if event is not None:
        return "keep_event" if step == Step() else "apply"
    if step.payment is None and step.entry is None and step.operations[0].after.is_open:
        return _name_of_turn(step.operations[0])
    return "push" if _is_push(step) else "settle"


def _name_of_turn(change: Change[Operation]) -> str:
    if change.after.lease_until is None:
        return "note"
    is_the_same = (
        change.before is not None and change.before.lease_until == change.after.lease_until
    )
    return "prepare" if is_the_same else "take_over"


def _is_push(step: Step) -> bool:
    change = step.payment
    if change is None or change.before is None or step.operations or step.entry:
        return False
    return change.before.status is change.after.status


def _without(write_set: str, label: str, attribute: str, kind: str) -> Callable[[Transaction], Any]:
    def requests(transaction: Transaction) -> list[dict[str, Any]]:
        labelled = getattr(transaction, f"_{kind}")
        return [
            _strip(kwargs, attribute) if _writing == write_set and kind_of(at) == label else kwargs
            for at, kwargs in labelled
        ]

    return requests


def kind_of(label: str) -> str:
    """`break 3` is a break; `pay_... payment` and `pay_... refund#re_...` are what is marked."""
    first, _, second = label.partition(" ")
    return second.partition("#")[0] if first.startswith("pay_") else first


def _strip(kwargs: dict[str, Any], attribute: str) -> dict[str, Any]:
    condition = kwargs.get("ConditionExpression", "")
    left = {name: value for name, value in kwargs.items() if name != "ConditionExpression"}
    if attribute and (kept := _without_clause(condition, attribute, kwargs)):
        left["ConditionExpression"] = kept
    expressions = (left.get(f"{part}Expression", "") for part in ("Update", "Condition"))
    used = set(re.findall(r"[#:]\w+", " ".join(expressions)))
    for part in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        kept_names = {name: v for name, v in left.get(part, {}).items() if name in used}
        left.pop(part, None)
        if kept_names:
            left[part] = kept_names
    return left


def _without_clause(condition: str, attribute: str, kwargs: dict[str, Any]) -> str:
    names = kwargs.get("ExpressionAttributeNames", {})
    # Written out, a condition has the attribute's own name.
    placeholder = next((short for short, name in names.items() if name == attribute), attribute)
    if not re.search(rf"{placeholder}\b", condition):
        return condition
    if " OR " in condition:
        return ""
    clauses = [_balanced(clause) for clause in condition.split(" AND ")]
    return " AND ".join(c for c in clauses if not re.search(rf"{placeholder}\b", c))


def _balanced(clause: str) -> str:
    """Without the brackets of what it was a part of."""
    while clause.count("(") > clause.count(")"):
        clause = clause.removeprefix("(")
    while clause.count(")") > clause.count("("):
        clause = clause.removesuffix(")")
    return clause


def main(asked: list[str]) -> int:
    """Try each condition, or those asked for; 0 if the suite noticed every one."""
    unnoticed = []
    for condition in asked or CONDITIONS:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "--no-cov",
             "-p", "no:cacheprovider", *TESTS[condition.partition(":")[0]]],
            env={**os.environ, VARIABLE: condition},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        caught = re.findall(r"^FAILED \S+::(\S+)", run.stdout, re.MULTILINE)
        if run.returncode > 1:
            raise SystemExit(run.stdout + run.stderr)
        if not caught:
            unnoticed.append(condition)
        sys.stdout.write(f"{condition:26} {', '.join(caught) or 'NOT NOTICED'}\n")
        sys.stdout.flush()
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
