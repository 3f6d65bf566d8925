"""What does the processor settle, and what does it keep of it? Rows, made of its own record, for
the settlement files of all formats.

A row is of money that really moved: a charge that was captured, a refund that succeeded, the same
one if it came back afterwards, a dispute that was opened, the same one if it was won; one that is
lost changes nothing any more. What is pending moves no money yet, and is in a later file.

What the processor keeps is a table of our own, synthetic, and no processor's price list: of a
charge 2.9 %, rounded half up, and in currencies of two decimals 30 minor units more, rounded to
what the face can say; of a dispute 1500 minor units, given back if it is won. A refund gives
nothing back.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from oncepay.domain.currencies import EXPONENTS
from ops.simulated.paypal_money import WITHOUT_DECIMALS
from ops.simulated.records import Charge, ChargeStatus, Dispute, DisputeStatus, Movement
from ops.simulated.records import MovementStatus as Status

type Kind = Literal["payment", "refund", "refund_failed", "dispute", "dispute_won"]

PER_MILLE = 29
FIXED_MINOR = {2: 30}
"""By the currency's decimals; else nothing."""
DISPUTE_MINOR = 1_500
USUAL_DECIMALS = 2
"""Of a currency that is none: the processor's own face takes any three letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. Amounts are in minor units and signed: plus is towards the merchant.

    Attributes:
        capture: what captured the charge; None if it captured itself.
        subject: the refund or dispute that the row is of; None if it is of the charge.
        cost_minor: what the processor keeps; below zero if it gives some back.
        fee_minor: the merchant's own fee, which only one format knows of.
        copies: how many rows before it are the same.
        is_unreadable: its amount is not to be read.
    """

    kind: Kind
    charge: Charge
    capture: Movement | None = None
    subject: Movement | Dispute | None = None
    gross_minor: int
    cost_minor: int
    fee_minor: int = 0
    currency: str
    occurred_at: datetime
    copies: int = 0
    is_unreadable: bool = False

    @property
    def net_minor(self) -> int:
        """What it adds to what is paid out."""
        return self.gross_minor - self.cost_minor

    @property
    def id(self) -> str:
        """The engine's, of what the row is of."""
        return self.charge.id if self.subject is None else self.subject.id

    @property
    def payment_id(self) -> str:
        """The merchant's payment, as the charge names it."""
        return (self.capture or self.charge).payment_id

    @property
    def refund(self) -> Movement | None:
        """That it is of, if it is of one."""
        return self.subject if isinstance(self.subject, Movement) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What happened in this time is settled: from `first` on, and before `end`."""

    first: datetime | None = None
    end: datetime | None = None

    def holds(self, row: Row) -> bool:
        """Whether it happened then."""
        is_after = self.first is None or self.first <= row.occurred_at
        return is_after and (self.end is None or row.occurred_at < self.end)


def cost_of(amount_minor: int, currency: str, face: str) -> int:
    """What is kept of a charge."""
    share_minor, unit = (amount_minor * PER_MILLE + 500) // 1_000, unit_of(currency, face)
    cost_minor = share_minor + FIXED_MINOR.get(decimals_of(currency), 0)
    return (cost_minor + unit // 2) // unit * unit


def unit_of(currency: str, face: str) -> int:
    """The least that a face can say, in minor units: PayPal has no decimals where we may have."""
    is_coarser = face == "paypal" and currency in WITHOUT_DECIMALS
    return 10 ** decimals_of(currency) if is_coarser else 1


def rows_of(
    record: Sequence[tuple[Charge, Sequence[Movement]]],
    disputes: Sequence[Dispute],
    *,
    face: str,
    window: Window,
    fee_basis_points: int,
) -> list[Row]:
    """The rows of the charges of one face, oldest first.

    Args:
        record: the engine's.
        disputes: the engine's.
        face: the engine's name of it.
        window: what is settled.
        fee_basis_points: of the merchant's own fee, which the processor is told.
    """
    disputes_of: dict[str, list[Dispute]] = {}
    for dispute in disputes:
        disputes_of.setdefault(dispute.charge_id, []).append(dispute)
    rows = [
        row
        for charge, movements in record
        if charge.face == face and charge.status is ChargeStatus.SUCCEEDED
        for row in _rows_of_charge(
            charge, movements, disputes_of.get(charge.id, ()), fee_basis_points
        )
        if window.holds(row)
    ]
    return sorted(rows, key=lambda row: row.occurred_at)


def _rows_of_charge(
    charge: Charge,
    movements: Sequence[Movement],
    disputes: Sequence[Dispute],
    fee_basis_points: int,
) -> Iterator[Row]:
    done = [each for each in movements if each.status is Status.SUCCEEDED]
    capture = next((each for each in done if each.kind == "capture"), None)
    captured_minor, currency = charge.captured_minor, charge.currency

    def row_of(
        kind: Kind,
        subject: Movement | Dispute | None,
        gross_minor: int,
        at: datetime,
        cost_minor: int = 0,
        fee_minor: int = 0,
    ) -> Row:
        return Row(
            kind=kind,
            charge=charge,
            capture=capture,
            subject=subject,
            gross_minor=gross_minor,
            cost_minor=cost_minor,
            fee_minor=fee_minor,
            currency=currency,
            occurred_at=at,
        )

    yield row_of(
        "payment",
        None,
        captured_minor,
        (capture or charge).created_at,
        cost_minor=cost_of(captured_minor, currency, charge.face),
        fee_minor=captured_minor * fee_basis_points // 10_000,
    )
    for refund in movements:
        if refund.kind != "refund":
            continue
        if refund.status is Status.SUCCEEDED or refund.returned_at is not None:
            yield row_of("refund", refund, -refund.amount_minor, refund.created_at)
        if refund.returned_at is not None:
            yield row_of("refund_failed", refund, refund.amount_minor, refund.returned_at)
    for dispute in disputes:
        amount_minor = dispute.amount_minor
        yield row_of("dispute", dispute, -amount_minor, dispute.created_at, DISPUTE_MINOR)
        if dispute.status is DisputeStatus.WON and dispute.closed_at is not None:
            yield row_of("dispute_won", dispute, amount_minor, dispute.closed_at, -DISPUTE_MINOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """All that a file says.

    Attributes:
        now: the processor's time, which only a file without rows has to go by.
        wrong_by_minor: by how much one of its totals is wrong.
    """

    rows: Sequence[Row]
    now: datetime
    wrong_by_minor: int = 0

    @property
    def paid_at(self) -> datetime:
        """When it is paid out: the midnight after the last row."""
        last = max((row.occurred_at for row in self.rows), default=self.now).astimezone(UTC)
        return last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

    @property
    def file_day(self) -> str:
        """Of the file's name: the day of the last row."""
        return (self.paid_at - timedelta(days=1)).strftime("%Y%m%d")

    def rows_by_currency(self) -> Mapping[str, Sequence[Row]]:
        """The rows, in the order of their currencies' names."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.currency, []).append(row)
        return dict(sorted(found.items()))

    def nets(self) -> Mapping[str, int]:
        """What the rows come to, by currency."""
        return {
            currency: sum(row.net_minor for row in rows)
            for currency, rows in self.rows_by_currency().items()
        }

    def name_of_payout(self, currency: str) -> str:
        """24 characters that follow from what is paid out."""
        rows = self.rows_by_currency().get(currency, ())
        return made_up("payout", currency, *(row.id for row in rows))


def made_up(*parts: str) -> str:
    """24 lower-case letters and digits that follow from some texts, for an id."""
    digest = hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest).decode().lower()[:24]


def decimals_of(currency: str) -> int:
    """How many the currency has by ISO 4217, which is also how a file writes it."""
    return EXPONENTS.get(currency, USUAL_DECIMALS)


def in_major_units(amount_minor: int, currency: str) -> str:
    """Such as -12.50."""
    decimals = decimals_of(currency)
    whole, rest = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"
