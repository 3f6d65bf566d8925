"""What does a Stripe payout reconciliation report (itemized) say? Signed decimals in major units:
gross is what moved, fee what Stripe kept, net the one less the other, in every row.

A charge is found by our own id, which Stripe was given as metadata, or else by its intent. A row is
in the batch of the payout that it went into. Most files leave out the payout itself; in one that
has it, the rest of the batch must come to as much.

Of charge and partial_capture_reversal, which takes back what was charged and not captured, the sum
is what was captured; both are payments. A payout that came back may be in its own
batch, or in that of the one with which it is paid again.

Source: Stripe, "Payout reconciliation report" and "Reporting categories", as of 2026-11.
"""

from collections.abc import Sequence
from itertools import count
from operator import sub

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.settlement_formats.columns import Columns, require_commas
from oncepay.domain.settlement_formats.decimals import (
    AmountsOfRows,
    amounts_by_currency,
    write_decimal,
)
from oncepay.domain.settlement_formats.format import Totals
from oncepay.domain.settlement_formats.ids import (
    are_all_plain,
    are_plain,
    our_payment_id,
    our_payment_ids,
    require_filled,
    require_plain,
)
from oncepay.domain.settlement_formats.moments import read_many_plain, read_plain
from oncepay.domain.settlement_formats.records import count_lines
from oncepay.domain.settlement_formats.rejections import Rejections
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    NotAllGoodError,
    RejectedRow,
    RowKind,
    SettlementRow,
    UnreadableCellError,
    fill_with_none,
    make_rows,
    read_kinds,
)

_REQUIRED = (
    "automatic_payout_id",
    "balance_transaction_id",
    "created_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
)
_OPTIONAL = (
    "payment_intent_id",
    "charge_id",
    "payment_metadata[payment_id]",
    "refund_metadata[payment_id]",
)
_MARKS = frozenset({"balance_transaction_id", "reporting_category"})

_PAYOUT, _RETURNED = "payout", "payout_reversal"
_KINDS = {
    "charge": RowKind.PAYMENT,
    "partial_capture_reversal": RowKind.PAYMENT,
    "refund": RowKind.REFUND,
    "refund_failure": RowKind.REFUND_FAILED,
    "dispute": RowKind.DISPUTE,
    "dispute_reversal": RowKind.DISPUTE_WON,
    "fee": RowKind.FEE,
    _PAYOUT: RowKind.PAYOUT,
    _RETURNED: RowKind.PAYOUT_RETURNED,
}

_CURRENCIES = {**{code: code for code in EXPONENTS}, **{code.lower(): code for code in EXPONENTS}}
# Stripe writes these two with decimals, which are always noughts.
_DECIMALS = {"ISK": 2, "UGX": 2}

# It counts what it is given, in a third of the time that names take.
_new_row = SettlementRow._make


class StripeFormat:
    """Files of Stripe's report payout_reconciliation.itemized."""

    name = "stripe"
    title = "Stripe payout reconciliation (itemized)"

    def open(self, first: Sequence[str]) -> "StripeReader | None":
        """A reader, if the header is of this report; see `Format`."""
        require_commas(first, "balance_transaction_id")
        if _MARKS.isdisjoint(first):
            return None
        return StripeReader(Columns(first, required=_REQUIRED, optional=_OPTIONAL))


