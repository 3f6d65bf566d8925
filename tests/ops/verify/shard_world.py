"""A small world of one merchant whose book has three shards, item by item as docs/data-model.md
says. Nothing here comes from the project's own code.

What each is there for:

    dep_even   a deposit, spread over all shards
    pay_small  paid from the balance, out of one shard that is not the first
    pay_large  paid from the balance, out of all shards; its own is the second
    sold       captured in the second shard, settled in the first; refunds of it take from several
    fought     captured in the third shard, and disputed: what is set aside in one shard is given
               back in another, and the last dispute takes more than there is
"""

from tests.ops.verify.card_world import EXTERNAL, RUN, Step, payment, payment_id, refund
from tests.ops.verify.dispute_world import DisputeWorld, dispute, lost, opened, won
from tests.ops.verify.small_world import (
    ALICE,
    AT,
    CONTENT,
    LATER,
    Address,
    Postings,
    raw,
)

LAST = "2026-11-21T14:00:00.000003Z"
OWN_ACCOUNTS = ("available", "pending", "refunding", "disputed")
SHARDS = 3


def shard(number: int) -> str:
    """The partition of a shard."""
    return f"{ALICE}#USD#{number}"


def balance(number: int) -> Address:
    """Where its balance is."""
    return ("ledger", shard(number), "balance")


