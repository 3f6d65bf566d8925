"""What was asked for, under which key, and what was answered? The record of a run, put together:
the attempts of each key.

A run may have been killed: a request that was sent and not answered is a request without an answer,
and the last line of the record may be torn in half. Anything else that cannot be read is no record.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from oncepay.domain.identifiers import derive_id, request_hash

type Document = dict[str, Any]

REQUESTS_FILE: Final = "requests.jsonl"

PREFIXES: Final = {
    "payment": "pay",
    "charge": "pay",
    "checkout_session": "pay",
    "deposit": "dep",
    "refund": "re",
    "capture": "cap",
    "void": "vo",
}
"""What a key of each kind makes. A checkout session is a view of a payment."""

PAYMENT_KINDS: Final = frozenset({"payment", "charge", "checkout_session"})
MOVE_KINDS: Final = frozenset({"capture", "void"})
EVENT: Final = "event"

ACKNOWLEDGED: Final = frozenset({200, 201, 202, 402})
REFUSED: Final = frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429})
"""Of these nothing begins. What was in progress, or failed on the way, may have."""


class RecordError(Exception):
    """There is no record to audit; the message is one clear line."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One request on the wire.

    Attributes:
        n: its number in the record.
        status: None if the record has no answer, 0 if none came.
        answer: the body.
    """

    n: int
    at: str
    merchant: str
    kind: str
    method: str
    path: str
    key: str
    amount_minor: int | None
    currency: str | None
    body: Document
    status: int | None = None
    id: str | None = None
    code: str | None = None
    replayed: bool | None = None
    answer: Any = None

    @property
    def is_acknowledged(self) -> bool:
        """Whether the answer says that there is something now."""
        return self.status in ACKNOWLEDGED

    @property
    def is_refused(self) -> bool:
        """Whether the answer says that nothing began."""
        return self.status in REFUSED

    @property
    def is_final(self) -> bool:
        """Whether the answer is one that the key has for ever."""
        if self.status == 202 or not self.is_acknowledged:
            return False
        return not (self.kind == "refund" and self.said("status") == "pending")

    def said(self, name: str) -> Any:
        """A member of the answer."""
        return self.answer.get(name) if isinstance(self.answer, dict) else None

    @property
    def made_id(self) -> str | None:
        """What the answer says was made, by the name that it has in the books."""
        if not self.is_acknowledged:
            return None
        if self.kind in MOVE_KINDS:
            return None
        if self.kind == "checkout_session":
            named = self.said("payment_id") or self.id
            return str(named).replace("cs_", "pay_", 1) if named else None
        if self.kind == "refund" and self.status == 402:
            # The answer names the payment, not the refund that failed.
            return None
        return self.id


@dataclass(slots=True, kw_only=True)
class Asked:
    """Everything that was sent under one key: once, again, or by several at once."""

    merchant: str
    method: str
    path: str
    key: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What was asked for."""
        return self.attempts[0].kind

    @property
    def acknowledged(self) -> list[Attempt]:
        """The attempts that were told that there is something."""
        return [one for one in self.attempts if one.is_acknowledged]

    @property
    def is_refused(self) -> bool:
        """Whether every attempt was told that nothing began."""
        return all(one.is_refused for one in self.attempts)

    @property
    def derived_id(self) -> str:
        """The id that docs/data-model.md gives to what the key makes."""
        digest = request_hash(
            merchant_id=self.merchant, method=self.method, path=self.path, key=self.key
        )
        return derive_id(PREFIXES[self.kind], digest)

    @property
    def record_id(self) -> str:
        """The id of its idempotency record."""
        return request_hash(
            merchant_id=self.merchant, method=self.method, path=self.path, key=self.key
        ).hex()

    @property
    def ids(self) -> set[str]:
        """The ids under which there may be something of it."""
        return {self.derived_id, *(one.made_id for one in self.attempts if one.made_id)}

    @property
    def told(self) -> Attempt:
        """The attempt whose amount counts: the first that was acknowledged, or the first of all."""
        return (self.acknowledged or self.attempts)[0]

    def __str__(self) -> str:
        """Name it in one word or two."""
        return f"key {self.key}"


@dataclass(slots=True, kw_only=True)
class Record:
    """The record of a run.

    Attributes:
        asked: what could move money, by key.
        events: the deliveries of each event, by its processor and id.
        started_at: when the first request was sent.
        torn: whether the last line was cut off.
    """

    asked: list[Asked]
    events: dict[tuple[str, str], list[Attempt]]
    started_at: str
    torn: bool

    def of(self, merchant: str) -> list[Asked]:
        """What one merchant asked for."""
        return [one for one in self.asked if one.merchant == merchant]


def read_record(folder: Path) -> Record:
    """Read the record of a run.

    Raises:
        RecordError: there is none, or it is not readable, or nothing was asked for.
    """
    path = folder / REQUESTS_FILE
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}") from None
    attempts, torn = _attempts(path, raw)
    if not attempts:
        raise RecordError(f"{path} has no request: there is nothing to audit")
    asked: dict[tuple[str, str, str, str], Asked] = {}
    events: dict[tuple[str, str], list[Attempt]] = {}
    for one in attempts:
        if one.kind == EVENT:
            events.setdefault(_event_of(one), []).append(one)
            continue
        scope = (one.merchant, one.method, one.path, one.key)
        if scope not in asked:
            asked[scope] = Asked(
                merchant=one.merchant, method=one.method, path=one.path, key=one.key
            )
        asked[scope].attempts.append(one)
    return Record(
        asked=list(asked.values()),
        events=events,
        started_at=min(one.at for one in attempts),
        torn=torn,
    )


def _attempts(path: Path, raw: bytes) -> tuple[list[Attempt], bool]:
    lines = raw.split(b"\n")
    sent: dict[int, Attempt] = {}
    torn = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            _take(json.loads(line), sent)
        except (ValueError, KeyError, TypeError) as error:
            # Only what was being written when the run was killed may be in pieces.
            if number == len(lines):
                torn = True
                continue
            said = " ".join(str(error).split())
            raise RecordError(f"{path}, line {number}, is no line of a record: {said}") from None
    return list(sent.values()), torn


def _take(line: Document, sent: dict[int, Attempt]) -> None:
    n = line["n"]
    if line["phase"] == "sent":
        if n in sent:
            raise ValueError(f"there are two requests {n}")
        sent[n] = Attempt(
            n=n,
            at=line["at"],
            merchant=line.get("merchant") or "",
            kind=_known(line["kind"]),
            method=line["method"],
            path=line["path"],
            key=line.get("key") or "",
            amount_minor=line.get("amount_minor"),
            currency=line.get("currency"),
            body=line.get("body") or {},
        )
        return
    if line["phase"] != "answered":
        raise ValueError(f"{line['phase']} is no phase")
    if n not in sent:
        raise ValueError(f"request {n} was answered and never sent")
    attempt = sent[n]
    attempt.status, attempt.id = line["status"], line.get("id")
    attempt.code, attempt.replayed = line.get("code"), line.get("replayed")
    attempt.answer = line.get("answer")


def _known(kind: str) -> str:
    if kind != EVENT and kind not in PREFIXES:
        raise ValueError(f"{kind} is no kind of request that could move money")
    return kind


def _event_of(attempt: Attempt) -> tuple[str, str]:
    provider = attempt.path.rpartition("/")[2]
    return provider, attempt.key or str(attempt.body.get("id"))


def keys_of(asked: Iterable[Asked]) -> set[str]:
    """The keys as their callers wrote them."""
    return {one.key for one in asked}
