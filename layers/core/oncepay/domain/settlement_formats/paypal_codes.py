"""What is a row of PayPal's about? Its event code says it, together with its direction: a payment
that goes out, or a refund that comes in, is none of ours.

The first three characters of a code are its group; a code that is not named here is what its group
is, and a group that is not named is OTHER.

Disputes: PayPal holds the money (T1110), gives it back when it has decided (T1111), and takes it
for good if the buyer was right (T1106); a card's issuer charges back (T1201), or not after all
(T1202). A deposit from the bank is a payout the other way. A refund that came back has no code of
its own: it is a general reversal (T1100) towards us.

Source: PayPal, "Transaction event codes", as of 2026-11.
"""

from collections.abc import Sequence

from oncepay.domain.settlement_formats.row import RowKind

AUTHORIZATIONS = "T13"
"""The group of what moves no money: in a Transaction Detail report only."""

TRANSACTION = "TXN"
"""The type of a reference that is a transaction's."""

# (of a credit, of a debit)
_GROUPS = {
    "T00": (RowKind.PAYMENT, RowKind.OTHER),
    "T01": (RowKind.FEE, RowKind.FEE),
    "T03": (RowKind.PAYOUT, RowKind.PAYOUT),
    "T04": (RowKind.PAYOUT, RowKind.PAYOUT),
}
_CODES = {
    "T1100": (RowKind.REFUND_FAILED, RowKind.OTHER),
    "T1101": (RowKind.PAYOUT, RowKind.PAYOUT),
    "T1104": (RowKind.PAYOUT, RowKind.PAYOUT),
    "T1106": (RowKind.OTHER, RowKind.DISPUTE),
    "T1107": (RowKind.OTHER, RowKind.REFUND),
    "T1108": (RowKind.FEE, RowKind.FEE),
    "T1109": (RowKind.FEE, RowKind.FEE),
    "T1110": (RowKind.OTHER, RowKind.DISPUTE),
    "T1111": (RowKind.DISPUTE_WON, RowKind.OTHER),
    "T1201": (RowKind.OTHER, RowKind.DISPUTE),
    "T1202": (RowKind.DISPUTE_WON, RowKind.OTHER),
}
_NEITHER = (RowKind.OTHER, RowKind.OTHER)


def kinds_of(codes: Sequence[str], are_debits: Sequence[bool]) -> list[RowKind]:
    """The same of many rows."""
    pairs = {code: _pair_of(code) for code in set(codes)}
    return [pairs[code][is_debit] for code, is_debit in zip(codes, are_debits, strict=True)]


def kind_of(code: str, *, is_debit: bool) -> RowKind:
    """What an event code means of a row of that direction."""
    return _pair_of(code)[is_debit]


def _pair_of(code: str) -> tuple[RowKind, RowKind]:
    return _CODES.get(code) or _GROUPS.get(code[:3], _NEITHER)
