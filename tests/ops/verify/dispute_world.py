"""A small world of what comes back to haunt a merchant, and of payments on a processor's page, item
by item as docs/data-model.md says. Nothing here comes from the project's own code.

What each payment is there for:

    disputed   captured, and disputed in every way there is
    returned   captured, its refunds came back
    paged      paid on a page, known there by two names
    open_page  the payer is on the page
    no_page    the processor would not make the page
"""

import base64
import hashlib
from typing import Any

from tests.ops.verify.card_world import (
    EXTERNAL,
    PROCESSOR,
    CardWorld,
    Step,
    hashed,
    payment_id,
)
from tests.ops.verify.small_world import ALICE, AT, LATER, Address, raw

PAGE: dict[str, Any] = {
    "success_url": "https://shop.example/yes",
    "cancel_url": "https://shop.example/no",
    "line_items": [{"name": "a book", "quantity": 2, "amount_minor": 2_500}],
}


def dispute_id(reference: str) -> str:
    """The id of the dispute that the processor calls so."""
    digest = hashlib.sha256()
    for part in ("dispute", PROCESSOR, reference):
        digest.update(f"{len(part)}:{part}".encode())
    return "dp_" + base64.b32encode(digest.digest()).decode().lower()[:26]


def dispute(name: str, reference: str) -> Address:
    """Where a dispute of a payment is."""
    return ("payments", payment_id(name), f"dispute#{dispute_id(reference)}")


def opened(amount: int) -> Step:
    """Money is taken back until it is decided."""
    return "dispute_opened", [("available", -amount), ("disputed", amount)]


def won(amount: int) -> Step:
    """It is given back."""
    return "dispute_won", [("disputed", -amount), ("available", amount)]


def lost(amount: int, source: str = "disputed") -> Step:
    """It is gone."""
    return "dispute_lost", [(source, -amount), (EXTERNAL, amount)]


def came_back(amount: int) -> Step:
    """A refund that had left."""
    return "refund_failed", [(EXTERNAL, -amount), ("pending", amount)]


class DisputeWorld(CardWorld):
    """All items by (table, id, part)."""

    def __init__(self) -> None:
        self.items = {}
        self._entry_number = 0
        self.entry_of: dict[tuple[str, str], Address] = {}
        self.put("directory", ALICE, "merchant", name="Shop", created_at=AT, version=1)
        self._disputed()
        self._returned()
        self._pages()
        self.items = dict(sorted(self.items.items()))

    def dispute(
        self, name: str, reference: str, amount: int, status: str, *steps: Step, **more: Any
    ) -> None:
        """A dispute that went through these steps."""
        item = (payment_id(name), dispute(name, reference)[2])
        posted = [
            self.post(item, kind, postings, at=LATER if number else AT)
            for number, (kind, postings) in enumerate(steps)
        ]
        listed: dict[str, Any] = {"entries": posted} if posted else {}
        self.lead(reference, item)
        self.put(
            "payments",
            item[0],
            item[1],
            merchant_id=ALICE,
            currency="USD",
            created_at=AT,
            updated_at=LATER,
            amount_minor=amount,
            status=status,
            reason="fraudulent",
            processor_reference=reference,
            version=max(1, len(posted)),
            **listed,
            **more,
        )

    def _disputed(self) -> None:
        self.card(
            "disputed", "succeeded", captured=5_000, version=9, at=LATER,
            standing_disputes=3, pending_minor=4_900,
        )  # fmt: skip
        self.created("disputed", 201, "succeeded")
        self.dispute("disputed", "dp_open", 1_000, "open", opened(1_000))
        self.dispute("disputed", "dp_won", 700, "won", opened(700), won(700))
        self.dispute("disputed", "dp_lost", 500, "lost", opened(500), lost(500))
        self.dispute("disputed", "dp_won_late", 300, "won")
        self.dispute("disputed", "dp_lost_late", 200, "lost", lost(200, "available"))

    def _returned(self) -> None:
        self.card(
            "returned", "succeeded", captured=5_000, version=12, at=LATER, pending_minor=4_900
        )
        self.created("returned", 201, "succeeded")
        reserved: Step = ("refund_reserved", [("pending", -600), ("refunding", 600)])
        given: Step = ("refund_succeeded", [("refunding", -600), (EXTERNAL, 600)])
        failed: Step = ("refund_failed", [("refunding", -600), ("pending", 600)])
        taken: Step = ("processor_refund", [("pending", -600), (EXTERNAL, 600)])
        known = {"failure_code": "lost_or_stolen_card"}
        self.refunded(
            "returned", "ours", 600, "failed", reserved, given, came_back(600),
            processor_reference="rf_ours", **known,
        )  # fmt: skip
        self.refunded(
            "returned", "theirs", 600, "failed", taken, came_back(600),
            processor_reference="rf_theirs", **known,
        )  # fmt: skip
        self.refunded(
            "returned", "after-all", 600, "failed", reserved, failed, taken, came_back(600),
            processor_reference="rf_after_all", **known,
        )  # fmt: skip
        # It failed before anybody heard of it: no reason is given, and no money moved.
        self.refunded(
            "returned", "never", 600, "failed",
            processor_reference="rf_never", fingerprint=hashed("never"),
        )  # fmt: skip
        # The body of an answer stays as it was.
        self.said("ours", "succeeded")

    def said(self, request: str, status: str) -> None:
        """What the request of a refund was answered with."""
        item = self.items["idempotency", hashed(request), ""]
        item["body"] = raw(item["body"]["S"].replace('"failed"', f'"{status}"'))

    def _pages(self) -> None:
        page: dict[str, Any] = {"checkout": PAGE}
        self.card(
            "paged", "succeeded", captured=5_000, version=3, pending_minor=4_900,
            processor_reference="cs_there", processor_handle="ch_paged", **page,
        )  # fmt: skip
        self.session("paged", "open")
        self.lead("cs_there", (payment_id("paged"), "payment"))
        self.card(
            "open_page", "requires_action", next_action_url="https://sim/page", version=2, **page
        )
        self.session("open_page", "open")
        self.card("no_page", "declined", **page)
        self.created("no_page", 402, "declined")

    def session(self, name: str, status: str) -> None:
        """The answer to the request that made a payment with a page."""
        id_ = payment_id(name)
        body = {
            "id": id_.replace("pay_", "cs_"),
            "payment_id": id_,
            "amount_minor": 5_000,
            "currency": "USD",
            "status": status,
        }
        self.answer(name, (id_, "payment"), 201, body)
