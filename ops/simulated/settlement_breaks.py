"""What can be wrong with a settlement file on purpose? Breaks of known kinds, each put into the
rows as often as is asked for, in places that a seed decides: the same seed and record, the same
file.

    amount_mismatch         a payment of some units more
    fee_mismatch            a payment with another fee of the merchant's: the native format only
    currency_mismatch       a payment in another currency, of the same amount in minor units
    duplicate_row           a payment twice
    missing_in_ledger       a payment that the merchant does not have
    orphan_refund           a refund that the merchant does not have, of a payment that it has
    missing_in_settlement   a payment left out
    rejected_row            one more row, whose amount is not to be read: the native format only,
                            since the others have totals

A payment gets one break at most, and only one that was neither refunded nor disputed, so that each
is found as what it is. Kinds are called as the merchant is to call what it finds.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ops.simulated.calls import BadCall
from ops.simulated.paypal_money import CURRENCIES
from ops.simulated.records import Charge, ChargeStatus, Movement, MovementStatus
from ops.simulated.settlement_rows import Row, cost_of, decimals_of, made_up, unit_of

KINDS = (
    # First what not every payment is fit for.
    "currency_mismatch",
    "amount_mismatch",
    "fee_mismatch",
    "duplicate_row",
    "missing_in_ledger",
    "orphan_refund",
    "missing_in_settlement",
    "rejected_row",
)
MAX_BREAKS = 500
"""Each is told in one header."""
MOST_OFF = 9
"""Units of what a currency has."""

_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,40}", re.ASCII)
_OTHER_CURRENCIES = ("EUR", "USD", "JPY", "KRW", "KWD", "BHD")
_USUAL_CURRENCY = "USD"
_PREFIXES = {"stripe": "pi_", "paypal": "", "simulated": "ch_"}


@dataclass(frozen=True, slots=True)
class Break:
    """One that was made. `row` counts the file's rows from 1; None: it is not there."""

    kind: str
    payment_id: str | None
    row: int | None

    def write(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": self.kind, "payment_id": self.payment_id, "row": self.row}


@dataclass(slots=True, eq=False)
class _Place:
    """A row on its way into the file."""

    row: Row
    kind: str | None = None


class Breaker:
    """Puts breaks into some rows.

    Args:
        rows: right ones, in order.
        face: the engine's name of whose charges they are.
        seed: decides what is not asked for.
        now: when something happens in a file that has no rows else.
    """

    def __init__(self, rows: Sequence[Row], *, face: str, seed: int, now: datetime) -> None:
        self._face, self._seed, self._now = face, seed, now
        self._chance = random.Random(seed)  # noqa: S311  (the same seed, the same file)
        self._places = [_Place(row) for row in rows]
        self._whole = _whole_payments(self._places)
        self._chance.shuffle(self._whole)
        self._left_out: list[Break] = []
        self._made = 0

    def put(self, wanted: Mapping[str, int]) -> tuple[list[Row], list[Break]]:
        """The rows with so many breaks of each kind, and where those are.

        Raises: BadCall if there are too few payments to put them into.
        """
        makers: dict[str, Callable[[str], None]] = {
            "currency_mismatch": self._change_currency,
            "amount_mismatch": self._change_amount,
            "fee_mismatch": self._change_fee,
            "duplicate_row": self._repeat,
            "missing_in_ledger": self._add_payment,
            "orphan_refund": self._add_refund,
            "missing_in_settlement": self._leave_out,
            "rejected_row": self._add_unreadable,
        }
        for kind in KINDS:
            for _ in range(wanted.get(kind, 0)):
                makers[kind](kind)
        breaks = [
            Break(
                place.kind,
                # Of a row that cannot be read nobody can say what it is of.
                None if place.row.is_unreadable else place.row.payment_id,
                number,
            )
            for number, place in enumerate(self._places, 1)
            if place.kind is not None
        ]
        return [place.row for place in self._places], breaks + self._left_out

    def _take(self, kind: str, is_fit: Callable[[Row], bool] = lambda _: True) -> _Place:
        """A payment that has no break yet."""
        for place in self._whole:
            if is_fit(place.row):
                self._whole.remove(place)
                return place
        raise BadCall(
            f"there are too few payments for so many breaks: none is left for {kind}; only what was"
            " neither refunded nor disputed can have one"
        )

    def _change_amount(self, kind: str) -> None:
        place = self._take(kind)
        more_minor = self._chance.randint(1, MOST_OFF) * unit_of(place.row.currency, self._face)
        place.row = replace(place.row, gross_minor=place.row.gross_minor + more_minor)
        place.kind = kind

    def _change_fee(self, kind: str) -> None:
        place = self._take(kind)
        more_minor = self._chance.randint(1, MOST_OFF)
        place.row = replace(place.row, fee_minor=place.row.fee_minor + more_minor)
        place.kind = kind

    def _change_currency(self, kind: str) -> None:
        place = self._take(kind, lambda row: self._other_currency(row) is not None)
        place.row = replace(place.row, currency=self._other_currency(place.row) or "")
        place.kind = kind

    def _other_currency(self, row: Row) -> str | None:
        """Of as many decimals, so that the amount stays."""
        return next(
            (
                each
                for each in _OTHER_CURRENCIES
                if each != row.currency
                and decimals_of(each) == decimals_of(row.currency)
                and (self._face != "paypal" or each in CURRENCIES)
            ),
            None,
        )

    def _repeat(self, kind: str) -> None:
        place = self._take(kind)
        self._insert(_Place(replace(place.row, copies=1), kind), after=place)

    def _leave_out(self, kind: str) -> None:
        place = self._take(kind)
        self._places = [each for each in self._places if each is not place]
        self._left_out.append(Break(kind, place.row.payment_id, None))

    def _add_payment(self, kind: str) -> None:
        self._insert(_Place(self._unknown_payment(), kind))

    def _add_unreadable(self, kind: str) -> None:
        self._insert(_Place(replace(self._unknown_payment(), is_unreadable=True), kind))

    def _add_refund(self, kind: str) -> None:
        place = self._take(kind)
        paid, name = place.row, self._new_name(kind)
        unit = unit_of(paid.currency, self._face)
        refund = Movement(
            kind="refund",
            id=("re_" if self._face == "stripe" else "rf_") + name,
            status=MovementStatus.SUCCEEDED,
            charge_id=paid.charge.id,
            amount_minor=self._chance.randint(1, paid.gross_minor // unit) * unit,
            currency=paid.currency,
            payment_id=paid.payment_id,
            idempotency_key=None,
            failure=None,
            created_at=paid.occurred_at + timedelta(seconds=1),
        )
        row = replace(
            paid,
            kind="refund",
            subject=refund,
            gross_minor=-refund.amount_minor,
            cost_minor=0,
            fee_minor=0,
            occurred_at=refund.created_at,
        )
        self._insert(_Place(row, kind), after=place)

    def _unknown_payment(self) -> Row:
        like = self._chance.choice(self._places).row if self._places else None
        name = self._new_name("payment")
        currency = _USUAL_CURRENCY if like is None else like.currency
        payment_id = f"pay_{name}aa"
        charge = Charge(
            id=_PREFIXES[self._face] + name,
            status=ChargeStatus.SUCCEEDED,
            amount_minor=self._chance.randint(1_000, 9_999) * unit_of(currency, self._face),
            currency=currency,
            is_manual=False,
            captured_minor=0,
            refunded_minor=0,
            payment_id=payment_id,
            idempotency_key=None,
            decline=None,
            expires_at=None,
            created_at=self._now if like is None else like.occurred_at,
            face=self._face,
            metadata={"payment_id": payment_id, "invoice_id": payment_id},
        )
        return Row(
            kind="payment",
            charge=charge,
            gross_minor=charge.amount_minor,
            cost_minor=cost_of(charge.amount_minor, currency, self._face),
            currency=currency,
            occurred_at=charge.created_at,
        )

    def _insert(self, new: _Place, *, after: _Place | None = None) -> None:
        """Anywhere, or anywhere behind a row."""
        first = 0
        if after is not None:
            first = 1 + next(i for i, each in enumerate(self._places) if each is after)
        self._places.insert(self._chance.randint(first, len(self._places)), new)

    def _new_name(self, kind: str) -> str:
        self._made += 1
        return made_up("break", kind, str(self._seed), str(self._made))


def _whole_payments(places: Sequence[_Place]) -> list[_Place]:
    """The payments that have one row and were never given back, in no part."""
    count = Counter(place.row.payment_id for place in places)
    return [
        place
        for place in places
        if place.row.kind == "payment"
        and count[place.row.payment_id] == 1
        and _NAME.fullmatch(place.row.payment_id)
        and not place.row.charge.refunded_minor
        and not place.row.charge.is_disputed
    ]
