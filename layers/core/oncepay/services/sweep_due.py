"""What a dead worker left, what nobody knew, what lapses: the sweep looks at what is due, the
longest due first, and puts off its next look before it acts.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from oncepay.domain.applying import News, apply
from oncepay.domain.errors import InternalError, PaymentsError
from oncepay.domain.inbound_event import ALARM_AFTER as EVENT_ALARM_AFTER
from oncepay.domain.inbound_event import EventStatus, wait
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import ALARM_AFTER, Operation, OperationKind, take_over
from oncepay.domain.processor_answer import Charge
from oncepay.domain.steps import Change, Family, Misfit, Step
from oncepay.services.apply_event import apply_event
from oncepay.services.level_shards import level_shards
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.read_stored_event import read_stored_event
from oncepay.services.run_operation import resume
from oncepay.services.settle_operation import Ending, commit_step, read_again, returns_of
from oncepay.storage import events, hot_merchants, payments
from oncepay.storage.due import due_buckets
from oncepay.storage.operations import OPERATION_PREFIX
from oncepay.storage.payment_reads import read_family
from oncepay.storage.step_writes import write_step
from oncepay.storage.transactions import Transaction

MAX_PER_BUCKET = 25
"""Looked at in one sweep; sixteen buckets of each table."""

AUTHORIZATION_PAUSE = timedelta(hours=1)
"""Between two looks whether an authorization that should have lapsed has."""

LEVELLING_PAUSE = timedelta(seconds=50)
"""Between two looks at the shards of a merchant: once a minute, as often as the sweep comes."""


@dataclass(slots=True)
class Swept:
    """What one sweep did, by count.

    Attributes:
        due: what was looked at.
        ended: what is done with.
        waiting: what is looked at again.
        failed: what could not be looked at, by the code of the error.
        left: whether there was no time for all of it.
    """

    due: int = 0
    ended: int = 0
    waiting: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    left: bool = False


def sweep_due(tools: ProcessorTools) -> Swept:
    """Look at everything that is due, as far as time allows.

    Args:
        tools: see there.
    """
    swept = Swept()
    # Events first: they wait for no processor, and may end what would be asked for.
    for key in _due(tools, "events"):
        _look(swept, tools, key, partial(_look_at_event, tools, key))
    for key in _due(tools, "payments"):
        _look(swept, tools, key, partial(_look_at_payment, tools, key))
    return swept


def _due(tools: ProcessorTools, role: str) -> list[dict[str, str]]:
    now = tools.clock()
    condition = events.due_until(now) if role == "events" else payments.due_until(now)
    found = [
        raw
        for bucket in due_buckets()
        for raw in tools.database.query_page(
            role,
            bucket,
            tools.budget,
            index=payments.BY_DUE,
            range_condition=condition,
            limit=MAX_PER_BUCKET,
        ).items
    ]
    found.sort(key=lambda raw: str(raw["due_at"]["S"]))
    return [{name: raw[name]["S"] for name in ("id", "part") if name in raw} for raw in found]


def _look(
    swept: Swept, tools: ProcessorTools, key: Mapping[str, str], look: Callable[[], bool | None]
) -> None:
    """One look; whatever goes wrong with it, the rest goes on."""
    if not tools.has_time_to_begin():
        swept.left = True
        return
    swept.due += 1
    try:
        ended = look()
    except Exception as error:
        code = error.code if isinstance(error, PaymentsError) else InternalError.code
        swept.failed[code] = swept.failed.get(code, 0) + 1
        # What is neither busy nor slow does not pass by itself.
        if code == InternalError.code or not getattr(error, "retryable", False):
            tools.alarm(
                "sweep_failed", {**key, "error": type(error).__name__, "at": _place_of(error)}
            )
    else:
        if ended:
            swept.ended += 1
        elif ended is not None:
            swept.waiting += 1


def _look_at_payment(tools: ProcessorTools, key: Mapping[str, str]) -> bool | None:
    if key["part"] == hot_merchants.PART:
        return _look_at_shards(tools, key)
    family = read_family(tools.database, key["id"], tools.budget)
    if family is None:
        return None
    if not key["part"].startswith(OPERATION_PREFIX):
        return _look_at_authorization(tools, family)
    operation = family.operations.get(key["part"].removeprefix(OPERATION_PREFIX))
    now = tools.clock()
    # The index may lag: it is the item that says whether it is due.
    if operation is None or not _is_due(operation.due_at, now) or operation.is_leased(now):
        return None
    if operation.processor not in tools.processors:
        _put_off(tools, operation, now)
        raise InternalError("a processor is not configured")
    ended = resume(tools, family, operation, sweeps=True)
    if ended is None:
        return None
    if ended.ending in (Ending.UNKNOWN, Ending.UNSENT):
        if not ended.pending_there:
            _alarm_if_old(tools, operation)
        return False
    return True


def _put_off(tools: ProcessorTools, operation: Operation, now: datetime) -> None:
    """What nobody can finish here is not to stand before what can be finished."""
    taken = take_over(operation, now=now, lease=timedelta(0), sends=False, pushes=True)
    step = Step(operations=(Change(operation, replace(taken, lease_until=None)),))
    write_step(tools.database, step, tools.budget)


def _alarm_if_old(tools: ProcessorTools, operation: Operation) -> None:
    age = tools.clock() - operation.created_at
    if age < ALARM_AFTER:
        return
    tools.alarm(
        "unknown_outcome",
        {
            "payment_id": operation.payment_id,
            "operation_id": operation.id,
            "kind": operation.kind.value,
            "age_seconds": round(age.total_seconds()),
        },
    )


def _look_at_authorization(tools: ProcessorTools, family: Family) -> bool | None:
    """Whether an authorization that should have lapsed has, at its processor."""
    payment, now = family.payment, tools.clock()
    if payment.status is not PaymentStatus.AUTHORIZED or not _is_due(payment.due_at, now):
        return None
    pushed = replace(
        payment, due_at=now + AUTHORIZATION_PAUSE, updated_at=max(now, payment.updated_at)
    )
    step = Step(payment=Change(payment, pushed))
    if write_step(tools.database, step, tools.budget) is not None:
        return None
    family = read_again(tools, family)
    looked_up = tools.processor_of(payment).look_up_charge(payment)
    if not isinstance(looked_up, Charge):
        tools.alarm("unknown_outcome", {"payment_id": payment.id, "kind": "authorization"})
        return False
    news = News(found=looked_up, kind=OperationKind.AUTHORIZE, operation_id=payment.id)
    returns = returns_of(tools, family, looked_up)
    now = tools.clock()
    planned = apply(family, news, returns=returns, entry_id=new_entry_id(now), now=now)
    if isinstance(planned, Misfit):
        tools.alarm("unfit_answer", {"payment_id": payment.id, "problem": planned.problem})
    if not isinstance(planned, Step):
        return False
    refused, _ = commit_step(tools, family, planned)
    return refused is None


def _look_at_shards(tools: ProcessorTools, key: Mapping[str, str]) -> bool | None:
    """Whether the shards of a merchant's books are alike; that is never done with."""
    raw = tools.database.get("payments", key["id"], key["part"], tools.budget)
    hot = hot_merchants.hot_merchant_from_raw(raw) if raw else None
    now = tools.clock()
    if hot is None or not _is_due(hot.due_at, now):
        return None
    transaction = Transaction()
    hot_merchants.change_hot_merchant(
        transaction, hot, shards=hot.shards, due_at=now + LEVELLING_PAUSE, now=now
    )
    if tools.database.write(transaction, tools.budget) is not None:
        return None
    level_shards(hot.merchant_id, hot.shards, database=tools.database, now=now, budget=tools.budget)
    return False


def _look_at_event(tools: ProcessorTools, key: Mapping[str, str]) -> bool | None:
    raw = tools.database.get("events", key["id"], None, tools.budget)
    event = events.event_from_raw(raw) if raw else None
    if event is None or not _is_due(event.due_at, tools.clock()):
        return None
    # Put off before anything is tried: one that cannot be handled never blocks the rest.
    later = wait(replace(event, attempts=event.attempts + 1), event.reason or "", tools.clock())
    if write_step(tools.database, Step(), tools.budget, event=Change(event, later)) is not None:
        return None
    told = read_stored_event(later)
    after = apply_event(told, tools)
    if after is None or after.status is not EventStatus.UNMATCHED:
        return True
    if tools.clock() - event.received_at >= EVENT_ALARM_AFTER:
        tools.alarm("unmatched_event", {"event_id": event.id, "reason": after.reason or ""})
    return False


def _is_due(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at <= now


def _place_of(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno} {frame.name}"
