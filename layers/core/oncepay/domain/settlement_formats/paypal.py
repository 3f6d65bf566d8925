"""What does a PayPal settlement report (STL) say? Records of several types, one section for each
account: SB is a row, and CH before it the names of its columns; the others are in
`paypal_controls`, amounts in `paypal_amounts`, event codes in `paypal_codes`.

Our own id is in the custom field, or else it is the invoice's: an invoice that begins otherwise is
that of an operation. What a refund or a dispute is of is PayPal's reference, if it is a
transaction. Net is not in the file: it is gross, less the fee if that is a debit.

Source: PayPal, "Settlement report", version 9, as of 2026-11; older versions have fewer columns,
and the oldest have names without blanks.
"""

from collections.abc import Sequence

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.settlement_formats.columns import Columns, fold, require_commas
from oncepay.domain.settlement_formats.format import Totals
from oncepay.domain.settlement_formats.ids import (
    are_plain,
    our_payment_id,
    require_filled,
    require_plain,
)
from oncepay.domain.settlement_formats.moments import read_slashed
from oncepay.domain.settlement_formats.paypal_amounts import (
    read_amount,
    read_is_debit,
)
from oncepay.domain.settlement_formats.paypal_codes import AUTHORIZATIONS, TRANSACTION, kind_of
from oncepay.domain.settlement_formats.paypal_controls import Controls
from oncepay.domain.settlement_formats.paypal_rows import read_rows
from oncepay.domain.settlement_formats.records import count_lines
from oncepay.domain.settlement_formats.rejections import Rejections
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    NotAllGoodError,
    RejectedRow,
    RowKind,
    SettlementRow,
    UnreadableCellError,
)

_ROW, _NAMES_OF_COLUMNS, _REPORT = "SB", "CH", "RH"

_ID = "Transaction ID"
_REFERENCE = "PayPal Reference ID"
_CODE = "Transaction Event Code"
_INITIATED = "Transaction Initiation Date"
_COMPLETED = "Transaction Completion Date"
_DIRECTION = "Transaction Debit or Credit"
_GROSS = "Gross Transaction Amount"
_CURRENCY = "Gross Transaction Currency"
_FEE_DIRECTION = "Fee Debit or Credit"
_FEE = "Fee Amount"
_FEE_CURRENCY = "Fee Currency"

_COLUMNS = (
    _ID,
    "Invoice ID",
    _REFERENCE,
    "PayPal Reference ID Type",
    _CODE,
    _INITIATED,
    _COMPLETED,
    _DIRECTION,
    _GROSS,
    _CURRENCY,
    _FEE_DIRECTION,
    _FEE,
    _FEE_CURRENCY,
    "Custom Field",
)

# It counts what it is given, in a third of the time that names take.
_new_row = SettlementRow._make


class PayPalFormat:
    """Files of PayPal's report STL."""

    name = "paypal"
    title = "PayPal settlement report (STL)"

    def open(self, first: Sequence[str]) -> "PayPalReader | None":
        """A reader, if the file begins with the header of a report; see `Format`."""
        if first and first[0].startswith((f"{_REPORT}\t", f"{_REPORT};", f"{_REPORT}|")):
            require_commas(first[:1], _REPORT)
        if not first or first[0] != _REPORT:
            return None
        return PayPalReader()


