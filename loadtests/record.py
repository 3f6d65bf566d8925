"""What was asked, and what was answered? A line before each request is sent and a line after its
answer, so that whatever ends a run, each request that may have moved money is known.

A line is one write to the file and is never held back: what was written is there even if the
process is killed by the next instruction. Only the last line may be torn, by a machine that stops.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

REQUESTS_FILE: Final = "requests.jsonl"
MERCHANTS_FILE: Final = "merchants.json"
SUMMARY_FILE: Final = "summary.json"

NO_ANSWER: Final = 0
"""The status of a request that was not answered."""


class Kind(StrEnum):
    """What a request is about."""

    PAYMENT = "payment"
    DEPOSIT = "deposit"
    REFUND = "refund"
    CHARGE = "charge"
    CHECKOUT_SESSION = "checkout_session"
    EVENT = "event"
    GET_PAYMENT = "get_payment"
    LIST = "list"
    BALANCES = "balances"
    STATEMENT = "statement"
    PAGE = "page"


RECORDED: Final = frozenset(
    {Kind.PAYMENT, Kind.DEPOSIT, Kind.REFUND, Kind.CHARGE, Kind.CHECKOUT_SESSION, Kind.EVENT}
)
"""What may move money, or is an event; the others are counted only."""


class RecordError(Exception):
    """The record cannot be read; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        at: RFC 3339, in UTC.
        status: of HTTP; 0 if there was no answer.
        ms: from sending to the whole answer.
        id: of what was made, or is named: the payment, deposit, refund or session.
        code: of a problem.
        replayed: whether it says that it had been given before: a key's second answer, or an event
            that is a duplicate.
        body: as parsed; None if it is no JSON.
    """

    at: str
    status: int
    ms: float
    id: str | None
    code: str | None
    replayed: bool
    body: Any

    @property
    def is_acknowledged(self) -> bool:
        """Whether it says that something was done, or begun."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sending of a request.

    Attributes:
        n: its number, of this attempt alone.
        at: RFC 3339, in UTC.
        merchant: whose it is; empty for an event that names none.
        kind: what it is about.
        method, path: of HTTP, below the API's base.
        key: the idempotency key, or an event's id; the same for each attempt of one request.
        amount_minor, currency: what it moves, where it says so.
        body: what was sent, parsed.
        counts_as: which count of a workload it adds to; None for the usual one of its kind.
        answer: what came back; None if the run ended before.
    """

    n: int
    at: str
    merchant: str
    kind: Kind
    method: str
    path: str
    key: str
    amount_minor: int | None
    currency: str | None
    body: Any
    counts_as: str | None
    answer: Answer | None

    @property
    def status(self) -> int:
        """Of its answer; 0 if there was none."""
        return NO_ANSWER if self.answer is None else self.answer.status


class RecordWriter:
    """Appends to a record; numbers go on after those that are there.

    The file is for its owner only, as it says who has paid what.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        past = read_record(path) if path.exists() else []
        self._last = max((attempt.n for attempt in past), default=0)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __enter__(self) -> Self:
        """Nothing more: the file is open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def sent(
        self,
        *,
        merchant: str,
        kind: Kind,
        method: str,
        path: str,
        key: str,
        body: Any,
        counts_as: str | None = None,
    ) -> int:
        """Say that a request is about to be sent; returns the number of this attempt."""
        self._last += 1
        line = {
            "phase": "sent",
            "n": self._last,
            "at": _now(),
            "merchant": merchant,
            "kind": kind,
            "method": method,
            "path": path,
            "key": key,
            "amount_minor": _member(body, "amount_minor"),
            "currency": _member(body, "currency"),
            "body": body,
        }
        self._write(line if counts_as is None else {**line, "counts_as": counts_as})
        return self._last

    def answered(self, n: int, *, status: int, ms: float, replayed: bool, body: Any) -> None:
        """Say what came back."""
        self._write(
            {
                "phase": "answered",
                "n": n,
                "at": _now(),
                "status": status,
                "ms": round(ms, 3),
                "id": _member(body, "payment_id" if status >= 400 else "id"),
                "code": _member(body, "code"),
                "replayed": replayed,
                "answer": body,
            }
        )

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)

    def _write(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n"
        rest = memoryview(text.encode())
        while rest:
            rest = rest[os.write(self._file, rest) :]


def read_record(path: Path) -> list[Attempt]:
    """All attempts of a record, in the order in which they were sent.

    Raises: RecordError if there is no such file, a line other than the last one is torn or of
        another format, or a number stands for two attempts, or has two answers.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}") from None
    sent: dict[int, Attempt] = {}
    answers: dict[int, Answer] = {}
    # What stands after the last end of a line is nothing, or torn.
    for number, text in enumerate(lines[:-1], start=1):
        try:
            line = json.loads(text)
            n, is_sent = int(line["n"]), line["phase"] == "sent"
            if n in (sent if is_sent else answers):
                done = "sends {n}, which was sent" if is_sent else "answers {n}, which was answered"
                raise RecordError(f"line {number} of {path} {done.format(n=n)} before")
            if is_sent:
                sent[n] = _attempt(line)
            else:
                answers[n] = _answer(line)
        except (ValueError, KeyError, TypeError):
            raise RecordError(f"line {number} of {path} is no line of a record") from None
    stray = answers.keys() - sent.keys()
    if stray:
        raise RecordError(f"{path} has an answer to {min(stray)}, which was not sent")
    return [replace(attempt, answer=answers.get(n)) for n, attempt in sent.items()]


def _attempt(line: Mapping[str, Any]) -> Attempt:
    return Attempt(
        n=line["n"],
        at=line["at"],
        merchant=line["merchant"],
        kind=Kind(line["kind"]),
        method=line["method"],
        path=line["path"],
        key=line["key"],
        amount_minor=line["amount_minor"],
        currency=line["currency"],
        body=line["body"],
        counts_as=line.get("counts_as"),
        answer=None,
    )


def _answer(line: Mapping[str, Any]) -> Answer:
    return Answer(
        at=line["at"],
        status=line["status"],
        ms=line["ms"],
        id=line["id"],
        code=line["code"],
        replayed=line["replayed"],
        body=line["answer"],
    )


def _member(body: Any, name: str) -> Any:
    return body.get(name) if isinstance(body, dict) else None


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