class ShardWorld(DisputeWorld):
    """All items by (table, id, part)."""

    def __init__(self) -> None:
        self.items = {}
        self._entry_number = 0
        self.entry_of: dict[tuple[str, str], Address] = {}
        self.levelled: dict[int, Address] = {}
        self.put("directory", ALICE, "merchant", name="Shop", created_at=AT, version=2)
        self.give_shards(ALICE, SHARDS)
        self.deposit("dep_even", ALICE, "USD", 90_001, [(0, 30_001), (1, 30_000), (2, 30_000)])
        self.items[balance(0)]["shards"] = raw(SHARDS)
        self.payment("pay_small", ALICE, "USD", 500, 10, [(2, 500, 10)])
        large = [(1, 28_400, 1_600), (0, 30_001, 0), (2, 21_599, 0)]
        self.payment("pay_large", ALICE, "USD", 80_000, 1_600, large)
        self.level({0: 2_631, 1: 2_630, 2: -5_261})
        self._sold()
        self._fought()
        self.items = dict(sorted(self.items.items()))

    def level(self, changes: dict[int, int], at: str = LATER) -> None:
        """Money is moved between shards."""
        for number, minor in changes.items():
            moved: Postings = [("available", minor), ("between_shards", -minor)]
            key = self.entry((ALICE, "USD", number), "levelling", (ALICE, "shards"), moved, at=at)
            self.levelled[number] = ("ledger", key["id"], key["part"])
            del self.items[self.levelled[number]]["payment_id"]

    def put_into(self, item: Address, entry: int, parts: dict[int, Postings]) -> list[Address]:
        """That one entry of an item is in these shards instead; returns where its parts are."""
        listed = self.items[item]["entries"]["L"]
        key = listed[entry]["M"]
        old = self._take_back(("ledger", key["id"]["S"], key["part"]["S"]))
        kind, at = old["kind"]["S"], old["created_at"]["S"]
        new = [
            self.entry((ALICE, "USD", number), kind, (item[1], item[2]), postings, at=at)
            for number, postings in parts.items()
        ]
        listed[entry : entry + 1] = [raw(each) for each in new]
        return [("ledger", each["id"], each["part"]) for each in new]

    def _take_back(self, address: Address) -> dict[str, dict[str, str]]:
        """As if it had never been posted."""
        old = self.items.pop(address)
        its = self.items["ledger", address[1], "balance"]
        its["entry_count"] = raw(int(its["entry_count"]["N"]) - 1)
        for posting in old["postings"]["L"]:
            account, minor = posting["M"]["account"]["S"], int(posting["M"]["amount_minor"]["N"])
            if account in OWN_ACCOUNTS:
                its[f"{account}_minor"] = raw(int(its[f"{account}_minor"]["N"]) - minor)
        return old

    def _captured_in(self, name: str, number: int) -> None:
        """A payment of 5,000 is posted, and listed, in a shard of its own."""
        self.items[payment(name)]["list_bucket"] = raw(f"{ALICE}#{number}")
        captured: Postings = [(EXTERNAL, -5_000), ("pending", 4_900), ("fees", 100)]
        self.put_into(payment(name), 0, {number: captured})

    def _sold(self) -> None:
        self.card("sold", "succeeded", captured=5_000, refunded=1_700, version=13, at=LAST)
        self._captured_in("sold", 1)
        self.created("sold", 201, "succeeded")
        self.run(
            "incoming/cards.csv",
            content=CONTENT,
            total_rows=1,
            matched=1,
            gross_minor={"USD": 5_000},
            fee_minor={"USD": 100},
        )
        self.mark((payment_id("sold"), "payment"), RUN)
        self.items[payment("sold")]["updated_at"] = raw(LAST)
        share: Postings = [("pending", -4_500), ("available", 4_500)]
        key = self.post((RUN, "run"), "settlement", share, at=LATER)
        del self.items["ledger", key["id"], key["part"]]["payment_id"]
        self.refunded(
            "sold", "before", 400, "succeeded",
            ("refund_reserved", [("pending", -400), ("refunding", 400)]),
            ("refund_succeeded", [("refunding", -400), (EXTERNAL, 400)]),
        )  # fmt: skip
        self.refunded(
            "sold", "after", 1_000, "succeeded",
            ("refund_reserved", [("available", -1_000), ("refunding", 1_000)]),
            ("refund_succeeded", [("refunding", -1_000), (EXTERNAL, 1_000)]),
        )  # fmt: skip
        reserved = {n: [("available", -m), ("refunding", m)] for n, m in ((0, 600), (1, 400))}
        self.put_into(refund("sold", "after"), 0, reserved)
        self.refunded(
            "sold", "after-all", 300, "succeeded",
            ("refund_reserved", [("available", -300), ("refunding", 300)]),
            ("refund_failed", [("refunding", -300), ("available", 300)]),
            ("processor_refund", [("available", -300), (EXTERNAL, 300)]),
        )  # fmt: skip
        self.refunded(
            "sold", "failed", 200, "failed",
            ("refund_reserved", [("available", -200), ("refunding", 200)]),
            ("refund_failed", [("refunding", -200), ("available", 200)]),
            failure_code="expired_card",
        )  # fmt: skip
        halves: dict[int, Postings] = {n: [("available", -100), ("refunding", 100)] for n in (0, 1)}
        self.put_into(refund("sold", "failed"), 0, halves)
        # Nothing was in the first shard then.
        taken = {n: [("available", -m), (EXTERNAL, m)] for n, m in ((1, 100), (2, 200))}
        self.put_into(refund("sold", "after-all"), 2, taken)

    def _fought(self) -> None:
        self.card(
            "fought", "succeeded", captured=5_000, version=9, at=LATER,
            standing_disputes=4, pending_minor=4_900,
        )  # fmt: skip
        self._captured_in("fought", 2)
        self.created("fought", 201, "succeeded")
        self._dispute_over("dp_open", "open", {1: 400, 2: 600})
        self._dispute_over("dp_lost", "lost", {0: 300, 1: 400}, lost(700))
        self._dispute_over("dp_won", "won", {1: 200}, won(200))
        self.dispute("fought", "dp_late", 500, "lost", lost(500, "available"))
        late = {n: [("available", -m), (EXTERNAL, m)] for n, m in ((1, 200), (2, 300))}
        self.put_into(dispute("fought", "dp_late"), 0, late)
        self.payment("pay_rest", ALICE, "USD", 6_000, 0, [(0, 6_000, 0)], fee_basis_points=0)
        # More than all of them have: the others are emptied, and the first is below zero.
        self._dispute_over("dp_drain", "open", {0: 1_640, 1: 830, 2: 1_530})

    def _dispute_over(
        self, reference: str, status: str, taken: dict[int, int], *ends: Step
    ) -> None:
        amount = sum(taken.values())
        self.dispute("fought", reference, amount, status, opened(amount), *ends)
        parts = {n: [("available", -m), ("disputed", m)] for n, m in taken.items()}
        self.put_into(dispute("fought", reference), 0, parts)
