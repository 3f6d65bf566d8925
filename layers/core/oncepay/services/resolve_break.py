"""A person decides about a break: one version-locked transaction, under the request's own key."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncepay.domain.break_resolution import resolve
from oncepay.domain.errors import InvalidTransition, NotFound, RateLimited, RequestInProgress
from oncepay.domain.idempotency import (
    Answer,
    IdempotencyRecord,
    IdempotentRequest,
    Outcome,
    completed_record,
)
from oncepay.domain.ledger import AVAILABLE, ItemKey, Needs
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Break, BreakAction, BreakKind, Decision
from oncepay.services.gather_in_first_shard import gather_in_first_shard
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.replay import Present, key_reused
from oncepay.storage import breaks, idempotency_records, payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.resolution_writes import write_resolution

MAX_TURNS = 5
"""Times that it is decided anew because somebody else was faster."""

_BREAK_ID = re.compile(r"brk_([a-z2-7]{26})_([1-9][0-9]{0,9})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveBreak:
    """The command.

    Attributes:
        settlement_id: of the run.
        break_id: as lists show it.
        reason: the person's words.
    """

    settlement_id: str
    break_id: str
    action: BreakAction
    reason: str


def resolve_break(
    command: ResolveBreak,
    *,
    request: IdempotentRequest,
    by: str,
    present: Present[Break],
    retention: timedelta,
    database: Database,
    now: datetime,
    budget: Budget,
) -> Outcome:
    """Accept, correct, ignore or reopen a break.

    Args:
        command: what to do.
        request: who asks, and under which key.
        by: id of the API key of whoever decides.
        present: makes the answer.
        retention: how long the answer is kept.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Returns:
        200 and the break, now or as answered before.

    Raises:
        NotFound: there is no such break of that run.
        InvalidTransition: see `domain.break_resolution.resolve`.
        IdempotencyKeyReused, RateLimited, OutcomeUnknown, InternalError: see `domain.errors`.
    """
    part = _part_of(command)
    decision = Decision(
        action=command.action,
        reason=command.reason,
        by=by,
        at=now,
        record_id=request.record_id,
    )
    over_shards = False
    for turn in range(MAX_TURNS):
        past = _replayed(_read_record(request, database, budget), request, now)
        if past is not None:
            return past
        found = _read_break(command.settlement_id, part, database, budget)
        before = [each for each in found.decisions if each.record_id == request.record_id]
        if before:
            # Its answer has expired, and its effect has not.
            if (before[0].action, before[0].reason) != (command.action, command.reason):
                raise key_reused()
            return Outcome(present(found), replayed=True)
        item = _read_item(found, database, budget)
        resolved = resolve(found, decision, item=item, entry_id=new_entry_id(now))
        answer = present(resolved.found)
        record = completed_record(
            request, item=found.key, answer=answer, now=now, retention=retention
        )
        needs: Needs | None = None
        if over_shards and resolved.entry is not None:
            taken_minor = -resolved.entry.change_of(AVAILABLE)
            needs = gather_in_first_shard(
                resolved.entry.ledger_id, taken_minor, database=database, now=now, budget=budget
            )
        refused = write_resolution(database, record, found, resolved, item, budget, needs)
        if refused is None:
            return Outcome(answer, replayed=False)
        past = _replayed(refused.record, request, now)
        if past is not None:
            return past
        if refused.booked is not None:
            booked = refused.booked
            raise InvalidTransition(
                f"{booked.run_id} has booked the same row, as its row {booked.row}"
            )
        over_shards = refused.books
        if not budget.wait_before_retry(turn):
            break
    raise RateLimited("the break is being changed by somebody else; try again")


def _part_of(command: ResolveBreak) -> str:
    match = _BREAK_ID.fullmatch(command.break_id)
    if match is None or command.settlement_id != f"set_{match[1]}":
        raise NotFound("no such break of this settlement")
    return breaks.break_part(int(match[2]))


def _read_record(
    request: IdempotentRequest, database: Database, budget: Budget
) -> IdempotencyRecord | None:
    raw = database.get("idempotency", request.record_id, None, budget)
    return idempotency_records.from_raw(raw) if raw else None


def _replayed(
    record: IdempotencyRecord | None, request: IdempotentRequest, now: datetime
) -> Outcome | None:
    if record is None or not record.is_alive(now):
        return None
    if record.fingerprint != request.fingerprint:
        raise key_reused()
    if record.answer is None:
        raise RequestInProgress("the same request is in progress")
    return Outcome(Answer(record.answer.status_code, record.answer.body), replayed=True)


def _read_break(run_id: str, part: str, database: Database, budget: Budget) -> Break:
    raw = database.get("settlements", run_id, part, budget)
    if raw is None:
        raise NotFound("no such break of this settlement")
    return breaks.break_from_raw(raw)


def _read_item(found: Break, database: Database, budget: Budget) -> Payment | Refund | None:
    key = found.settles or _key_of_charge(found)
    if key is None:
        return None
    raw = database.get("payments", key.id, key.part, budget)
    if raw is None:
        raise NotFound("what the break is about is not there any more")
    if key.part == "payment":
        return payments.payment_from_raw(raw)
    return payments.refund_from_raw(raw)


def _key_of_charge(found: Break) -> ItemKey | None:
    """The payment that was not captured when the row said so: the same row may have settled it
    since, from another file.
    """
    is_charge = found.gross_minor > 0 and found.found.get("status") == PaymentStatus.SUCCEEDED
    if found.kind is not BreakKind.STATUS_MISMATCH or not is_charge or found.payment_id is None:
        return None
    return ItemKey(found.payment_id, "payment")
