"""A row that settles no item of ours is booked by the correction of its break: once, whatever files
it stands in, and until the break is reopened.
"""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from oncepay.domain.errors import InvalidTransition
from oncepay.domain.idempotency import Answer
from oncepay.domain.settlement import Break, BreakAction, BreakStatus, Settlement
from oncepay.services.resolve_break import ResolveBreak, resolve_break
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.settlement_markers import marker_from_raw
from tests.booked_files import MERCHANTS, OPERATORS, THEIRS, BookedFiles, charged
from tests.books import Books
from tests.builders import DAY, a_request
from tests.dropped_files import Drop, a_file, a_line
from tests.processor_files import AdyenRow, adyen_file, stripe_file, stripe_row
from tests.processor_world import running_world
from tests.unit.services.test_disputes import OPENED, told

UNKNOWN = stripe_row("charge", 900, 30, intent="pi_unknown")
MOVED = {THEIRS: -870, "suspense": 900, "costs": -30}

type Decide = Callable[..., None]


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


@pytest.fixture
def files(database: Database, tables: dict[str, str], books: Books) -> BookedFiles:
    return BookedFiles(Drop(database, tables), books)


@pytest.fixture
def decide(files: BookedFiles, budget: Budget) -> Decide:
    keys = itertools.count(1)

    def decide(found: Break, action: BreakAction = BreakAction.CORRECT) -> None:
        resolve_break(
            ResolveBreak(
                settlement_id=found.settlement_id,
                break_id=found.id,
                action=action,
                reason="the bank says so",
            ),
            request=a_request(key=f"decision-{next(keys)}"),
            by="key_1",
            present=lambda _: Answer(200, ""),
            retention=DAY,
            database=files.drop.database,
            now=files.drop.clock(),
            budget=budget,
        )

    return decide


def only_break(files: BookedFiles, run: Settlement) -> Break:
    (found,) = files.breaks(run)
    return found


def corrections(books: Books) -> dict[str, int]:
    """What corrections and their reversals have posted to the operator's ledger."""
    sums: dict[str, int] = {}
    for entry in books.entries():
        if entry["kind"] in ("correction", "correction_reversed") and entry["id"] == OPERATORS:
            for each in entry["postings"]:
                account = each["account"]
                sums[account] = sums.get(account, 0) + int(each["amount_minor"])
    return {account: amount for account, amount in sums.items() if amount}


def marker_of(books: Books, found: Break) -> dict[str, Any]:
    assert found.marker is not None
    return books.raw("settlements", id=found.marker, part="row")


