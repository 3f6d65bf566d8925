"""What does an Adyen settlement details report say? Decimals in major units, unsigned, debits and
credits in columns of their own: gross in the currency of the payment, net and costs in that of the
account, with the exchange rate between them.

A row is in the currency of its net: that is what is settled. Its gross amount is therefore its net
and its costs together, and the file's own gross amount, exchanged, must come to the same: exactly,
or to within half a minor unit where a rate other than 1 makes it a fraction. What has no gross
amount, such as a payout, is its net alone. Costs are the commission, or markup, scheme fees and
interchange.

All rows of a batch come to nothing: what is not paid out is carried over by a Balancetransfer. A
payout that the bank sent back is a payout above zero.

Source: Adyen, "Settlement details report" and "Currency codes and minor units", as of 2026-11.
"""

from collections.abc import Sequence
from datetime import datetime

from oncepay.domain.settlement_formats.adyen_columns import (
    BATCH,
    COLUMNS,
    COMMISSION,
    DECIMALS,
    GROSS_CREDIT,
    GROSS_CURRENCY,
    GROSS_DEBIT,
    INTERCHANGE,
    KINDS,
    MARKUP,
    NET_CREDIT,
    NET_CURRENCY,
    NET_DEBIT,
    OWN_REFERENCE,
    REFERENCE,
    SCHEME_FEES,
    TIME,
    ZONE,
)
from oncepay.domain.settlement_formats.adyen_exchange import require_exchanged
from oncepay.domain.settlement_formats.adyen_rows import read_rows
from oncepay.domain.settlement_formats.adyen_zones import OFFSETS
from oncepay.domain.settlement_formats.columns import Columns, require_commas
from oncepay.domain.settlement_formats.decimals import (
    DecimalAmounts,
    amounts_by_currency,
    write_decimal,
)
from oncepay.domain.settlement_formats.format import Totals
from oncepay.domain.settlement_formats.ids import are_plain, our_payment_id, require_plain
from oncepay.domain.settlement_formats.moments import read_plain
from oncepay.domain.settlement_formats.records import count_lines
from oncepay.domain.settlement_formats.rejections import Rejections
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    RejectedRow,
    RowKind,
    SettlementRow,
    UnreadableCellError,
)

_MARKS = frozenset({REFERENCE, OWN_REFERENCE, BATCH})

# It counts what it is given, in a third of the time that names take.
_new_row = SettlementRow._make


class AdyenFormat:
    """Files of Adyen's settlement details report."""

    name = "adyen"
    title = "Adyen settlement details"

    def open(self, first: Sequence[str]) -> "AdyenReader | None":
        """A reader, if the header is of this report; see `Format`."""
        require_commas(first, REFERENCE)
        if len(_MARKS.intersection(first)) < len(_MARKS) - 1:
            return None
        return AdyenReader(Columns(first, required=COLUMNS))


class AdyenReader:
    """Reads the rows of one file."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._amounts = amounts_by_currency(DECIMALS)
        self._rejections = Rejections()
        self._read = 0
        self._paid_out: dict[tuple[str, str], int] = {}

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
        columns = self._columns.turned(records)
        rows = read_rows(columns, self._amounts, number=number, line=line)
        self._read += len(rows)
        for row in rows:
            if row.kind is RowKind.PAYOUT:
                self._add_payout(row)
        return rows

    def prove(self, totals: Totals) -> None:
        """Every batch comes to nothing; see `RowReader`."""
        self._rejections.require_none(read=self._read, rows=totals.rows)
        for (batch, currency), found in totals.batches.items():
            paid_out = self._paid_out.get((batch, currency), 0)
            if found.net_minor != paid_out:
                raise FileRefused(
                    f"the rows of batch {batch} come to"
                    f" {write_decimal(found.net_minor, currency)} {currency}, and"
                    f" {write_decimal(paid_out, currency)} {currency} was paid out"
                )

    def _row(self, cells: tuple[str, ...], number: int, line: int) -> SettlementRow:
        (
            reference,
            ours,
            time,
            zone,
            type_,
            own_reference,
            batch,
            gross_currency,
            gross_debit,
            gross_credit,
            rate,
            currency,
            net_debit,
            net_credit,
            commission,
            markup,
            scheme_fees,
            interchange,
        ) = cells
        amounts = self._amounts.get(currency)
        if amounts is None:
            raise _unknown_currency(NET_CURRENCY, currency)
        if not net_debit and not net_credit:
            raise UnreadableCellError(NET_CREDIT, "", f"must be filled if {NET_DEBIT} is not")
        if net_debit:
            net_minor = _read_debit(amounts, NET_DEBIT, net_debit, NET_CREDIT, net_credit)
        else:
            net_minor = amounts.read_unsigned(NET_CREDIT, net_credit)
        cost_minor = (
            (amounts.read(COMMISSION, commission) if commission else 0)
            + (amounts.read(MARKUP, markup) if markup else 0)
            + (amounts.read(SCHEME_FEES, scheme_fees) if scheme_fees else 0)
            + (amounts.read(INTERCHANGE, interchange) if interchange else 0)
        )
        gross_minor = net_minor + cost_minor
        if gross_debit or gross_credit:
            theirs = self._amounts.get(gross_currency)
            if theirs is None:
                raise _unknown_currency(GROSS_CURRENCY, gross_currency)
            if gross_debit:
                said = _read_debit(theirs, GROSS_DEBIT, gross_debit, GROSS_CREDIT, gross_credit)
            else:
                said = theirs.read_unsigned(GROSS_CREDIT, gross_credit)
            if said != gross_minor or gross_currency != currency or rate != "1":
                require_exchanged(
                    (said, gross_currency), rate, (gross_minor, currency), cost_minor, line=line
                )
        if not (batch.isdecimal() and are_plain(batch, reference, own_reference)):
            _require_ids(batch, reference, own_reference)
        kind = KINDS.get(type_, RowKind.OTHER)
        row = _new_row(
            (
                number,
                line,
                own_reference or reference or f"{batch} {type_}",
                kind,
                our_payment_id(ours),
                reference or None,
                own_reference or None,
                gross_minor,
                cost_minor,
                None,
                currency,
                batch,
                self._time(time, zone),
            )
        )
        if kind is RowKind.PAYOUT:
            self._add_payout(row)
        return row

    def _add_payout(self, row: SettlementRow) -> None:
        key = (row.batch, row.currency)
        self._paid_out[key] = self._paid_out.get(key, 0) - row.net_minor

    def _time(self, time: str, zone: str) -> datetime:
        offset = OFFSETS.get(zone)
        if offset is None:
            raise UnreadableCellError(ZONE, zone, "must be a time zone that is known, such as CET")
        return read_plain(TIME, time, offset=offset)


def _unknown_currency(column: str, code: str) -> UnreadableCellError:
    return UnreadableCellError(column, code, "must be an active ISO 4217 code in upper case")


def _read_debit(
    amounts: DecimalAmounts, debit_column: str, debit: str, credit_column: str, credit: str
) -> int:
    """Signed: a debit is away from us. The other side has nothing, or a nought."""
    debit_minor = amounts.read_unsigned(debit_column, debit)
    credit_minor = amounts.read_unsigned(credit_column, credit) if credit else 0
    if debit_minor and credit_minor:
        raise UnreadableCellError(
            credit_column, credit, f"must be empty where {debit_column} is not"
        )
    return credit_minor - debit_minor


def _require_ids(batch: str, reference: str, own_reference: str) -> None:
    require_plain(**{BATCH: batch, REFERENCE: reference, OWN_REFERENCE: own_reference})
    raise UnreadableCellError(BATCH, batch, "must be a whole number")
