"""What the services really write of processors' files, and of what people decide about their
breaks, satisfies verify, after each step.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.api.settlement_representations import present_break
from oncepay.domain.settlement import Break, BreakAction, Settlement
from oncepay.services.resolve_break import ResolveBreak, resolve_break
from oncepay.storage.breaks import break_from_raw
from oncepay.storage.database import Database
from ops.verify.report import Report
from tests.booked_files import SIMULATED, charged
from tests.builders import DAY, a_request
from tests.dropped_files import Drop, a_line
from tests.ops.verify.test_verify_card_writers import Story
from tests.processor_files import (
    AdyenRow,
    PayPalRow,
    adyen_file,
    paypal_file,
    stripe_file,
    stripe_row,
)
from tests.processor_world import endless, running_world


class Files(Story):
    """A story in which files are dropped, and people decide about what does not match."""

    def __init__(self, world: Any, tables: dict[str, str], dynamodb: Any) -> None:
        super().__init__(world, tables, dynamodb)
        self.drop = Drop(world.database, tables)
        self._keys = itertools.count(1)

    def book(self, content: bytes, key: str = "incoming/a.csv") -> Settlement:
        """Drop a file of the simulated processor's, and prove what it left."""
        self.drop.now = self.world.clock()
        source = self.drop.put(content, key)
        return self.step(lambda: self.drop.take(source, processors=SIMULATED).run)

    def book_lines(self, *lines: str, key: str = "incoming/a.csv") -> Settlement:
        """The same of a file of our own format."""
        self.drop.now = self.world.clock()
        return self.step(lambda: self.drop.settle(*lines, key=key))

    def breaks(self, run: Settlement) -> list[Break]:
        """Of a run, as they are now."""
        return [break_from_raw(raw) for raw in self.drop.items(run.id, "break#")]

    def decide(self, found: Break, *actions: BreakAction) -> None:
        """Decide about a break, time after time."""
        for action in actions:
            self.world.advance(1)
            self.step(lambda action=action: self._decide(found, action))  # type: ignore[misc]

    def _decide(self, found: Break, action: BreakAction) -> None:
        resolve_break(
            ResolveBreak(
                settlement_id=found.settlement_id,
                break_id=found.id,
                action=action,
                reason="the bank says so",
            ),
            request=a_request(merchant_id="operator", key=f"decision-{next(self._keys)}"),
            by="key_1",
            present=present_break,
            retention=DAY,
            database=self.world.database,
            now=self.world.clock(),
            budget=endless(),
        )


@pytest.fixture
def files(dynamodb: Any, tables: dict[str, str], database: Database) -> Iterator[Files]:
    """A story that begins."""
    with running_world(database) as world:
        yield Files(world, tables, dynamodb)


def owed(report: Report, currency: str = "USD") -> int:
    return report.sums[currency].owed_minor["simulated"]


def test_verify__stripes_file_of_rows_of_all_kinds__is_clean_and_nothing_is_owed(
    files: Files,
) -> None:
    first, _ = charged(files.world, "one")
    second, reference = charged(files.world, "two")
    files.world.advance(1)
    files.step(lambda: files.world.refund(first, 2_000, key="refund"))
    run = files.book(
        stripe_file(
            stripe_row("charge", 5_000, 175, payment_id=first),
            stripe_row("charge", 5_000, 175, row_id="txn_2", intent=reference),
            stripe_row("refund", -2_000, row_id="txn_3", payment_id=first),
            stripe_row("fee", 0, 30, row_id="txn_4"),
            stripe_row("payout", -7_620, row_id="txn_5", source="po_1"),
        )
    )
    assert (run.matched, run.breaks) == (5, 0)
    report = files.prove()
    assert owed(report) == 0
    assert (report.sums["USD"].costs_minor, report.sums["USD"].banked_minor) == (380, 7_620)
    assert (report.read.markers, second != first) == (2, True)


def test_verify__charge_captured_in_part__has_two_rows_and_is_clean(files: Files) -> None:
    held = files.world.charge(manual=True).payment_id
    files.world.capture(held, 3_000)
    run = files.book(
        stripe_file(
            stripe_row("charge", 5_000, 117, payment_id=held),
            stripe_row("partial_capture_reversal", -2_000, row_id="txn_2", payment_id=held),
        )
    )
    assert (run.matched, run.breaks) == (2, 0)
    assert files.prove().sums["USD"].suspense_minor == 0


