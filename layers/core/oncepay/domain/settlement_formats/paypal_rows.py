"""How are many rows of a PayPal settlement report read at once? Column by column, with the same
rules as one by one; of which row is at fault nothing is said here.
"""

from collections.abc import Sequence
from itertools import count, repeat

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.settlement_formats.columns import Column
from oncepay.domain.settlement_formats.ids import are_all_plain, our_payment_ids
from oncepay.domain.settlement_formats.moments import read_many_slashed
from oncepay.domain.settlement_formats.paypal_amounts import read_amounts
from oncepay.domain.settlement_formats.paypal_codes import AUTHORIZATIONS, TRANSACTION, kinds_of
from oncepay.domain.settlement_formats.paypal_controls import Controls
from oncepay.domain.settlement_formats.row import (
    NotAllGoodError,
    RowKind,
    SettlementRow,
    make_rows,
)

_DEBIT = "DR"
_DIRECTIONS = frozenset({"CR", _DEBIT})


def read_rows(
    columns: Sequence[Column], controls: Controls, *, number: int, line: int
) -> list[SettlementRow]:
    """The rows of the columns that are read, in their order.

    Args:
        columns: of a few rows at least.
        controls: to which they are added, if all are good.
        number: of the first row.
        line: of the first row.

    Raises:
        NotAllGoodError: one of them is not good.
        UnreadableCellError: the same.
    """
    (
        row_ids,
        invoices,
        references,
        reference_types,
        codes,
        initiated,
        completed,
        directions,
        gross,
        currencies,
        fee_directions,
        fees,
        fee_currencies,
        customs,
    ) = columns
    if (
        not EXPONENTS.keys() >= set(currencies)
        or not set(directions) <= _DIRECTIONS
        or not all(row_ids)
        or not are_all_plain((row_ids, references))
        or any(code.startswith(AUTHORIZATIONS) for code in set(codes))
    ):
        raise NotAllGoodError
    are_debits = [direction == _DEBIT for direction in directions]
    gross_minor = read_amounts(gross, currencies)
    fee_minor = read_amounts([fee or "0" for fee in fees] if "" in fees else fees, currencies)
    if fee_currencies != currencies or not set(fee_directions) <= _DIRECTIONS:
        for fee, direction, *both in zip(
            fee_minor, fee_directions, fee_currencies, currencies, strict=True
        ):
            if fee and (direction not in _DIRECTIONS or len(set(both)) > 1):
                raise NotAllGoodError
    are_fee_debits = [direction == _DEBIT for direction in fee_directions]
    kinds = kinds_of(codes, are_debits)
    payment_ids = our_payment_ids(customs)
    if not all(payment_ids):
        others = our_payment_ids(invoices)
        payment_ids = [one or other for one, other in zip(payment_ids, others, strict=True)]
    if not all(completed):
        completed = tuple(one or other for one, other in zip(completed, initiated, strict=True))
    rows = make_rows(
        numbers=count(number),
        lines=count(line),
        row_ids=row_ids,
        kinds=kinds,
        payment_ids=payment_ids,
        references=row_ids
        if kinds.count(RowKind.PAYMENT) == len(kinds)
        else [
            row_id
            if kind is RowKind.PAYMENT
            else (reference if not type_ or type_ == TRANSACTION else "") or None
            for kind, row_id, reference, type_ in zip(
                kinds, row_ids, references, reference_types, strict=True
            )
        ],
        own_references=row_ids,
        gross_minor=_signed(gross_minor, are_debits),
        cost_minor=_signed(fee_minor, [not is_debit for is_debit in are_fee_debits]),
        currencies=currencies,
        batches=repeat(controls.section),
        occurred_at=read_many_slashed(completed),
    )
    controls.count_rows(len(rows))
    controls.add(currencies, gross_minor, are_debits, fee_minor, are_fee_debits)
    return rows


def _signed(amounts_minor: list[int], are_debits: list[bool]) -> list[int]:
    if True not in are_debits:
        return amounts_minor
    pairs = zip(amounts_minor, are_debits, strict=True)
    return [-amount if is_debit else amount for amount, is_debit in pairs]
