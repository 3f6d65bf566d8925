"""Settlement files of processors that are booked in tests, and what that has changed.

The simulated processor stands for whoever writes the file.
"""

from collections import Counter
from typing import Any

from oncepay.domain.settlement import Break, Settlement
from oncepay.storage.breaks import break_from_raw
from tests.books import Books
from tests.builders import MERCHANT
from tests.dropped_files import Drop
from tests.processor_world import ProcessorWorld

MERCHANTS, OPERATORS = f"{MERCHANT}#USD#0", "operator#USD#0"
THEIRS = "external:simulated"
SIMULATED = {"stripe": "simulated", "paypal": "simulated", "adyen": "simulated"}


class BookedFiles:
    """Drops files, and looks at what comes of them."""

    def __init__(self, drop: Drop, books: Books) -> None:
        self.drop, self.books = drop, books

    def book(self, content: bytes, key: str = "incoming/a.csv", **overrides: Any) -> Settlement:
        """A file is dropped and booked; it is the simulated processor's, unless told otherwise."""
        tools: dict[str, Any] = {"processors": SIMULATED}
        return self.drop.take(self.drop.put(content, key), **(tools | overrides)).run

    def settled(self, ledger: str) -> dict[str, int]:
        """What settlements have posted to a ledger, by account."""
        moved: Counter[str] = Counter()
        for entry in self.books.entries():
            if entry["kind"] == "settlement" and entry["id"] == ledger:
                postings = entry["postings"]
                moved.update({each["account"]: int(each["amount_minor"]) for each in postings})
        return {account: amount for account, amount in moved.items() if amount}

    def breaks(self, run: Settlement) -> list[Break]:
        """Of a run, by row."""
        return [break_from_raw(raw) for raw in self.drop.items(run.id, "break#")]

    def kinds(self, run: Settlement) -> list[str]:
        """Of its breaks, by row."""
        return [found.kind.value for found in self.breaks(run)]

    def payment(self, payment_id: str) -> dict[str, Any]:
        """As DynamoDB has it."""
        return self.books.raw("payments", id=payment_id, part="payment")

    def settled_by(self, payment_id: str) -> str | None:
        """The run that has settled a payment, if one has."""
        mark: dict[str, str] = self.payment(payment_id).get("settlement_id", {})
        return mark.get("S")


def charged(shop: ProcessorWorld, key: str = "charge-1", **changes: Any) -> tuple[str, str]:
    """A payment of 50.00 USD that was captured: our id, and the processor's."""
    shown = shop.charge(key=key, **changes).json
    return shown["id"], shown["processor"]["reference"]


def refunded(
    shop: ProcessorWorld, books: Books, payment_id: str, key: str = "refund-1"
) -> dict[str, Any]:
    """A refund of 20.00 USD, as DynamoDB has it."""
    refund_id = shop.refund(payment_id, 2_000, key=key).json["id"]
    return books.raw("payments", id=payment_id, part=f"refund#{refund_id}")


def moved(found: Break) -> dict[str, int]:
    """What would correct a break, by account."""
    assert found.correction is not None
    return {each.account: each.amount_minor for each in found.correction}