@pytest.mark.parametrize("kind", ["paypal", "adyen"])
def test_verify__file_of_another_format__is_clean(files: Files, kind: str) -> None:
    paid, reference = charged(files.world)
    contents = {
        "paypal": paypal_file(
            PayPalRow("T0006", 5_000, 175, id=reference, custom=paid),
            PayPalRow("T9999", 70, id="5BB"),
        ),
        "adyen": adyen_file(
            AdyenRow("Settled", 5_000, 175, psp=reference, payment_id=paid, currency="USD")
        ),
    }
    run = files.book(contents[kind])
    assert (run.matched, run.breaks) == (2, 0)
    assert files.prove().read.settled_payments == 1


def test_verify__same_rows_in_another_file__are_clean(files: Files) -> None:
    """A payout that stands in two files is booked once, and is in no sum of either."""
    paid, _ = charged(files.world)
    rows = (
        stripe_row("charge", 5_000, 175, payment_id=paid),
        stripe_row("fee", 0, 30, row_id="txn_2"),
        stripe_row("payout", -4_795, row_id="txn_3", source="po_1"),
    )
    files.book(stripe_file(*rows))
    more = stripe_row("fee", 0, 1, row_id="txn_9", batch="po_2")
    again = files.book(stripe_file(*rows, more), "incoming/b.csv")
    assert [found.kind.value for found in files.breaks(again)] == ["already_settled"] * 3
    # One cent more is kept, which nobody paid out.
    assert owed(files.prove()) == -1


def test_verify__decisions_of_all_kinds__are_clean_at_every_step(files: Files) -> None:
    paid, _ = charged(files.world)
    run = files.book(
        stripe_file(
            stripe_row("charge", 900, 30, intent="pi_unknown"),
            stripe_row("charge", 5_100, 175, row_id="txn_2", payment_id=paid),
            stripe_row("charge", 5_000, 175, row_id="txn_3", payment_id=paid, currency="eur"),
            stripe_row("refund", -70, row_id="txn_4", payment_id=paid),
        )
    )
    unknown, off, elsewhere, orphan = files.breaks(run)
    correct, reopen = BreakAction.CORRECT, BreakAction.REOPEN
    files.decide(unknown, correct, reopen, BreakAction.IGNORE, reopen, correct)
    files.decide(off, correct)
    files.decide(elsewhere, BreakAction.ACCEPT, reopen, BreakAction.IGNORE)
    files.decide(orphan, correct)
    usd = files.prove().sums["USD"]
    assert (usd.suspense_minor, usd.costs_minor) == (900 + 100 - 70, 30 + 175)
    assert owed(files.prove()) == 5_000 + 930 - 205


def test_verify__refunds_around_a_correction_that_is_taken_back__are_clean(files: Files) -> None:
    """One while the payment is settled by hand, one when it is settled no more, one at the end."""
    world = files.world
    paid, _ = charged(world)
    (off,) = files.breaks(files.book_lines(a_line(paid, 5_100)))
    files.decide(off, BreakAction.CORRECT)
    files.step(lambda: world.refund(paid, 500, key="while"))
    files.decide(off, BreakAction.REOPEN)
    files.step(lambda: world.refund(paid, 700, key="after"))
    files.decide(off, BreakAction.CORRECT, BreakAction.REOPEN)
    files.book_lines(a_line(paid), key="incoming/b.csv")
    files.step(lambda: world.refund(paid, 300, key="settled"))
    assert files.prove().sums["USD"].held_minor == 4_900 - 1_500


def test_verify__refund_that_spans_a_correction__is_clean(files: Files) -> None:
    """Its money is set aside before the correction, and comes back after that is taken back."""
    world = files.world
    paid = world.charge("approve__refund_pending").payment_id
    (off,) = files.breaks(files.book_lines(a_line(paid, 5_100)))
    files.step(lambda: world.refund(paid, 1_000, key="before"))
    files.decide(off, BreakAction.CORRECT)
    files.step(lambda: world.refund(paid, 400, key="while"))
    files.decide(off, BreakAction.REOPEN)
    world.advance(61)
    files.step(world.deliver_events)
    files.book_lines(a_line(paid), key="incoming/b.csv")
    files.step(world.deliver_events)


def test_verify__dispute_in_a_file__is_clean(files: Files) -> None:
    paid, reference = charged(files.world)
    files.at_dashboard("refund", 1_500)
    files.step(files.world.deliver_events)
    run = files.book(
        stripe_file(
            stripe_row("charge", 5_000, 175, payment_id=paid),
            stripe_row("dispute", -3_500, 1_500, row_id="txn_2", intent=reference),
        )
    )
    (lost,) = files.breaks(run)
    assert lost.kind.value == "missing_in_ledger"
    files.decide(lost, BreakAction.CORRECT)
