"""What else may a payer do at a processor, and their bank? They pay on a page, or do not; and the
bank takes the money back.
"""

from typing import Protocol

from tests.contract.bench import Bench


class PayerBench(Bench, Protocol):
    """A bench whose processor has hosted pages, and disputes."""

    def pay_on_page(self, reference: str, behaviour: str = "approve") -> None:
        """The payer gives a card on the page of that session."""

    def expire_page(self, reference: str) -> None:
        """Nobody pays there any more."""

    def dispute(self, charge: str, amount_minor: int) -> str:
        """The bank takes a part back; returns the processor's id of the dispute."""

    def decide(self, dispute: str, *, won: bool) -> None:
        """It is decided who was right."""
