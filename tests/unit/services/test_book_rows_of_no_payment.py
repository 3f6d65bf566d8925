"""Rows of processors' settlement files that settle no item of ours: fees, payouts and others are
the operator's, and each is booked once, in whatever files it stands.
"""

from collections.abc import Iterator

import pytest

from oncepay.domain import settlement_booking
from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.domain.payout import PayoutFound, PayoutStatus
from oncepay.domain.settlement import BreakKind
from oncepay.services.receive_payout import receive_payout
from oncepay.storage.database import Database
from tests.booked_files import MERCHANTS, OPERATORS, THEIRS, BookedFiles, charged, moved, refunded
from tests.books import Books
from tests.builders import MERCHANT
from tests.dropped_files import Drop
from tests.processor_files import (
    AdyenRow,
    PayPalRow,
    adyen_file,
    paypal_file,
    stripe_file,
    stripe_row,
)
from tests.processor_world import ProcessorWorld, running_world


@pytest.fixture
def files(database: Database, tables: dict[str, str], books: Books) -> BookedFiles:
    return BookedFiles(Drop(database, tables), books)


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


MOVED_FOR_THE_OPERATOR = {"costs": -70, "suspense": 1_000, "external:bank": -930}


@pytest.mark.parametrize(
    ("content", "gross_minor"),
    [
        pytest.param(
            stripe_file(
                stripe_row("fee", 0, 70),
                stripe_row("reserve", 1_000, row_id="txn_2"),
                stripe_row("payout", -930, row_id="txn_3", source="po_1"),
            ),
            1_000,
            id="stripe",
        ),
        pytest.param(
            paypal_file(
                PayPalRow("T0100", -70, id="5AA1"),
                PayPalRow("T1503", 1_000, id="5AA2"),
                PayPalRow("T0400", -930, id="5AA3"),
            ),
            930,
            id="paypal",
        ),
        pytest.param(
            adyen_file(
                AdyenRow("Fee", -70, own="881A", currency="USD"),
                AdyenRow("DepositCorrection", 1_000, own="881B", currency="USD"),
            ),
            930,
            id="adyen",
        ),
    ],
)
def test_rows_of_no_payment__are_the_operators(
    files: BookedFiles, books: Books, content: bytes, gross_minor: int
) -> None:
    run = files.book(content)
    assert (run.matched, run.breaks) == (3, 0)
    (entry,) = books.entries()
    assert (entry["id"], entry["item_id"], entry["kind"]) == (OPERATORS, run.id, "settlement")
    assert files.settled(OPERATORS) == MOVED_FOR_THE_OPERATOR
    # What was paid out is the sum of the others, and counts for nothing.
    assert run.matched_minor == {"USD": gross_minor}


def test_rows_of_two_currencies__are_in_a_ledger_each(files: BookedFiles) -> None:
    run = files.book(
        stripe_file(stripe_row("fee", 0, 70), stripe_row("fee", 0, 9, row_id="t2", currency="eur"))
    )
    assert run.matched == 2
    assert files.settled(OPERATORS) == {"costs": -70, THEIRS: 70}
    assert files.settled("operator#EUR#0") == {"costs": -9, THEIRS: 9}


def test_day__paid_out__leaves_nothing_that_the_processor_owes(
    shop: ProcessorWorld, files: BookedFiles, books: Books
) -> None:
    payment_id, _ = charged(shop)
    refunded(shop, books, payment_id)
    run = files.book(
        stripe_file(
            stripe_row("charge", 5_000, 175, payment_id=payment_id),
            stripe_row("refund", -2_000, 0, row_id="txn_2", payment_id=payment_id),
            stripe_row("fee", 0, 25, row_id="txn_3"),
            stripe_row("payout", -2_800, row_id="txn_4", source="po_1"),
        )
    )
    assert (run.matched, run.breaks) == (4, 0)
    owed = [
        int(posting["amount_minor"])
        for entry in books.entries()
        for posting in entry["postings"]
        if posting["account"] == THEIRS
    ]
    assert sum(owed) == 0
    # The merchant bears our fee and its refund, and none of the costs.
    assert books.available(MERCHANT) == 5_000 - 100 - 2_000


