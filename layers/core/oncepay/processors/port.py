"""What does the rest of the house ask of a payment processor? One port, an adapter for each.

An adapter builds the exact requests once, before anything is stored; it sends them as they were
stored, under our key; and it reads whatever comes back into the words of
`domain.processor_answer`. It never raises for what a processor or a network can do: a lost reply, a
time-out, a server error or an answer that cannot be read is `Unknown`; only what provably did
nothing is `NotSent`; a decline is an answer like any other.
"""

from datetime import timedelta
from typing import Protocol

from oncepay.domain.operation import Operation, ProcessorRequest
from oncepay.domain.payment import Payment
from oncepay.domain.processor_answer import (
    Answer,
    Charge,
    LookedUp,
    NotSent,
    Prepared,
    Unknown,
)


class Processor(Protocol):
    """One payment processor."""

    @property
    def name(self) -> str:
        """As in `funding.processor` and in `external:<name>`."""

    @property
    def timeout_seconds(self) -> float:
        """How long a call takes at most, from connecting to the last byte."""

    @property
    def key_retention(self) -> timedelta:
        """How long it certainly knows an idempotency key; never sent again after that."""

    @property
    def needs_preparation(self) -> bool:
        """Whether a charge is set up by a call of its own, before it is sent."""

    def charge_request(self, payment: Payment) -> ProcessorRequest:
        """To charge a payment's method, or to authorize it if it is captured later; of a payment
        with a checkout, to make the page on which the payer pays.

        Raises: CurrencyNotSupported, InvalidRequest: it takes no such currency, or amount.
        """

    def capture_request(
        self, payment: Payment, amount_minor: int, *, operation_id: str
    ) -> ProcessorRequest:
        """To take so much of what is authorized, and to release the rest.

        Raises: CurrencyNotSupported, InvalidRequest: it takes no such amount.
        """

    def void_request(
        self, payment: Payment, reference: str, handle: str | None, *, operation_id: str
    ) -> ProcessorRequest:
        """To release what is authorized by the charge of that reference, and handle."""

    def refund_request(
        self,
        payment: Payment,
        reference: str,
        handle: str | None,
        amount_minor: int,
        *,
        operation_id: str,
    ) -> ProcessorRequest:
        """To give back so much of the charge of that reference, and handle.

        Raises: CurrencyNotSupported, InvalidRequest: it takes no such amount.
        """

    def prepare(self, operation: Operation) -> Prepared | Charge | NotSent | Unknown:
        """Set up the charge of an AUTHORIZE: no money moves. Called before its first `send`, if
        `needs_preparation`; the id that it gives is stored as the operation's reference, and only
        then it is sent. A Charge is an end in itself: it is not sent.
        """

    def send(self, operation: Operation) -> Answer:
        """Send an operation's request under its id as key: a Charge for an AUTHORIZE, an Effect
        for everything else.
        """

    def look_up(self, operation: Operation) -> LookedUp:
        """What became of an operation, by its id: as it is now."""

    def look_up_charge(self, payment: Payment) -> LookedUp:
        """A payment's charge as it is now, by its reference."""