class StripeReader:
    """Reads the rows of one file."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._amounts = amounts_by_currency(_DECIMALS)
        self._rejections = Rejections()
        self._read = 0
        self._paid_out: dict[tuple[str, str], int] = {}
        self._returned: dict[tuple[str, str], int] = {}

    def read(
        self, record: Sequence[str], *, number: int, line: int
    ) -> SettlementRow | RejectedRow | None:
        """Every record is a row; see `RowReader`."""
        self._read += 1
        columns = self._columns
        if len(record) != columns.width:
            return self._rejections.of_width(record, columns.width, number=number, line=line)
        try:
            return self._row(columns.cells(record), number, line)
        except UnreadableCellError as error:
            return self._rejections.of_cell(error, number=number, line=line)

    def are_rows(self, records: Sequence[Sequence[str]]) -> bool:
        """All but those of empty lines; see `ManyRowsReader`."""
        return [] not in records

    def count_rows(self, block: str) -> int | None:
        """Every line is a row; see `RowReader`."""
        return count_lines(block)

    def read_many(
        self, records: Sequence[Sequence[str]], *, number: int, line: int
    ) -> list[SettlementRow]:
        """As `_row` reads one, with the same checks; see `ManyRowsReader`."""
        (
            batches,
            row_ids,
            created,
            codes,
            gross,
            fee,
            net,
            categories,
            sources,
            intents,
            charges,
            ours,
            ours_of_refund,
        ) = self._columns.turned(records)
        if not _CURRENCIES.keys() >= set(codes):
            raise NotAllGoodError
        currencies = list(map(_CURRENCIES.__getitem__, codes))
        amounts = AmountsOfRows(self._amounts, currencies)
        gross_minor = amounts.read(gross)
        cost_minor = amounts.read(fee)
        net_minor = amounts.read(net)
        if list(map(sub, gross_minor, cost_minor)) != net_minor:
            raise NotAllGoodError
        if not all(row_ids) or not are_all_plain((batches, row_ids, sources, intents, charges)):
            raise NotAllGoodError
        payment_ids = our_payment_ids(ours)
        if any(ours_of_refund):
            others = our_payment_ids(ours_of_refund)
            payment_ids = [one or other for one, other in zip(payment_ids, others, strict=True)]
        rows = make_rows(
            numbers=count(number),
            lines=count(line),
            row_ids=row_ids,
            kinds=read_kinds(categories, _KINDS),
            payment_ids=payment_ids,
            references=intents
            if all(intents)
            else [
                intent or charge or (source if category == "charge" and source else None)
                for intent, charge, source, category in zip(
                    intents, charges, sources, categories, strict=True
                )
            ],
            own_references=fill_with_none(sources),
            gross_minor=gross_minor,
            cost_minor=cost_minor,
            currencies=currencies,
            batches=batches,
            occurred_at=read_many_plain(created),
        )
        self._read += len(rows)
        if _PAYOUT in categories or _RETURNED in categories:
            for row, category in zip(rows, categories, strict=True):
                self._add_payout(row, category)
        return rows

    def prove(self, totals: Totals) -> None:
        """A batch that has its payout comes to as much; see `RowReader`."""
        if self._paid_out:
            self._rejections.require_none(read=self._read, rows=totals.rows)
        for (batch, currency), paid_out in self._paid_out.items():
            found = totals.batches.get((batch, currency))
            net = found.net_minor if found else 0
            # Stripe does not say which payout the row of one that came back is of.
            if paid_out not in (net, net - self._returned.get((batch, currency), 0)):
                raise FileRefused(
                    f"the rows of payout {batch} come to {write_decimal(net, currency)} {currency},"
                    f" and {write_decimal(paid_out, currency)} {currency} was paid out"
                )

    def _row(self, cells: tuple[str, ...], number: int, line: int) -> SettlementRow:
        (
            batch,
            row_id,
            created,
            code,
            gross,
            fee,
            net,
            category,
            source,
            intent,
            charge,
            ours,
            ours_of_refund,
        ) = cells
        currency = _CURRENCIES.get(code)
        if currency is None:
            raise UnreadableCellError("currency", code, "must be an active ISO 4217 code")
        amounts = self._amounts[currency]
        gross_minor = amounts.read("gross", gross)
        cost_minor = amounts.read("fee", fee)
        net_minor = amounts.read("net", net)
        if not row_id or not are_plain(batch, row_id, source, intent, charge):
            _require_ids(cells)
        kind = _KINDS.get(category, RowKind.OTHER)
        row = _new_row(
            (
                number,
                line,
                row_id,
                kind,
                our_payment_id(ours) or our_payment_id(ours_of_refund),
                intent or charge or (source if category == "charge" and source else None),
                source or None,
                gross_minor,
                cost_minor,
                None,
                currency,
                batch,
                read_plain("created_utc", created),
            )
        )
        if gross_minor - cost_minor != net_minor:
            raise FileRefused(
                f"line {line}: net must be gross less fee, and {net} is not {gross} less {fee}"
            )
        self._add_payout(row, category)
        return row

    def _add_payout(self, row: SettlementRow, category: str) -> None:
        key = (row.batch, row.currency)
        if row.batch and category == _PAYOUT:
            self._paid_out[key] = self._paid_out.get(key, 0) - row.net_minor
        elif row.batch and category == _RETURNED:
            self._returned[key] = self._returned.get(key, 0) + row.net_minor


def _require_ids(cells: tuple[str, ...]) -> None:
    named = dict(zip((*_REQUIRED, *_OPTIONAL), cells, strict=True))
    require_filled("balance_transaction_id", named["balance_transaction_id"])
    require_plain(**named)
