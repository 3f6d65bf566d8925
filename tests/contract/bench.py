"""What does the contract suite ask of a processor's test double? Whatever adapter is tested, it is
given as one of these.

An adapter joins by a bench of its own in `conftest.BENCHES`; the tests know no wire format.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.operation import Operation
from oncepay.domain.processor_answer import Failure
from oncepay.processors.port import Processor


@dataclass(frozen=True, slots=True)
class Recorded:
    """A charge in the processor's own record, and how many of each were done to it."""

    reference: str
    status: str
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    captures: int
    voids: int
    refunds: int


class Bench(Protocol):
    """A processor that does as it is told, and its adapter."""

    @property
    def processor(self) -> Processor:
        """The adapter, with time enough for any answer that comes."""

    @property
    def impatient(self) -> Processor:
        """The adapter with IMPATIENT_SECONDS, for answers that do not come."""

    @property
    def finds_by_key(self) -> bool:
        """Whether the processor can be asked what was done under a key. Otherwise it is looked for
        by what is written on it, or by what became of the charge.
        """

    @property
    def tells_moves(self) -> bool:
        """Whether a capture or void is a thing of its own, with an event of its own. Otherwise it
        is told as what became of the charge.
        """

    @property
    def marks_any_refund(self) -> bool:
        """Whether a refund that somebody began at the processor itself carries our payment's id,
        too. Otherwise it leads there by the charge.
        """

    @property
    def refuses_with_charge(self) -> bool:
        """Whether whatever is refused shows the charge. Otherwise only what the charge's state
        forbids does.
        """

    @property
    def voids_are_things(self) -> bool:
        """Whether a void has an id and a payment_id of its own, and may be pending; or an event of
        it that names our key.
        """

    @property
    def names_charges(self) -> bool:
        """Whether an event of a refund names the charge. Otherwise it names what was captured."""

    @property
    def tells_failures(self) -> bool:
        """Whether there is an event of a charge that is declined at once, and of a refund that
        fails.
        """

    @property
    def waits_to_be_asked(self) -> bool:
        """Whether the money has to be asked for once more when the payer has agreed; a payer who
        does not agree just stays away.
        """

    def failure_code(self, kind: str, code: str, *, later: bool = False) -> str:
        """How the processor words that it declined that kind of thing: at once, or when it was
        pending.
        """

    @property
    def unknown_method(self) -> Failure:
        """Why a charge of a payment method that does not exist is declined."""

    def elsewhere(self, url: str) -> Processor:
        """The adapter, asking another address."""

    def with_secret(self, secret: str) -> Processor:
        """The adapter, with another secret."""

    def without_secret(self) -> Processor:
        """The adapter, whose secret cannot be read."""

    def payment_method(
        self,
        charge: str,
        *,
        capture: str = "approve",
        void: str = "approve",
        refund: str = "approve",
    ) -> str:
        """The method that makes the processor behave so."""

    def approve(self, reference: str) -> None:
        """The payer agrees."""

    def decline(self, reference: str) -> None:
        """The payer does not."""

    def expire(self, reference: str) -> None:
        """The authorization lapses."""

    def end(self, operation: Operation, failure_code: str | None = None) -> None:
        """What is pending succeeds, or fails."""

    def refund_at_dashboard(self, reference: str, amount_minor: int) -> None:
        """Somebody refunds a part at the processor itself."""

    def pass_by(self, time: timedelta) -> None:
        """The processor's clock moves on."""

    def record(self) -> list[Recorded]:
        """Every charge as it is now."""

    def told(self) -> list[EventOfPayment]:
        """Every event that was sent since the last time, in order: verified, and read."""

    def received(self, operation: Operation) -> int:
        """How often it was sent."""


type Opened = AbstractContextManager[Bench]
IMPATIENT_SECONDS = 0.3
PATIENT_SECONDS = 20.0
