"""A small world of a processor's settlement file and of what people decided about it, whose books
are right, item by item as docs/data-model.md says. Nothing here comes from the project's own code.

The file's rows, all in USD but one:

    1   the payment `filed`: settled, and what it cost
    2   a fee
    3   something that nobody knows
    4   a payout
    5   missing_in_ledger, corrected: the money is in suspense
    6   amount_mismatch of the payment `off`, corrected: settled by that
    7   missing_in_ledger, corrected and reopened
    8   amount_mismatch of the payment `again`, corrected and reopened, a refund of it in between
    9   payout_total_mismatch, accepted
    10  a row that could not be read, ignored
    11  already_settled, in EUR: a row that another file has booked
    12  status_mismatch of the payment `no`, open
"""

import hashlib
import json
from typing import Any

from tests.ops.verify.card_world import (
    BOOK,
    EXTERNAL,
    CardWorld,
    id_of,
    payment,
    payment_id,
)
from tests.ops.verify.small_world import (
    ALICE_USD,
    AT,
    FINGERPRINT,
    LATER,
    Address,
    Postings,
    Raw,
    raw,
    run_id,
)

FILE = run_id("incoming/adyen.csv")
THE_FILE: Address = ("settlements", FILE, "run")
ROWS = 12
OPERATOR_BOOK = ("operator", "USD", 0)
OPERATORS = "operator#USD#0"
CONTENT = "a" * 64
DECIDED = "2026-11-21T15:00:00.000004Z"
REOPENED = "2026-11-21T16:00:00.000006Z"
PAYOUT: Address = ("settlements", "payout#simulated#po_1", "payout")
BATCHES: Address = ("settlements", run_id("incoming/stripe.csv"), "batches")
LATEST: Address = ("settlements", "latest#adyen", "file")
RETURNED_ID = id_of("re_", "returned")


def broken(row: int) -> Address:
    """Where the break of a row is."""
    return ("settlements", FILE, f"break#{row:010}")


def marker_id(row: int) -> str:
    """The id of the marker of a row."""
    return f"row#{hashlib.sha256(b'%d' % row).hexdigest()}"


def marker(row: int) -> Address:
    """Where it is."""
    return ("settlements", marker_id(row), "row")


def break_id(row: int) -> str:
    """The id of the break of a row."""
    return f"brk_{FILE.removeprefix('set_')}_{row}"


def decision_record(row: int, action: str) -> Address:
    """Where the answer to a decision is."""
    return ("idempotency", hashlib.sha256(f"{action} {row}".encode()).hexdigest(), "")


def posting_list(postings: Postings) -> list[dict[str, Any]]:
    """Postings as they are stored."""
    return [{"account": account, "amount_minor": amount} for account, amount in postings]


