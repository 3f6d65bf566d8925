"""How does PayPal's settlement report look? Records of several kinds, each named by its first
field: headers, one line for each transaction, and totals that prove them. Amounts are whole numbers
without a sign or a point, of cents where PayPal has cents; CR or DR beside them says which way they
go.

    RH, FH, SH, CH      of the report, the file, the section and its columns
    SB                  a transaction
    SF, SC              totals of the section: by currency, and how many transactions
    RF, RC, FF          the same of the report, and how many transactions are in the file

A transaction's id is the capture's or the refund's own, as the face names it. A hold for a dispute,
and its release, have the dispute's. What is left above zero of a currency is withdrawn to the bank,
in a transaction of its own, the last ones.

The fields of SF are those of a published example: currency, gross credits, gross debits, fee
credits, fee debits, six balances (the total at the beginning and the end, what was available, what
was payable), a count. Those of RF and FF are not published; they are written alike.

Source: PayPal, Settlement report, version 9, and Transaction event codes, as of 2026-11.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.simulated.paypal_disputes import dispute_id_of
from ops.simulated.paypal_orders import Names
from ops.simulated.paypal_wire import MERCHANT_ID
from ops.simulated.records import Dispute
from ops.simulated.settlement_rows import Kind, Row, Statement, unit_of

COLUMNS = (
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "PayPal Reference ID Type",
    "Transaction Event Code",
    "Transaction Initiation Date",
    "Transaction Completion Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
    "Custom Field",
    "Consumer ID",
    "Payment Tracking ID",
    "Store ID",
    "Bank Reference ID",
    "Credit Transactional Fee",
    "Credit Promotional Fee",
    "Credit Term",
)
EVENT_CODES: dict[Kind, str] = {
    "payment": "T0006",
    "refund": "T1107",
    # There is no code for a refund that came back: a reversal of no other kind.
    "refund_failed": "T1100",
    "dispute": "T1110",
    "dispute_won": "T1111",
}
WITHDRAWAL = "T0400"

type Field = str | int | datetime | None
"""A text is written in quotes, a number or a time without; None is a number that there is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What a line of a transaction says; amounts are signed here."""

    id: str
    invoice_id: str = ""
    reference_id: str = ""
    event_code: str
    at: datetime
    gross_minor: int
    fee_minor: int
    currency: str
    custom_id: str = ""


def write(statement: Statement) -> str:
    """The file's text."""
    transactions = [_transaction_of(row) for row in statement.rows]
    transactions += _withdrawals(statement)
    first = min((each.at for each in transactions), default=statement.now)
    begins = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = statement.paid_at - timedelta(seconds=1)
    count, wrong_by_minor = len(transactions), statement.wrong_by_minor
    records: list[list[Field]] = [
        ["RH", statement.paid_at, "A", MERCHANT_ID],
        ["FH"],
        ["SH", begins, ends, MERCHANT_ID, ""],
        ["CH", *COLUMNS],
        *(["SB", *_write_transaction(each)] for each in transactions),
        *(["SF", *each] for each in _write_totals(transactions, wrong_by_minor)),
        ["SC", count if count else wrong_by_minor],
        *(["RF", *each] for each in _write_totals(transactions, 0)),
        ["RC", count],
        ["FF", count],
    ]
    # A version and a sequence number keep their noughts, and are no texts either.
    tails = {"RH": ",009,", "FH": ",01"}
    return "".join(
        ",".join(_write_field(each) for each in record) + tails.get(str(record[0]), "") + "\n"
        for record in records
    )


def name_file(statement: Statement) -> str:
    """What the file is called."""
    return f"STL-{statement.file_day}.01.009.CSV"


def _transaction_of(row: Row) -> Transaction:
    names = Names()
    charge, capture = row.charge, row.capture
    paid = names.capture(charge) if capture is None else names.captured_by(capture)
    # As the face tells of them: what a call named an invoice, else the order did.
    made_by = row.refund or capture
    told = charge.metadata if made_by is None else made_by.metadata
    invoice_id = told.get("invoice_id", "")
    custom_id = row.payment_id if row.subject is None else row.subject.payment_id
    if row.refund is None:
        invoice_id = invoice_id or charge.metadata.get("invoice_id", "")
    if isinstance(row.subject, Dispute):
        name = dispute_id_of(row.subject.id)
    else:
        name = paid if row.refund is None else names.refund(row.refund)
    return Transaction(
        id=name,
        invoice_id=invoice_id,
        reference_id="" if row.subject is None else paid,
        event_code=EVENT_CODES[row.kind],
        at=row.occurred_at,
        gross_minor=row.gross_minor,
        fee_minor=-row.cost_minor,
        currency=row.currency,
        custom_id=custom_id,
    )


def _withdrawals(statement: Statement) -> list[Transaction]:
    return [
        Transaction(
            id=statement.name_of_payout(currency).upper()[:17],
            event_code=WITHDRAWAL,
            at=statement.paid_at - timedelta(seconds=1),
            gross_minor=-net_minor,
            fee_minor=0,
            currency=currency,
        )
        for currency, net_minor in statement.nets().items()
        if net_minor > 0
    ]


def _write_transaction(transaction: Transaction) -> list[Field]:
    return [
        transaction.id,
        transaction.invoice_id,
        transaction.reference_id,
        "TXN" if transaction.reference_id else "",
        transaction.event_code,
        transaction.at,
        transaction.at,
        *_side(transaction.gross_minor, transaction.currency),
        transaction.currency,
        *_side(transaction.fee_minor, transaction.currency),
        transaction.currency,
        transaction.custom_id,
        *[""] * 4,
        *[None] * 3,
    ]


def _write_totals(transactions: list[Transaction], wrong_by_minor: int) -> list[list[Field]]:
    """By currency; the first one's first is wrong by so much."""
    totals: list[list[Field]] = []
    for currency in sorted({each.currency for each in transactions}):
        own = [each for each in transactions if each.currency == currency]
        gross = [_in_units(each.gross_minor, currency) for each in own]
        fees = [_in_units(each.fee_minor, currency) for each in own]
        balance_minor = sum(each.gross_minor + each.fee_minor for each in own)
        begins, ends = _side(0, currency), _side(balance_minor, currency)
        totals.append(
            [
                currency,
                _credits(gross) + (0 if totals else wrong_by_minor),
                _debits(gross),
                _credits(fees),
                _debits(fees),
                *(*begins, *ends),
                *(*begins, *ends),
                *(*begins, *begins),
                len(own),
            ]
        )
    return totals


def _credits(amounts_minor: list[int]) -> int:
    return sum(each for each in amounts_minor if each > 0)


def _debits(amounts_minor: list[int]) -> int:
    return -sum(each for each in amounts_minor if each < 0)


def _side(amount_minor: int, currency: str) -> list[Field]:
    return ["DR" if amount_minor < 0 else "CR", abs(_in_units(amount_minor, currency))]


def _in_units(amount_minor: int, currency: str) -> int:
    """Of a currency that has no cents here, whole ones."""
    return amount_minor // unit_of(currency, "paypal")


def _write_field(field: Field) -> str:
    if field is None:
        return ""
    if isinstance(field, datetime):
        return field.astimezone(UTC).strftime("%Y/%m/%d %H:%M:%S +0000")
    if isinstance(field, int):
        return str(field)
    return '"' + field.replace('"', '""') + '"'