def test_correction__puts_the_marker_of_its_row(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    run = files.book(stripe_file(UNKNOWN))
    found = only_break(files, run)
    decide(found)
    marker = marker_from_raw(marker_of(books, found))
    assert marker is not None
    assert (marker.run_id, marker.row, marker.break_id) == (run.id, 1, found.id)
    assert (marker.gross_minor, marker.cost_minor) == (900, 30)
    assert corrections(books) == MOVED


@pytest.mark.parametrize("action", [BreakAction.ACCEPT, BreakAction.IGNORE])
def test_break__accepted_or_ignored__puts_no_marker(
    files: BookedFiles, books: Books, decide: Decide, action: BreakAction
) -> None:
    found = only_break(files, files.book(stripe_file(UNKNOWN)))
    decide(found, action)
    assert found.marker not in {item["id"] for item in books.items("settlements")}


def test_same_row__of_two_files_both_broken__is_corrected_once(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    run = files.book(stripe_file(UNKNOWN))
    first = only_break(files, run)
    row_of_its_own = stripe_row("fee", 0, 1, row_id="txn_2")
    again = files.book(stripe_file(UNKNOWN, row_of_its_own), "incoming/b.csv")
    second = only_break(files, again)
    assert second.marker == first.marker
    decide(first)
    with pytest.raises(InvalidTransition, match=f"{run.id} has booked the same row, as its row 1"):
        decide(second)
    assert only_break(files, again).status is BreakStatus.OPEN
    assert corrections(books) == MOVED


def test_same_row__twice_in_a_file__is_corrected_once(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    run = files.book(stripe_file(UNKNOWN, UNKNOWN))
    first, second = files.breaks(run)
    decide(second)
    with pytest.raises(InvalidTransition, match=f"{run.id} has booked the same row, as its row 2"):
        decide(first)
    assert corrections(books) == MOVED


def test_second_break_of_a_row__may_still_be_accepted(files: BookedFiles, decide: Decide) -> None:
    first, second = files.breaks(files.book(stripe_file(UNKNOWN, UNKNOWN)))
    decide(first)
    decide(second, BreakAction.ACCEPT)
    assert [each.status for each in files.breaks(files.drop.run(first.settlement_id))] == [
        BreakStatus.CORRECTED, BreakStatus.ACCEPTED,
    ]  # fmt: skip


def test_row__corrected_before_a_file_comes_with_it__has_no_correction_there(
    files: BookedFiles, decide: Decide
) -> None:
    run = files.book(stripe_file(UNKNOWN))
    decide(only_break(files, run))
    row_of_its_own = stripe_row("fee", 0, 1, row_id="txn_2")
    later = only_break(files, files.book(stripe_file(UNKNOWN, row_of_its_own), "incoming/b.csv"))
    assert later.correction is None
    assert later.reason.endswith(f"there is no such payment; {run.id} has booked it, row 1")
    with pytest.raises(InvalidTransition, match="nobody can say what would correct"):
        decide(later)


def test_reopening__frees_the_row_for_the_other_break(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    first, second = files.breaks(files.book(stripe_file(UNKNOWN, UNKNOWN)))
    decide(first)
    decide(first, BreakAction.REOPEN)
    assert marker_from_raw(marker_of(books, first)) is None
    assert corrections(books) == {}
    decide(second)
    marker = marker_from_raw(marker_of(books, second))
    assert marker is not None
    assert marker.break_id == second.id
    assert corrections(books) == MOVED


def test_break__corrected_reopened_and_corrected_again__is_posted_once(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    found = only_break(files, files.book(stripe_file(UNKNOWN)))
    decide(found)
    decide(found, BreakAction.REOPEN)
    decide(found)
    assert corrections(books) == MOVED
    kinds = [entry["kind"] for entry in books.entries()]
    assert sorted(kinds) == ["correction", "correction", "correction_reversed"]
    # The break says which entries are its own.
    after = only_break(files, files.drop.run(found.settlement_id))
    entries = {(entry["id"], entry["part"]) for entry in books.entries()}
    assert {(key.id, key.part) for key in after.entries} == entries


def test_reopening__frees_the_row_for_the_break_of_a_file_that_comes_after_it(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    fee = stripe_row("fee", 0, 70, batch="po_2")
    files.book(stripe_file(fee))
    # The same fee with another amount breaks, with what is missing as its correction.
    other = stripe_row("fee", 0, 95, batch="po_2")
    found = only_break(files, files.book(stripe_file(other), "incoming/b.csv"))
    decide(found)
    assert corrections(books) == {"costs": -25, THEIRS: 25}
    decide(found, BreakAction.REOPEN)
    assert corrections(books) == {}
    again = stripe_file(other, stripe_row("fee", 0, 1, row_id="txn_2"))
    later = only_break(files, files.book(again, "incoming/c.csv"))
    decide(later)
    assert corrections(books) == {"costs": -25, THEIRS: 25}


@pytest.mark.parametrize("is_reopened", [True, False])
def test_row__that_can_be_booked_later__is_booked_unless_it_was_corrected(
    files: BookedFiles, books: Books, decide: Decide, database: Database, is_reopened: bool
) -> None:
    with running_world(database) as shop:
        payment_id, _ = charged(shop)
        row = stripe_row("dispute", -2_000, 1_500, payment_id=payment_id, source="dp_there_1")
        found = only_break(files, files.book(stripe_file(row)))
        decide(found)
        if is_reopened:
            decide(found, BreakAction.REOPEN)
        told(shop, OPENED)
    row_of_its_own = stripe_row("fee", 0, 1, row_id="txn_2")
    run = files.book(stripe_file(row, row_of_its_own), "incoming/b.csv")
    marker = marker_from_raw(marker_of(books, found))
    assert marker is not None
    if is_reopened:
        assert (files.kinds(run), marker.run_id, marker.break_id) == ([], run.id, None)
        assert files.settled(MERCHANTS) == {"costs": -1_500, THEIRS: 1_500}
    else:
        assert (files.kinds(run), marker.break_id) == (["already_settled"], found.id)
        assert files.settled(MERCHANTS) == {}


def test_difference__that_two_files_found__is_corrected_once(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    files.book(stripe_file(stripe_row("fee", 0, 70)))
    other = stripe_row("fee", 0, 95)
    first = only_break(files, files.book(stripe_file(other), "incoming/b.csv"))
    again = stripe_file(other, stripe_row("fee", 0, 1, row_id="txn_2"))
    second = only_break(files, files.book(again, "incoming/c.csv"))
    decide(first)
    with pytest.raises(InvalidTransition, match="has booked the same row"):
        decide(second)
    assert corrections(books) == {"costs": -25, THEIRS: 25}


def test_row_of_our_own_format__that_nobody_knows__is_corrected_at_the_bank(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    found = only_break(files, files.book(a_file(a_line("pay_nobody"))))
    decide(found)
    assert corrections(books) == {"external:bank": -5_000, "suspense": 5_000}


@pytest.mark.parametrize("comes_first", ["correction", "file"])
def test_charge__captured_after_its_row_broke__is_booked_by_its_correction_or_a_file_not_by_both(
    files: BookedFiles, books: Books, decide: Decide, database: Database, comes_first: str
) -> None:
    with running_world(database) as shop:
        payment_id = shop.charge(manual=True).payment_id
        row = stripe_row("charge", 5_000, 175, payment_id=payment_id)
        found = only_break(files, files.book(stripe_file(row)))
        shop.capture(payment_id)
    again = stripe_file(row, stripe_row("fee", 0, 1, row_id="txn_2"))
    if comes_first == "correction":
        decide(found)
        later = only_break(files, files.book(again, "incoming/b.csv"))
        assert (later.kind.value, later.correction) == ("already_settled", None)
    else:
        run = files.book(again, "incoming/b.csv")
        with pytest.raises(InvalidTransition, match=f"was settled by {run.id}"):
            decide(found)
    costs = [
        int(each["amount_minor"])
        for entry in books.entries()
        for each in entry["postings"]
        if entry["id"] == MERCHANTS and each["account"] == "costs"
    ]
    assert costs == [-175]


def test_differences__of_two_files_from_one_row__are_not_corrected_both(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    files.book(stripe_file(stripe_row("fee", 0, 70)))
    first = only_break(files, files.book(stripe_file(stripe_row("fee", 0, 95)), "incoming/b.csv"))
    second = only_break(files, files.book(stripe_file(stripe_row("fee", 0, 99)), "incoming/c.csv"))
    decide(first)
    with pytest.raises(InvalidTransition, match="has booked the same row"):
        decide(second)
    # Each of them is the difference to what was booked first: together they were too much.
    decide(first, BreakAction.REOPEN)
    decide(second)
    assert corrections(books) == {"costs": -29, THEIRS: 29}


def test_rows_without_any_name__alike_in_a_file__are_each_corrected_whole(
    files: BookedFiles, books: Books, decide: Decide
) -> None:
    fees = [AdyenRow("Fee", -minor, currency="USD") for minor in (70, 70, 90)]
    run = files.book(adyen_file(*fees))
    assert files.kinds(run) == ["duplicate_row", "amount_mismatch"]
    for found in files.breaks(run):
        decide(found)
    # The file's own total proves them all: 230 were kept of what was paid out.
    assert files.settled(OPERATORS)["costs"] == -70
    assert corrections(books) == {"costs": -160, THEIRS: 160}