def test_corrected_file__books_only_what_is_new_in_it(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    one, _ = charged(shop)
    other, _ = charged(shop, "charge-2")
    first_row = stripe_row("charge", 5_000, 175, payment_id=one)
    fee = stripe_row("fee", 0, 70, row_id="txn_2")
    first = files.book(stripe_file(first_row, fee))
    second = files.book(
        stripe_file(
            first_row,
            fee,
            stripe_row("charge", 5_000, 175, row_id="txn_3", payment_id=other),
        ),
        "incoming/corrected.csv",
    )
    assert (second.matched, files.kinds(second)) == (1, ["already_settled"] * 2)
    assert files.settled(MERCHANTS)["costs"] == -350
    assert files.settled(OPERATORS) == {"costs": -70, THEIRS: 70}
    assert files.settled_by(one) == first.id
    assert second.broken_minor == {"USD": 5_000}


def test_corrected_file__with_another_amount_of_a_fee__breaks_with_the_difference(
    files: BookedFiles,
) -> None:
    first = files.book(stripe_file(stripe_row("fee", 0, 70)))
    second = files.book(stripe_file(stripe_row("fee", 0, 95)), "incoming/corrected.csv")
    (found,) = files.breaks(second)
    assert found.kind is BreakKind.AMOUNT_MISMATCH
    assert found.reason.endswith(f"{first.id} has booked it with other amounts, row 1")
    assert found.expected == {"amount_minor": 0, "cost_minor": 70}
    assert moved(found) == {"costs": -25, THEIRS: 25}
    assert files.settled(OPERATORS) == {"costs": -70, THEIRS: 70}


def test_row_of_no_payment__twice_in_a_file__is_booked_once(files: BookedFiles) -> None:
    fee = stripe_row("fee", 0, 70)
    run = files.book(stripe_file(fee, stripe_row("fee", 0, 1, row_id="txn_2"), fee))
    (found,) = files.breaks(run)
    assert (found.row, found.kind) == (3, BreakKind.DUPLICATE_ROW)
    assert files.settled(OPERATORS) == {"costs": -71, THEIRS: 71}


def test_row_of_no_payment__twice_in_a_file_of_several_chunks__is_booked_once(
    files: BookedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement_booking, "MAX_ACTIONS", 3)
    fee = stripe_row("fee", 0, 70)
    run = files.book(stripe_file(fee, stripe_row("fee", 0, 1, row_id="txn_2"), fee))
    assert files.kinds(run) == ["duplicate_row"]
    assert files.settled(OPERATORS) == {"costs": -71, THEIRS: 71}
    # Begun, claimed, three chunks, reported.
    assert run.version == 6


def test_rows__more_of_which_find_a_place_once_one_was_booked_already__are_all_looked_up(
    shop: ProcessorWorld, files: BookedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = shop.charge(manual=True).payment_id
    shop.capture(payment_id, 3_000)
    part = stripe_row("charge", 5_000, 120, payment_id=payment_id)
    files.book(stripe_file(part))
    # Of one row that moves money, or of three that are breaks.
    monkeypatch.setattr(settlement_booking, "MAX_ACTIONS", 3)
    unknown = [stripe_row("charge", 900, row_id=f"txn_{n}", intent=f"pi_{n}") for n in (2, 3)]
    again = files.book(stripe_file(part, *unknown), "incoming/b.csv")
    assert files.kinds(again) == ["already_settled", "missing_in_ledger", "missing_in_ledger"]


def paid(
    shop: ProcessorWorld,
    amount_minor: int,
    status: PayoutStatus = PayoutStatus.PAID,
    reference: str = "po_1",
) -> None:
    """The processor tells that it has paid out so much."""
    now = shop.clock()
    event = InboundEvent(
        provider=Provider.SIMULATED,
        event_id=f"evt_{reference}_{status}",
        type=f"payout.{status}",
        created=now,
        livemode=None,
        payload="{}",
        received_at=now,
    )
    told_of = PayoutFound(
        reference=reference, amount_minor=amount_minor, currency="USD", status=status
    )
    receive_payout(event, told_of, shop.tools())


PAYOUT = stripe_file(
    stripe_row("reserve", 5_000), stripe_row("payout", -5_000, row_id="txn_2", source="po_1")
)


def test_payout__as_the_processor_told_it__is_matched(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    paid(shop, 5_000)
    assert files.book(PAYOUT).breaks == 0
    assert files.settled(OPERATORS) == {"suspense": 5_000, "external:bank": -5_000}


def test_payout__of_another_amount_than_the_processor_told__is_a_break(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    paid(shop, 4_990)
    run = files.book(PAYOUT)
    (found,) = files.breaks(run)
    assert (found.row, found.kind) == (2, BreakKind.PAYOUT_TOTAL_MISMATCH)
    assert (found.expected, found.found) == ({"amount_minor": 4_990}, {"amount_minor": 5_000})
    assert found.ledger_id == OPERATORS
    # What the bank has; the rest is still owed to us.
    assert moved(found) == {"external:bank": -4_990, THEIRS: 4_990}
    assert files.settled(OPERATORS) == {"suspense": 5_000, THEIRS: -5_000}
    assert (run.matched_minor, run.broken_minor) == ({"USD": 5_000}, {"USD": 0})


def test_payout__that_was_told_of_another__is_matched(
    shop: ProcessorWorld, files: BookedFiles
) -> None:
    paid(shop, 4_990, reference="po_2")
    assert files.book(PAYOUT).breaks == 0


def test_payout__that_was_canceled__is_a_break(shop: ProcessorWorld, files: BookedFiles) -> None:
    paid(shop, 5_000, PayoutStatus.CANCELED)
    assert files.kinds(files.book(PAYOUT)) == ["payout_total_mismatch"]
