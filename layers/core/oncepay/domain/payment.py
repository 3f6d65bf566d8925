"""What may happen to a payment? Deposits, payments and refunds, and the rules between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from oncepay.domain.errors import AmountExceedsCaptured, InvalidTransition
from oncepay.domain.failure import Failure
from oncepay.domain.ledger import ItemKey
from oncepay.domain.lifecycle import Action, PaymentStatus, RefundStatus, require_action
from oncepay.domain.money import fee_of

if TYPE_CHECKING:
    from oncepay.domain.checkout import Checkout

BALANCE = "balance"
"""The funding type of a payment from a prefunded balance."""
PROCESSOR = "processor"
"""The funding type of a payment through a processor."""


INSUFFICIENT_FUNDS = Failure("insufficient_funds", "the balance is lower than amount plus fee")
NO_FUNDS_TO_REFUND = Failure("insufficient_funds", "the available balance is lower than the refund")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Money that a merchant put into its balance; `amount_minor` in minor units of `currency`."""

    id: str
    merchant_id: str
    fingerprint: str
    amount_minor: int
    currency: str
    created_at: datetime
    entries: tuple[ItemKey, ...] = ()
    version: int = 1

    @property
    def key(self) -> ItemKey:
        """Where the deposit is stored."""
        return ItemKey(self.id, "deposit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment. Amounts in minor units of `currency`; times aware, in UTC.

    Attributes:
        shard: of the merchant's books, the one that it is posted in first; and its list's.

    Attributes of payments through a processor:
        processor, processor_reference, payment_method: where, its id there, and with what.
        processor_handle: what later requests name instead of that id, where the processor wants it.
        refunding_minor: of refunds that are not certain yet.
        pending_minor: its share of the merchant's account `pending`: what a settlement file makes
            available; below zero if more than that was refunded before.
        open_operation: id of the capture or void that is being done, of which there is one at most.
        next_action_url: where the payer is to go.
        checkout: what the processor's page was asked for with, if the payer pays there.
        standing_disputes: how many are open or lost: while there is one, nothing is refunded.
        due_at: when the sweep looks whether the authorization still stands.
        unsettled_since: since when a settlement file is waited for: when it was captured; None
            before that, and once it is settled.

    Raises:
        ValueError: unless 0 <= refunded <= captured <= amount.
    """

    id: str
    merchant_id: str
    fingerprint: str
    amount_minor: int
    fee_minor: int
    fee_basis_points: int
    currency: str
    status: PaymentStatus
    funding_type: str
    captured_minor: int
    refunded_minor: int
    created_at: datetime
    updated_at: datetime
    customer_id: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    settlement_id: str | None = None
    settled_at: datetime | None = None
    entries: tuple[ItemKey, ...] = ()
    version: int = 1
    processor: str | None = None
    processor_reference: str | None = None
    processor_handle: str | None = None
    payment_method: str | None = None
    captures_automatically: bool = True
    refunding_minor: int = 0
    pending_minor: int = 0
    open_operation: str | None = None
    next_action_url: str | None = None
    authorization_expires_at: datetime | None = None
    due_at: datetime | None = None
    unsettled_since: datetime | None = None
    checkout: "Checkout | None" = None
    standing_disputes: int = 0
    shard: int = 0

    def __post_init__(self) -> None:
        """Refuse a payment that gives back more than it took."""
        if not 0 <= self.refunded_minor <= self.captured_minor <= self.amount_minor:
            raise ValueError("0 <= refunded <= captured <= amount does not hold")
        if self.refunding_minor < 0:
            raise ValueError("refunding is not negative")

    @property
    def key(self) -> ItemKey:
        """Where the payment is stored."""
        return ItemKey(self.id, "payment")

    def is_charged_by(self, reference: str | None) -> bool:
        """Whether that names its charge: by its reference, or its handle. None names nothing, and
        denies nothing.
        """
        return reference in (None, self.processor_reference, self.processor_handle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money of a payment given back; `amount_minor` in minor units of `currency`."""

    id: str
    payment_id: str
    merchant_id: str
    fingerprint: str
    amount_minor: int
    currency: str
    status: RefundStatus
    created_at: datetime
    updated_at: datetime
    reason: str | None = None
    settlement_id: str | None = None
    settled_at: datetime | None = None
    entries: tuple[ItemKey, ...] = ()
    version: int = 1
    processor_reference: str | None = None
    failure: Failure | None = None

    @property
    def key(self) -> ItemKey:
        """Where the refund is stored: beside its payment."""
        return ItemKey(self.payment_id, f"refund#{self.id}")


def pay_from_balance(
    *,
    payment_id: str,
    merchant_id: str,
    fingerprint: str,
    amount_minor: int,
    currency: str,
    fee_basis_points: int,
    now: datetime,
    customer_id: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, str] | None = None,
    shard: int = 0,
) -> Payment:
    """The payment as it is if the balance suffices: captured at once, its fee fixed now."""
    return Payment(
        id=payment_id,
        merchant_id=merchant_id,
        fingerprint=fingerprint,
        amount_minor=amount_minor,
        fee_minor=fee_of(amount_minor, fee_basis_points),
        fee_basis_points=fee_basis_points,
        currency=currency,
        status=PaymentStatus.SUCCEEDED,
        funding_type=BALANCE,
        captured_minor=amount_minor,
        refunded_minor=0,
        created_at=now,
        updated_at=now,
        customer_id=customer_id,
        description=description,
        metadata=metadata or {},
        shard=shard,
    )