class PayPalReader:
    """Reads the records of one file."""

    def __init__(self) -> None:
        self._columns: Columns | None = None
        self._controls = Controls()
        self._rejections = Rejections()
        self._read = 0

    def read(
        self, record: Sequence[str], *, number: int, line: int
    ) -> SettlementRow | RejectedRow | None:
        """Records of the type SB are rows; see `RowReader`."""
        if not record or record[0] != _ROW:
            self._take(record, line)
            return None
        controls, columns = self._controls, self._columns
        controls.require_open(line)
        if columns is None:
            raise FileRefused(f"line {line} is a row, and no record CH names its columns before it")
        controls.count_rows(1)
        self._read += 1
        if len(record) != columns.width:
            return self._rejections.of_width(record, columns.width, number=number, line=line)
        try:
            return self._row(columns.cells(record), number, line)
        except UnreadableCellError as error:
            return self._rejections.of_cell(error, number=number, line=line)

    def are_rows(self, records: Sequence[Sequence[str]]) -> bool:
        """Those of the type SB; see `ManyRowsReader`."""
        return all(records) and {record[0] for record in records} == {_ROW}

    def count_rows(self, block: str) -> int | None:
        """Lines of the type SB, if there are no others, which may name columns; see `RowReader`."""
        lines = count_lines(block)
        after = f"\n{block}"
        rows = after.count(f'\n"{_ROW}",') + after.count(f"\n{_ROW},")
        return lines if lines == rows else None

    def read_many(
        self, records: Sequence[Sequence[str]], *, number: int, line: int
    ) -> list[SettlementRow]:
        """As `_row` reads one, with the same checks; see `ManyRowsReader`."""
        if self._columns is None:
            raise NotAllGoodError
        self._controls.require_open(line)
        columns = self._columns.turned(records)
        rows = read_rows(columns, self._controls, number=number, line=line)
        self._read += len(rows)
        return rows

    def prove(self, totals: Totals) -> None:
        """The footers are there and agree; see `RowReader`."""
        self._rejections.require_none(read=self._read, rows=totals.rows)
        self._controls.require_end()

    def _take(self, record: Sequence[str], line: int) -> None:
        if record and record[0] == _NAMES_OF_COLUMNS:
            self._controls.require_open(line)
            self._columns = Columns(record, required=_COLUMNS, line=line, key=fold)
            return
        self._controls.take(record, line=line)
        if self._controls.section == "":
            # The next section names its columns anew.
            self._columns = None

    def _row(self, cells: tuple[str, ...], number: int, line: int) -> SettlementRow:
        (
            row_id,
            invoice,
            reference,
            reference_type,
            code,
            initiated,
            completed,
            direction,
            gross,
            currency,
            fee_direction,
            fee,
            fee_currency,
            custom,
        ) = cells
        if code.startswith(AUTHORIZATIONS):
            raise FileRefused(
                f"line {line} is an authorization, which moves no money: this is no settlement"
                " report, but a transaction detail report"
            )
        if currency not in EXPONENTS:
            raise UnreadableCellError(_CURRENCY, currency, "must be an active ISO 4217 code")
        is_debit = read_is_debit(_DIRECTION, direction)
        gross_minor = read_amount(_GROSS, gross, currency)
        # A row without a fee may leave all three of its columns empty.
        fee_minor = read_amount(_FEE, fee, currency) if fee else 0
        is_fee_debit = read_is_debit(_FEE_DIRECTION, fee_direction) if fee_minor else True
        if fee_minor and fee_currency != currency:
            raise UnreadableCellError(
                _FEE_CURRENCY, fee_currency, f"must be {currency}, that of the gross amount"
            )
        if not row_id or not are_plain(row_id, reference):
            require_filled(_ID, row_id)
            require_plain(**{_ID: row_id, _REFERENCE: reference})
        occurred_at = (
            read_slashed(_COMPLETED, completed)
            if completed
            else read_slashed(_INITIATED, initiated)
        )
        kind = kind_of(code, is_debit=is_debit)
        if kind is RowKind.PAYMENT:
            reference = row_id
        elif reference_type and reference_type != TRANSACTION:
            reference = ""
        tally = self._controls.tally_of(currency)
        tally.rows += 1
        tally.sums_minor[is_debit] += gross_minor
        tally.sums_minor[2 + is_fee_debit] += fee_minor
        return _new_row(
            (
                number,
                line,
                row_id,
                kind,
                our_payment_id(custom) or our_payment_id(invoice),
                reference or None,
                row_id,
                -gross_minor if is_debit else gross_minor,
                fee_minor if is_fee_debit else -fee_minor,
                None,
                currency,
                self._controls.section,
                occurred_at,
            )
        )
