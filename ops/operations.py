"""`oncepay operations` and `oncepay sweep`: what is not finished, and one run of what finishes it.

Unfinished are operations at processors whose outcome is not known yet, and events that could not be
applied. Both are in the index that the sweep works off; so are authorizations until they lapse,
which wait for nobody and are shown on demand only.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ops.command_line import COMMAND_SECONDS, one_clear_line, print_json, tell
from ops.stack import Stack, StackError, choose_stack

if TYPE_CHECKING:
    from oncepay.domain.inbound_event import InboundEvent
    from oncepay.domain.operation import Operation
    from oncepay.domain.payment import Payment
    from oncepay.storage.database import Database

SHOWN = 100
SHOWN_BYTES = 200
"""Of an answer that is not understood."""

FILE_WIDTH = 200
"""Of a table that is not shown on a terminal."""

AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something that is not finished.

    Attributes:
        kind: of the operation; `event`, or `authorization`.
        id: of the operation, event (as `oncepay dismiss` takes it) or payment.
        payment_id: of which payment, if that is known.
        amount_minor, currency: of the operation or authorization.
        state: in one or two words.
        since: when it began.
        due_at: when the sweep looks at it next.
        attempts: how often it has.
        why: what does not fit, or why it waits, for a person.
    """

    kind: str
    id: str
    payment_id: str | None
    amount_minor: int | None
    currency: str | None
    state: str
    since: datetime
    due_at: datetime
    attempts: int
    why: str | None


def operations_command(
    stack_file: Path | None,
    stack_name: str | None,
    region: str | None,
    as_json: bool,
    everything: bool,
) -> None:
    """List what is not finished."""
    with one_clear_line("operations"):
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        now = datetime.now(UTC)
        found = read_work(stack.open_database(), now)
        waiting = [work for work in found if work.kind == AUTHORIZATION]
        shown = found if everything else [work for work in found if work.kind != AUTHORIZATION]
        if as_json:
            print_json([_document(work) for work in shown])
            return
        _print(shown, now)
        if waiting and not everything:
            tell(f"and {len(waiting)} authorized payments, not captured yet: --all shows them")


def sweep_command(
    stack_file: Path | None, stack_name: str | None, region: str | None, as_json: bool
) -> None:
    """Run the sweep once."""
    with one_clear_line("sweep"):
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        swept = run_sweep(stack)
        if as_json:
            print_json(swept)
            return
        failed = swept["failed"]
        said = [
            f"{swept['due']} were due: {swept['ended']} ended, {swept['waiting']} wait",
            *(f"{count} failed with {code}" for code, count in sorted(failed.items())),
            *(["no time was left for the rest: run it again"] if swept["left"] else []),
        ]
        typer.echo("; ".join(said))


def run_sweep(stack: Stack) -> dict[str, Any]:
    """Invoke the function that the schedule invokes, and wait for its end.

    Returns:
        Its counts: due, ended, waiting, failed (by code), left.

    Raises:
        StackError: it failed. ClientError, BotoCoreError: it could not be invoked.
    """
    reply = stack.client("lambda").invoke(FunctionName=stack.sweep_function, Payload=b"{}")
    content = reply["Payload"].read()
    try:
        said = json.loads(content)
    except ValueError:
        said = None
    if reply.get("FunctionError") or not isinstance(said, dict) or "due" not in said:
        shown = content[:SHOWN_BYTES].decode(errors="replace")
        why = said.get("errorMessage") if isinstance(said, dict) else None
        raise StackError(f"the function {stack.sweep_function} failed: {why or shown}; see its log")
    return said


def read_work(database: "Database", now: datetime) -> list[Work]:
    """All that is not finished, the longest due first.

    Raises: StorageUnavailable.
    """
    from oncepay.storage import events, hot_merchants, operations, payments

    found: list[Work] = []
    for raw in _due_items(database, "payments"):
        part = raw["part"]["S"]
        if part == hot_merchants.PART:
            # Its shards are looked at for ever: there is nothing to finish.
            continue
        if part.startswith(operations.OPERATION_PREFIX):
            found.extend(_of_operation(operations.operation_from_raw(raw), now))
        else:
            found.extend(_of_authorization(payments.payment_from_raw(raw)))
    for raw in _due_items(database, "events"):
        found.extend(_of_event(events.event_from_raw(raw)))
    found.sort(key=lambda work: (work.due_at, work.id))
    return found