def decline(payment: Payment, failure: Failure) -> Payment:
    """The same payment, had it never moved anything."""
    return replace(
        payment, status=PaymentStatus.DECLINED, captured_minor=0, failure=failure, entries=()
    )


def settle[T: (Payment, Refund)](settled: T, settlement_id: str, now: datetime) -> T:
    """Mark as found in a settlement file; its share of `pending` is available from then on, and it
    is waited for no more. The version is not yet raised.
    """
    marked = replace(settled, settlement_id=settlement_id, settled_at=now, updated_at=now)
    if isinstance(marked, Payment):
        return replace(marked, pending_minor=0, unsettled_since=None)
    return marked


def refund_payment(
    payment: Payment,
    *,
    refund_id: str,
    fingerprint: str,
    amount_minor: int | None,
    reason: str | None,
    now: datetime,
) -> tuple[Payment, Refund]:
    """Give back part or all of a captured payment.

    Args:
        payment: as it is now.
        refund_id: id of the refund to make.
        fingerprint: of the request that asks for it.
        amount_minor: in minor units; None is all that is left.
        reason: the merchant's words.
        now: when.

    Returns:
        The payment afterwards, its version not yet raised, and the refund.

    Raises:
        InvalidTransition: unless the payment succeeded and something is left of it.
        AmountExceedsCaptured: for more than captured - refunded.
    """
    refunded_now = refundable_minor(payment, amount_minor)
    refund = Refund(
        id=refund_id,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        fingerprint=fingerprint,
        amount_minor=refunded_now,
        currency=payment.currency,
        status=RefundStatus.SUCCEEDED,
        created_at=now,
        updated_at=now,
        reason=reason,
    )
    after = replace(
        payment,
        refunded_minor=payment.refunded_minor + refunded_now,
        # The call began at `now`; a settlement may have marked the payment since.
        updated_at=max(now, payment.updated_at),
    )
    return after, refund


def refundable_minor(payment: Payment, amount_minor: int | None) -> int:
    """How much a refund gives back: the amount asked for, or all that is left.

    Raises:
        InvalidTransition: unless the payment succeeded and something is left of it.
        AmountExceedsCaptured: for more than captured - refunded - refunding.
    """
    require_action(payment.status, Action.REFUND)
    if payment.standing_disputes:
        raise InvalidTransition("a payment with a dispute that is open or lost cannot be refunded")
    left_minor = max(0, payment.captured_minor - payment.refunded_minor - payment.refunding_minor)
    if amount_minor is None and left_minor == 0:
        raise InvalidTransition("the payment is refunded in full already")
    refunded_now = left_minor if amount_minor is None else amount_minor
    if refunded_now > left_minor:
        raise AmountExceedsCaptured(
            f"amount_minor is {refunded_now}, but only {left_minor} of the payment can be refunded",
            param="amount_minor",
        )
    return refunded_now
