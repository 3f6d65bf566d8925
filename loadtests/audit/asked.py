"""What was asked for, under which key, and what was answered? The record of a run, put together:
the attempts of each key, the deliveries of each event, the merchants and what they had.

A run may have been killed: a request without an answer is one, and the last line of the record may
be torn in half. Anything else that cannot be read is no record.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from loadtests.record import (
    MERCHANTS_FILE,
    REQUESTS_FILE,
    Attempt,
    Kind,
    RecordError,
    read_record,
)
from loadtests.target import Merchant
from oncepay.domain.identifiers import derive_id, request_hash

type Document = dict[str, Any]
type Money = tuple[int, int]
"""Available and pending, in minor units."""

PREFIXES: Final[Mapping[Kind, str]] = {
    Kind.PAYMENT: "pay",
    Kind.CHARGE: "pay",
    Kind.CHECKOUT_SESSION: "pay",
    Kind.DEPOSIT: "dep",
    Kind.REFUND: "re",
}
"""What a key of each kind makes. A checkout session is a view of a payment."""

PAYMENT_KINDS: Final = frozenset({Kind.PAYMENT, Kind.CHARGE, Kind.CHECKOUT_SESSION})

DECLINED: Final = 402
PENDING: Final = 202
REFUSED: Final = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
"""After these nothing has begun. What was in progress, or failed on the way, may have."""

TOO_MANY: Final = 429
AT_ONCE: Final = frozenset({Kind.PAYMENT, Kind.DEPOSIT})
"""Done by one transaction, so that whoever was turned away has done nothing. What goes through a
processor may have begun, and met a rush on its way back.
"""


def is_acknowledged(attempt: Attempt) -> bool:
    """Whether the answer says that there is something now, if only a decline."""
    return 200 <= attempt.status < 300 or attempt.status == DECLINED


def is_final(attempt: Attempt) -> bool:
    """Whether the answer is the one that its key has for ever."""
    if attempt.status == PENDING or not is_acknowledged(attempt):
        return False
    return not (attempt.kind is Kind.REFUND and said(attempt, "status") == "pending")


def said(attempt: Attempt, name: str) -> Any:
    """A member of the answer's body."""
    body = None if attempt.answer is None else attempt.answer.body
    return body.get(name) if isinstance(body, dict) else None


def made_id(attempt: Attempt) -> str | None:
    """What an answer says was made, by the name that it has in the books."""
    if not is_acknowledged(attempt) or attempt.answer is None:
        return None
    if attempt.kind is Kind.CHECKOUT_SESSION:
        named = said(attempt, "payment_id") or attempt.answer.id
        return None if named is None else str(named).replace("cs_", "pay_", 1)
    if attempt.kind is Kind.REFUND and attempt.status == DECLINED:
        # The answer names the payment, not the refund that failed.
        return None
    return attempt.answer.id