def _due_items(database: "Database", role: str) -> Iterator[dict[str, Any]]:
    """Read by the index, which may lag; then the items themselves."""
    from oncepay.storage.budget import Budget
    from oncepay.storage.due import due_buckets
    from oncepay.storage.payments import BY_DUE

    for bucket in due_buckets():
        keys: list[dict[str, str]] = [
            {name: raw[name]["S"] for name in ("id", "part") if name in raw}
            for raw in database.query_all(role, bucket, Budget(COMMAND_SECONDS), index=BY_DUE)
        ]
        yield from database.get_many(role, keys, Budget(COMMAND_SECONDS))


def _of_operation(operation: "Operation", now: datetime) -> Iterator[Work]:
    if operation.due_at is None:
        return
    yield Work(
        kind=operation.kind.value,
        id=operation.id,
        payment_id=operation.payment_id,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        state=_state(operation, now),
        since=operation.created_at,
        due_at=operation.due_at,
        attempts=operation.attempts,
        why=operation.problem,
    )


def _state(operation: "Operation", now: datetime) -> str:
    if operation.is_leased(now):
        return "in work"
    if operation.problem is not None:
        return "does not fit"
    if operation.reference is not None:
        # It has told us what it is about: pending there, or waiting for the payer.
        return "at the processor"
    return "never sent" if operation.last_sent_at is None else "unknown"


def _of_authorization(payment: "Payment") -> Iterator[Work]:
    if payment.due_at is None:
        return
    yield Work(
        kind=AUTHORIZATION,
        id=payment.id,
        payment_id=payment.id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        state=payment.status.value,
        since=payment.created_at,
        due_at=payment.due_at,
        attempts=0,
        why=None,
    )


def _of_event(event: "InboundEvent") -> Iterator[Work]:
    from oncepay.services.read_stored_event import read_stored_event

    if event.due_at is None:
        return
    yield Work(
        kind="event",
        id=event.public_id,
        payment_id=event.payment_id or read_stored_event(event).payment_id,
        amount_minor=None,
        currency=None,
        state=event.status.value,
        since=event.received_at,
        due_at=event.due_at,
        attempts=event.attempts,
        why=f"{event.public_id}, {event.type}: {event.reason}",
    )


def _document(work: Work) -> Mapping[str, Any]:
    from oncepay.domain.times import format_time

    return {
        "kind": work.kind,
        "id": work.id,
        "payment_id": work.payment_id,
        "amount_minor": work.amount_minor,
        "currency": work.currency,
        "state": work.state,
        "since": format_time(work.since),
        "due_at": format_time(work.due_at),
        "attempts": work.attempts,
        "why": work.why,
    }


def _print(found: Sequence[Work], now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table

    if not found:
        typer.echo("nothing is unfinished")
        return
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    table = Table("kind")
    table.add_column("payment", no_wrap=True)
    table.add_column("amount", justify="right")
    for title in ("state", "age", "due"):
        table.add_column(title)
    table.add_column("attempts", justify="right")
    table.add_column("why", overflow="fold")
    for work in found[:SHOWN]:
        table.add_row(
            work.kind,
            work.payment_id or work.id,
            f"{work.amount_minor} {work.currency}" if work.amount_minor is not None else "",
            work.state,
            _span(now - work.since),
            _when(work.due_at - now),
            str(work.attempts),
            work.why or "",
        )
    console.print(table)
    if len(found) > SHOWN:
        tell(f"{len(found) - SHOWN} more; --json gives all")


def _when(ahead: timedelta) -> str:
    return f"in {_span(ahead)}" if ahead > timedelta() else f"{_span(-ahead)} ago"


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
