"""How are many rows of an Adyen settlement details report read at once? Column by column, with the
same rules as one by one; of which row is at fault nothing is said here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from operator import add, mul, sub

from oncepay.domain.settlement_formats.adyen_columns import KINDS, TIME
from oncepay.domain.settlement_formats.adyen_exchange import require_exchanged
from oncepay.domain.settlement_formats.adyen_zones import OFFSETS
from oncepay.domain.settlement_formats.columns import Column
from oncepay.domain.settlement_formats.decimals import AmountsOfRows, DecimalAmounts
from oncepay.domain.settlement_formats.ids import are_all_plain, our_payment_ids
from oncepay.domain.settlement_formats.moments import read_many_plain, read_plain
from oncepay.domain.settlement_formats.row import (
    NotAllGoodError,
    SettlementRow,
    fill_with_none,
    make_rows,
    read_kinds,
)


def read_rows(
    columns: Sequence[Column],
    by_currency: Mapping[str, DecimalAmounts],
    *,
    number: int,
    line: int,
) -> list[SettlementRow]:
    """The rows of these columns, which are `COLUMNS`.

    Args:
        columns: of a few rows at least.
        by_currency: what reads the amounts of each currency.
        number: of the first row.
        line: of the first row.

    Raises:
        NotAllGoodError: one of them is not good.
        UnreadableCellError: the same.
        FileRefused: the same.
    """
    (
        references,
        ours,
        times,
        zones,
        types,
        own_references,
        batches,
        gross_currencies,
        gross_debits,
        gross_credits,
        rates,
        currencies,
        net_debits,
        net_credits,
        *costs,
    ) = columns
    if not by_currency.keys() >= set(currencies):
        raise NotAllGoodError
    amounts = AmountsOfRows(by_currency, currencies)
    if not all(net_credits) and not all(map(add, net_credits, net_debits)):
        raise NotAllGoodError
    net_minor = _read_sides(amounts, net_debits, net_credits)
    cost_minor = [0] * len(net_minor)
    for cost in costs:
        if any(cost):
            cost_minor = list(map(add, cost_minor, amounts.read_or_nought(cost)))
    gross_minor = list(map(add, net_minor, cost_minor))
    if (
        gross_currencies != currencies
        or set(rates) != {"1"}
        or not all(map(add, gross_credits, gross_debits))
        or _read_sides(amounts, gross_debits, gross_credits) != gross_minor
    ):
        _require_gross(
            by_currency,
            zip(gross_debits, gross_credits, gross_currencies, rates, strict=True),
            zip(gross_minor, currencies, cost_minor, strict=True),
        )
    names = set(batches)
    if not all(map(str.isdecimal, names)) or not are_all_plain((names, references, own_references)):
        raise NotAllGoodError
    row_ids: Sequence[str] = own_references
    if not all(own_references):
        row_ids = [
            own_reference or reference or f"{batch} {type_}"
            for own_reference, reference, batch, type_ in zip(
                own_references, references, batches, types, strict=True
            )
        ]
    return make_rows(
        numbers=count(number),
        lines=count(line),
        row_ids=row_ids,
        kinds=read_kinds(types, KINDS),
        payment_ids=our_payment_ids(ours),
        references=fill_with_none(references),
        own_references=fill_with_none(own_references),
        gross_minor=gross_minor,
        cost_minor=cost_minor,
        currencies=currencies,
        batches=batches,
        occurred_at=_read_times(times, zones),
    )


def _read_sides(amounts: AmountsOfRows, debits: Column, credits: Column) -> list[int]:
    """Signed: a debit is away from us. One side of a row has nothing, or a nought."""
    credit_minor = amounts.read_or_nought(credits)
    if not any(debits):
        if min(credit_minor) < 0:
            raise NotAllGoodError
        return credit_minor
    debit_minor = amounts.read_or_nought(debits)
    if min(credit_minor) < 0 or min(debit_minor) < 0 or any(map(mul, credit_minor, debit_minor)):
        raise NotAllGoodError
    return list(map(sub, credit_minor, debit_minor))


def _require_gross(
    by_currency: Mapping[str, DecimalAmounts],
    said: Iterable[tuple[str, str, str, str]],
    settled: Iterable[tuple[int, str, int]],
) -> None:
    """What the file says of it, row by row, where it says anything."""
    for (debit, credit, theirs, rate), (gross_minor, currency, cost_minor) in zip(
        said, settled, strict=True
    ):
        if not debit and not credit:
            continue
        if theirs not in by_currency:
            raise NotAllGoodError
        (said_minor,) = _read_sides(AmountsOfRows(by_currency, (theirs,)), (debit,), (credit,))
        if said_minor != gross_minor or theirs != currency or rate != "1":
            require_exchanged(
                (said_minor, theirs), rate, (gross_minor, currency), cost_minor, line=0
            )


def _read_times(times: Column, zones: Column) -> list[datetime]:
    named = set(zones)
    if not OFFSETS.keys() >= named:
        raise NotAllGoodError
    if len(named) == 1:
        return read_many_plain(times, offset=OFFSETS[zones[0]])
    return [
        read_plain(TIME, time, offset=OFFSETS[zone])
        for time, zone in zip(times, zones, strict=True)
    ]