@dataclass(slots=True, kw_only=True, eq=False)
class Asked:
    """Everything that was sent under one key: once, again, or several times at once."""

    merchant: str
    method: str
    path: str
    key: str
    kind: Kind
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def acknowledged(self) -> list[Attempt]:
        """The attempts that were told that there is something."""
        return [one for one in self.attempts if is_acknowledged(one)]

    @property
    def is_refused(self) -> bool:
        """Whether every attempt was told that nothing began."""
        return all(
            one.status in REFUSED or (one.status == TOO_MANY and one.kind in AT_ONCE)
            for one in self.attempts
        )

    @property
    def derived_id(self) -> str:
        """The id that docs/data-model.md gives to what the key makes."""
        return derive_id(PREFIXES[self.kind], self._digest)

    @property
    def record_id(self) -> str:
        """The id of its idempotency record."""
        return self._digest.hex()

    @property
    def ids(self) -> set[str]:
        """The ids under which there may be something of it."""
        return {self.derived_id, *filter(None, map(made_id, self.attempts))}

    @property
    def told(self) -> Attempt:
        """The attempt that counts: the last one that was acknowledged, or the first of all."""
        return (self.acknowledged or self.attempts[:1])[-1]

    @property
    def refunded_payment(self) -> str:
        """Of a refund: the payment that it is of, `/v1/payments/{id}/refunds`."""
        return self.path.split("/")[3]

    @property
    def _digest(self) -> bytes:
        return request_hash(
            merchant_id=self.merchant, method=self.method, path=self.path, key=self.key
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A merchant of the run, and what it had when the run began.

    Attributes:
        merchant: with its key.
        balances: by currency.
        newest: the `id` and `created_at` of the newest of its "payments" and of its "entries" then,
            None if there was none. Where it was not written down, what was made since the first
            request counts as the run's, by the clock of the machine that sent it.
    """

    merchant: Merchant
    balances: Mapping[str, Money]
    newest: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of a run.

    Attributes:
        asked: what could move money, by key.
        events: the deliveries of each event, by its processor and its id there.
        merchants: who took part.
        started_at: when the first request was sent.
        is_torn: whether the last line was cut off.
    """

    asked: Sequence[Asked]
    events: Mapping[tuple[str, str], Sequence[Attempt]]
    merchants: Sequence[Before]
    started_at: str
    is_torn: bool

    def of(self, merchant_id: str) -> list[Asked]:
        """What one merchant asked for."""
        return [one for one in self.asked if one.merchant == merchant_id]

    @property
    def counted(self) -> str:
        """What there is to audit, in words."""
        attempts = sum(len(one.attempts) for one in self.asked)
        attempts += sum(map(len, self.events.values()))
        torn = "; its last line is torn, as that of a killed run may be" if self.is_torn else ""
        return (
            f"{attempts:,} requests under {len(self.asked):,} keys and {len(self.events):,} events,"
            f" of {len(self.merchants):,} merchants{torn}"
        )


def read_asked(folder: Path, known: Sequence[Merchant]) -> Record:
    """Read the record of a run.

    Args:
        folder: of the report.
        known: merchants whose keys are not in it.

    Raises:
        RecordError: there is none, it cannot be read, or nothing was asked for.
    """
    path = folder / REQUESTS_FILE
    try:
        attempts = read_record(path)
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} has a line that is no line of a record: {error!r}") from None
    if not attempts:
        raise RecordError(f"{path} has no request: there is nothing to audit")
    asked: dict[tuple[str, str, str, str], Asked] = {}
    events: dict[tuple[str, str], list[Attempt]] = {}
    for one in attempts:
        if one.kind is Kind.EVENT:
            events.setdefault((one.path.rpartition("/")[2], one.key), []).append(one)
            continue
        if one.kind not in PREFIXES:
            raise RecordError(f"{path} has a {one.kind}, which the audit does not know")
        scope = (one.merchant, one.method, one.path, one.key)
        if scope not in asked:
            asked[scope] = Asked(
                merchant=one.merchant,
                method=one.method,
                path=one.path,
                key=one.key,
                kind=one.kind,
            )
        asked[scope].attempts.append(one)
    merchants = _merchants(folder / MERCHANTS_FILE, {one.id: one.api_key for one in known})
    strange = {one.merchant for one in asked.values()} - {one.merchant.id for one in merchants}
    if strange:
        raise RecordError(f"{path} names {min(strange)}, which {MERCHANTS_FILE} does not")
    return Record(
        asked=list(asked.values()),
        events=events,
        merchants=merchants,
        started_at=min(one.at for one in attempts),
        is_torn=not path.read_bytes().endswith(b"\n"),
    )


def _merchants(path: Path, keys: Mapping[str, str]) -> list[Before]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["merchants"]
        return [_before(one, keys) for one in told]
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} does not say who took part: {error!r}") from None


def _before(told: Document, keys: Mapping[str, str]) -> Before:
    api_key = told.get("api_key") or keys.get(told["id"])
    if api_key is None:
        raise RecordError(f"the key of {told['id']} is not known: give it as --api-key")
    return Before(
        merchant=Merchant(id=told["id"], api_key=api_key),
        balances={
            one["currency"]: (one["available_minor"], one["pending_minor"])
            for one in told["balances"]
        },
        newest=told.get("newest") or {},
    )