class FileWorld(CardWorld):
    """All items by (table, id, part)."""

    def __init__(self) -> None:
        super().__init__()
        self.settlement_of: dict[str, Address] = {}
        self.corrections: dict[int, list[Address]] = {}
        for name, captured in (("filed", 5_000), ("off", 2_000)):
            self.card(name, "succeeded", captured=captured, amount=captured, pending_minor=0)
            self.created(name, 201, "succeeded", captured)
            del self.items[payment(name)]["pending_minor"]
        self._again()
        self.run(
            "incoming/adyen.csv",
            content=CONTENT,
            total_rows=ROWS,
            matched=4,
            breaks_by_kind={
                "missing_in_ledger": 2,
                "amount_mismatch": 2,
                "payout_total_mismatch": 1,
                "rejected_row": 1,
                "already_settled": 1,
                "status_mismatch": 1,
            },
            gross_minor={"USD": 5_220 + 9_100, "EUR": -77},
            matched_minor={"USD": 5_220},
            broken_minor={"USD": 900 + 2_100 + 60 + 1_040 + 5_000, "EUR": -77},
            fee_minor={"USD": 400},
            file_format="adyen",
            reported_at=LATER,
        )
        self.put("settlements", "latest#adyen", "file", run_id=FILE, at=LATER)
        self._matched()
        self._broken()
        self.put(
            *PAYOUT,
            amount_minor=450,
            currency="USD",
            status="paid",
            arrival_date="2026-11-23",
            told_at=AT,
            event_id="evt_po",
            updated_at=AT,
            version=1,
        )
        self.run("incoming/stripe.csv", content="b" * 64, file_format="stripe")
        self.put(*BATCHES, processor="stripe", net_minor={"po_2#USD": 4_000, "po_2#EUR": -5})
        self.items = dict(sorted(self.items.items()))

    def file_entry(
        self, kind: str, part: str, book: tuple[str, str, int], postings: Postings, at: str
    ) -> dict[str, str]:
        """An entry of the run, or of a break of it; returns its key."""
        key = self.entry(book, kind, (FILE, part), postings, at=at)
        del self.items["ledger", key["id"], key["part"]]["payment_id"]
        return key

    def row_marker(self, row: int, gross: int, cost: int = 0, **more: Any) -> None:
        """A row that settles none of our items."""
        self.put(*marker(row), run_id=FILE, row=row, gross_minor=gross, cost_minor=cost, **more)

    def _matched(self) -> None:
        self.mark((payment_id("filed"), "payment"), FILE)
        shares: Postings = [
            ("pending", -4_900), ("available", 4_900), ("costs", -175), (EXTERNAL, 175),
        ]  # fmt: skip
        own: Postings = [
            ("costs", -30), (EXTERNAL, 30 - 250 + 4_000), ("suspense", 250),
            ("external:bank", -4_000),
        ]  # fmt: skip
        for name, book, postings in (("alice", BOOK, shares), ("operator", OPERATOR_BOOK, own)):
            key = self.file_entry("settlement", "run", book, postings, LATER)
            self.settlement_of[name] = ("ledger", key["id"], key["part"])
        self.row_marker(2, -30)
        self.row_marker(3, 250)
        self.row_marker(4, -4_000)

    def _again(self) -> None:
        """A refund took of it while it was settled: its share has not changed by that."""
        self.card(
            "again", "succeeded", captured=1_000, amount=1_000, refunded=100, version=5,
            pending_minor=980, at=REOPENED,
        )  # fmt: skip
        self.created("again", 201, "succeeded", 1_000)
        # Waited for since it was made: when it was captured is not known any more.
        self.items[self.entry_of["payment", "capture"]]["created_at"] = raw(LATER)
        self.refunded(
            "again", "returned", 100, "succeeded",
            ("processor_refund", [("available", -100), (EXTERNAL, 100)]),
        )  # fmt: skip

    def _broken(self) -> None:
        lost: Postings = [(EXTERNAL, -900 + 20), ("suspense", 900), ("costs", -20)]
        self.decided(5, "missing_in_ledger", 900, lost, cost=20)
        self.row_marker(5, 900, 20, break_id=break_id(5))
        share: Postings = [("pending", -1_960), ("available", 1_960)]
        off: Postings = [("costs", -50), (EXTERNAL, 50 - 100), ("suspense", 100)]
        self.decided(6, "amount_mismatch", 2_100, share + off, cost=50, settles="off")
        self.mark((payment_id("off"), "payment"), FILE, at=DECIDED)
        gone: Postings = [(EXTERNAL, -60), ("suspense", 60)]
        self.decided(7, "missing_in_ledger", 60, gone, is_reopened=True)
        self.row_marker(7, 60, break_id=break_id(7))
        self.items[marker(7)]["is_free"] = {"BOOL": True}
        back: Postings = [("pending", -980), ("available", 980), (EXTERNAL, -40), ("suspense", 40)]
        self.decided(8, "amount_mismatch", 1_040, back, settles="again", is_reopened=True)
        self.row_break(
            FILE, 9, "payout_total_mismatch", gross=-500, status="accepted", version=2,
            correction=posting_list([("external:bank", -450), (EXTERNAL, 450)]),
            ledger_id=OPERATORS, marker=marker_id(9),
            decisions=[self.decision("accept", DECIDED, 9)],
        )  # fmt: skip
        self.answered(9, "accept", "accepted", DECIDED)
        self.row_break(
            FILE, 10, "rejected_row", status="ignored", version=2,
            decisions=[self.decision("ignore", DECIDED)],
        )  # fmt: skip
        self.row_break(FILE, 11, "already_settled", gross=-77, currency="EUR")
        self.row_break(
            FILE, 12, "status_mismatch", gross=5_000, payment_id=payment_id("no"),
            correction=posting_list([(EXTERNAL, -5_000), ("suspense", 5_000)]),
            ledger_id=ALICE_USD, marker=marker_id(12),
        )  # fmt: skip

    def decision(self, action: str, at: str, row: int = 0) -> dict[str, str]:
        """What somebody decided about a row."""
        record_id = decision_record(row, action)[1]
        said = {"action": action, "reason": "so it is", "by": "k1", "at": at}
        return said | {"record_id": record_id}

    def decided(
        self,
        row: int,
        kind: str,
        gross: int,
        postings: Postings,
        *,
        cost: int = 0,
        settles: str | None = None,
        is_reopened: bool = False,
    ) -> None:
        """A break that was corrected; and that was taken back, if it is reopened."""
        book = OPERATOR_BOOK if settles is None else BOOK
        part = broken(row)[2]
        posted = [self.file_entry("correction", part, book, postings, DECIDED)]
        decisions = [self.decision("correct", DECIDED, row)]
        more: dict[str, Any] = {"marker": marker_id(row)}
        if settles is not None:
            key = {"id": payment_id(settles), "part": "payment"}
            more = {"settles": [key], "payment_id": payment_id(settles)}
        if is_reopened:
            back = [(account, -amount) for account, amount in postings]
            posted.append(self.file_entry("correction_reversed", part, book, back, REOPENED))
            decisions.append(self.decision("reopen", REOPENED, row))
            more |= {"opened_at": REOPENED}
        else:
            more |= {"status": "corrected", "posted": posting_list(postings)}
        self.row_break(
            FILE,
            row,
            kind,
            gross=gross,
            cost=cost,
            version=1 + len(decisions),
            correction=posting_list(postings),
            ledger_id=posted[0]["id"],
            decisions=decisions,
            entries=posted,
            **more,
        )
        self.corrections[row] = [("ledger", key["id"], key["part"]) for key in posted]
        for address in self.corrections[row] if settles is not None else ():
            self.items[address]["payment_id"] = raw(payment_id(settles or ""))
        self.answered(row, "correct", "corrected", DECIDED)
        if is_reopened:
            self.answered(row, "reopen", "open", REOPENED)

    def answered(self, row: int, action: str, status: str, at: str) -> None:
        """The answer to a decision."""
        body: Raw = {"id": break_id(row), "object": "break", "status": status}
        self.put(
            *decision_record(row, action),
            merchant_id="operator",
            fingerprint=FINGERPRINT,
            state="COMPLETED",
            item_id=FILE,
            item_part=broken(row)[2],
            status_code=200,
            body=json.dumps(body),
            created_at=at,
            expires_at=1_795_000_000,
        )
