"""What do the books have of what some rows of a settlement file name? Few reads for many rows."""

from collections.abc import Iterable

from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.settlement_booking import Books, Row, names_of
from oncepay.domain.settlement_findings import OF_NO_PAYMENT
from oncepay.domain.settlement_formats.row import RowKind, SettlementRow
from oncepay.domain.settlement_markers import Marker, marker_id
from oncepay.domain.settlement_payouts import told_minor
from oncepay.services.check_payouts import read_payouts
from oncepay.storage import operations, payments, settlement_markers
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payment_reads import read_family


def read_settled_books(
    rows: Iterable[Row], processor: str | None, database: Database, budget: Budget
) -> Books:
    """Read all that the rows name, strongly consistent.

    Args:
        rows: of the file.
        processor: whose file it is; None of our own format.
        database: the tables.
        budget: the time left.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    readable = [row for row in rows if isinstance(row, SettlementRow)]
    books = Books()
    about_payments = [row for row in readable if row.kind not in OF_NO_PAYMENT]
    whole = {row.payment_id for row in about_payments if row.kind is not RowKind.PAYMENT}
    _add_payments(books, _ids(about_payments), whole, database, budget)
    if processor is not None:
        lost = [row for row in about_payments if row.payment_id not in books.payments]
        books.references = _read_references(lost, processor, database, budget)
        by_reference = {
            books.references[name]: row.kind is not RowKind.PAYMENT
            for row in sorted(lost, key=lambda row: row.kind is not RowKind.PAYMENT)
            for name in names_of(row)
            if name in books.references
        }
        whole = {payment_id for payment_id, is_whole in by_reference.items() if is_whole}
        _add_payments(books, set(by_reference), whole, database, budget)
    markers = {marker_id(row, processor) for row in readable}
    books.markers.update(read_markers(markers, database, budget))
    if processor is not None:
        payouts = {row.own_reference for row in readable if row.kind is RowKind.PAYOUT}
        told = read_payouts(filter(None, payouts), processor, database, budget)
        books.paid_minor = told_minor(told)
    return books


def read_markers(
    ids: Iterable[str], database: Database, budget: Budget
) -> dict[str, Marker | None]:
    """Read markers by id; None is said of one that is not there.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    found: dict[str, Marker | None] = dict.fromkeys(sorted(ids))
    keys = [{"id": marker, "part": settlement_markers.MARKER_PART} for marker in found]
    for raw in database.get_many("settlements", keys, budget):
        found[raw["id"]["S"]] = settlement_markers.marker_from_raw(raw)
    return found


def _add_payments(
    books: Books,
    ids: set[str],
    whole: set[str | None],
    database: Database,
    budget: Budget,
) -> None:
    """Add payments, and what is beside those of which a row asks for that."""
    keys = [{"id": payment_id, "part": "payment"} for payment_id in sorted(ids - whole)]
    for raw in database.get_many("payments", keys, budget):
        payment = payments.payment_from_raw(raw)
        books.payments[payment.id] = payment
    for payment_id in sorted(ids & whole):
        family = read_family(database, payment_id, budget)
        if family is not None:
            books.payments[payment_id] = family.payment
            books.refunds[payment_id] = list(family.refunds.values())
            books.disputes[payment_id] = list(family.disputes.values())


def _read_references(
    rows: Iterable[SettlementRow], processor: str, database: Database, budget: Budget
) -> dict[str, str]:
    names = {
        operations.reference_id(processor, name): name
        for row in rows
        for name in names_of(row)
        if name
    }
    keys = [{"id": pointer, "part": operations.REFERENCE_PART} for pointer in sorted(names)]
    return {
        names[raw["id"]["S"]]: operations.item_from_raw(raw).id
        for raw in database.get_many("payments", keys, budget)
    }


def _ids(rows: Iterable[SettlementRow]) -> set[str]:
    # What cannot be a payment's id is in no table, and is not looked up.
    ids = (row.payment_id for row in rows)
    return {payment_id for payment_id in ids if payment_id and is_derived_id("pay", payment_id)}
