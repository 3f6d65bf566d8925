"""How are payments, refunds and deposits stored? Three shapes of item in one table."""

import functools
import operator
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from pynamodb.attributes import UnicodeAttribute, VersionAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from oncepay.domain.failure import Failure
from oncepay.domain.ledger import ItemKey
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import Deposit, Payment, Refund
from oncepay.domain.times import format_time
from oncepay.storage.attributes import CheckoutPage, ItemKeys, StringMap, Time, WholeNumber
from oncepay.storage.due import SETTLE_PREFIX, due_bucket, settle_bucket
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

BY_MERCHANT = "by_merchant"
BY_DUE = "by_due"
AUTOMATIC, MANUAL = "automatic", "manual"


class ByMerchant(GlobalSecondaryIndex["PaymentItem"]):  # type: ignore[no-untyped-call]
    """Payments of a merchant, by time."""

    class Meta:
        """Names and projection."""

        index_name = BY_MERCHANT
        projection = AllProjection()

    list_bucket = UnicodeAttribute(hash_key=True)
    list_position = UnicodeAttribute(range_key=True)


class ByDue(GlobalSecondaryIndex["PaymentItem"]):  # type: ignore[no-untyped-call]
    """What is waited for, by time: open operations, authorizations until they lapse, and captured
    payments until they are settled.
    """

    class Meta:
        """Names and projection."""

        index_name = BY_DUE
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Time(range_key=True)


@stored_in("payments")
class PaymentItem(StoredItem):
    """A payment: `part` is `payment`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    by_merchant = ByMerchant()
    by_due = ByDue()
    list_bucket = UnicodeAttribute()
    list_position = UnicodeAttribute()
    merchant_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    amount_minor = WholeNumber()
    fee_minor = WholeNumber()
    fee_basis_points = WholeNumber()
    currency = UnicodeAttribute()
    status = UnicodeAttribute()
    funding_type = UnicodeAttribute()
    captured_minor = WholeNumber()
    refunded_minor = WholeNumber()
    customer_id = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    metadata = StringMap(null=True)
    failure_code = UnicodeAttribute(null=True)
    failure_message = UnicodeAttribute(null=True)
    settlement_id = UnicodeAttribute(null=True)
    settled_at = Time(null=True)
    entries = ItemKeys(null=True)
    processor = UnicodeAttribute(null=True)
    processor_reference = UnicodeAttribute(null=True)
    processor_handle = UnicodeAttribute(null=True)
    payment_method = UnicodeAttribute(null=True)
    capture_method = UnicodeAttribute(null=True)
    refunding_minor = WholeNumber(null=True)
    pending_minor = WholeNumber(null=True)
    open_operation = UnicodeAttribute(null=True)
    next_action_url = UnicodeAttribute(null=True)
    authorization_expires_at = Time(null=True)
    checkout = CheckoutPage(null=True)
    standing_disputes = WholeNumber(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Time(null=True)
    created_at = Time()
    updated_at = Time()
    version = VersionAttribute()


@stored_in("payments")
class RefundItem(StoredItem):
    """A refund: `part` is `refund#re_...`, beside its payment."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    merchant_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    amount_minor = WholeNumber()
    currency = UnicodeAttribute()
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    settlement_id = UnicodeAttribute(null=True)
    settled_at = Time(null=True)
    entries = ItemKeys(null=True)
    processor_reference = UnicodeAttribute(null=True)
    failure_code = UnicodeAttribute(null=True)
    failure_message = UnicodeAttribute(null=True)
    created_at = Time()
    updated_at = Time()
    version = VersionAttribute()


@stored_in("payments")
class DepositItem(StoredItem):
    """A deposit: `part` is `deposit`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    merchant_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    amount_minor = WholeNumber()
    currency = UnicodeAttribute()
    entries = ItemKeys(null=True)
    created_at = Time()
    version = VersionAttribute()


def _capture_method(payment: Payment) -> str | None:
    if payment.processor is None:
        return None
    return AUTOMATIC if payment.captures_automatically else MANUAL


def _due_bucket(payment: Payment) -> str | None:
    """An authorization is looked at by the sweep, a captured payment waited for by the summary."""
    if payment.due_at is not None:
        return due_bucket(payment.id)
    if payment.unsettled_since is None or payment.processor is None:
        return None
    return settle_bucket(payment.processor, payment.id)


def _failure(code: str | None, message: str | None) -> Failure | None:
    return None if code is None else Failure(code, message or "")


def list_bucket(merchant_id: str, shard: int = 0) -> str:
    """Partition of the list index: as many as the merchant's books have shards."""
    return f"{merchant_id}#{shard}"


def list_position(payment: Payment) -> str:
    """Newest last; the id makes it unique."""
    return f"{format_time(payment.created_at)}#{payment.id}"


def payment_item(payment: Payment, entries: Sequence[ItemKey] = ()) -> PaymentItem:
    """From the domain, with its entries if it has none yet. The version is left to the lock: a new
    item gets 1.
    """
    return PaymentItem(
        id=payment.key.id,
        part=payment.key.part,
        list_bucket=list_bucket(payment.merchant_id, payment.shard),
        list_position=list_position(payment),
        merchant_id=payment.merchant_id,
        fingerprint=payment.fingerprint,
        amount_minor=payment.amount_minor,
        fee_minor=payment.fee_minor,
        fee_basis_points=payment.fee_basis_points,
        currency=payment.currency,
        status=payment.status.value,
        funding_type=payment.funding_type,
        captured_minor=payment.captured_minor,
        refunded_minor=payment.refunded_minor,
        customer_id=payment.customer_id,
        description=payment.description,
        metadata=payment.metadata or None,
        failure_code=payment.failure.code if payment.failure else None,
        failure_message=payment.failure.message if payment.failure else None,
        settlement_id=payment.settlement_id,
        settled_at=payment.settled_at,
        entries=payment.entries or entries or None,
        processor=payment.processor,
        processor_reference=payment.processor_reference,
        processor_handle=payment.processor_handle,
        payment_method=payment.payment_method,
        capture_method=_capture_method(payment),
        # Zero is absent: payments from the balance have neither.
        refunding_minor=payment.refunding_minor or None,
        pending_minor=payment.pending_minor or None,
        open_operation=payment.open_operation,
        next_action_url=payment.next_action_url,
        authorization_expires_at=payment.authorization_expires_at,
        checkout=payment.checkout,
        standing_disputes=payment.standing_disputes or None,
        due_bucket=_due_bucket(payment),
        due_at=payment.due_at or payment.unsettled_since,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )


def refund_item(refund: Refund) -> RefundItem:
    """From the domain."""
    return RefundItem(
        id=refund.key.id,
        part=refund.key.part,
        merchant_id=refund.merchant_id,
        fingerprint=refund.fingerprint,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        status=refund.status.value,
        reason=refund.reason,
        settlement_id=refund.settlement_id,
        settled_at=refund.settled_at,
        entries=refund.entries or None,
        processor_reference=refund.processor_reference,
        failure_code=refund.failure.code if refund.failure else None,
        failure_message=refund.failure.message if refund.failure else None,
        created_at=refund.created_at,
        updated_at=refund.updated_at,
    )


def deposit_item(deposit: Deposit) -> DepositItem:
    """From the domain."""
    return DepositItem(
        id=deposit.key.id,
        part=deposit.key.part,
        merchant_id=deposit.merchant_id,
        fingerprint=deposit.fingerprint,
        amount_minor=deposit.amount_minor,
        currency=deposit.currency,
        entries=deposit.entries or None,
        created_at=deposit.created_at,
    )


_NOTHING = dict.fromkeys(PaymentItem.get_attributes())


def payment_from_raw(raw: dict[str, Any]) -> Payment:
    """From an item as DynamoDB returns it, by a read or by a failed condition."""
    # Read without PynamoDB's descriptors: a list has a hundred of these.
    item = SimpleNamespace(**{**_NOTHING, **PaymentItem.values_of(raw)})
    is_unsettled = (item.due_bucket or "").startswith(SETTLE_PREFIX)
    return Payment(
        id=item.id,
        merchant_id=item.merchant_id,
        fingerprint=item.fingerprint,
        amount_minor=item.amount_minor,
        fee_minor=item.fee_minor,
        fee_basis_points=item.fee_basis_points,
        currency=item.currency,
        status=PaymentStatus(item.status),
        funding_type=item.funding_type,
        captured_minor=item.captured_minor,
        refunded_minor=item.refunded_minor,
        created_at=item.created_at,
        updated_at=item.updated_at,
        customer_id=item.customer_id,
        description=item.description,
        metadata=item.metadata or {},
        failure=_failure(item.failure_code, item.failure_message),
        settlement_id=item.settlement_id,
        settled_at=item.settled_at,
        entries=tuple(item.entries or ()),
        version=int(item.version),
        processor=item.processor,
        processor_reference=item.processor_reference,
        processor_handle=item.processor_handle,
        payment_method=item.payment_method,
        captures_automatically=item.capture_method != MANUAL,
        refunding_minor=item.refunding_minor or 0,
        pending_minor=item.pending_minor or 0,
        open_operation=item.open_operation,
        next_action_url=item.next_action_url,
        authorization_expires_at=item.authorization_expires_at,
        due_at=None if is_unsettled else item.due_at,
        unsettled_since=item.due_at if is_unsettled else None,
        checkout=item.checkout,
        standing_disputes=item.standing_disputes or 0,
        shard=int(item.list_bucket.rpartition("#")[2]),
    )


def refund_from_raw(raw: dict[str, Any]) -> Refund:
    """From an item as DynamoDB returns it."""
    item = RefundItem.from_raw_data(raw)
    return Refund(
        id=item.part.removeprefix("refund#"),
        payment_id=item.id,
        merchant_id=item.merchant_id,
        fingerprint=item.fingerprint,
        amount_minor=item.amount_minor,
        currency=item.currency,
        status=RefundStatus(item.status),
        created_at=item.created_at,
        updated_at=item.updated_at,
        reason=item.reason,
        settlement_id=item.settlement_id,
        settled_at=item.settled_at,
        entries=tuple(item.entries or ()),
        version=int(item.version),
        processor_reference=item.processor_reference,
        failure=_failure(item.failure_code, item.failure_message),
    )


def deposit_from_raw(raw: dict[str, Any]) -> Deposit:
    """From an item as DynamoDB returns it."""
    item = DepositItem.from_raw_data(raw)
    return Deposit(
        id=item.id,
        merchant_id=item.merchant_id,
        fingerprint=item.fingerprint,
        amount_minor=item.amount_minor,
        currency=item.currency,
        created_at=item.created_at,
        entries=tuple(item.entries or ()),
        version=int(item.version),
    )


def list_range(
    *, created_from: datetime | None, created_to: datetime | None, before: str | None
) -> Condition:
    """Positions in the list index: from `created_from` on, before `created_to`, not after `before`.

    DynamoDB's BETWEEN includes both ends. A bare time sorts before every position of that moment,
    so that it includes the moment as a lower end and excludes it as an upper one; the item at
    `before` itself is included.
    """
    lowest = format_time(created_from) if created_from else "0"
    highest = min(format_time(created_to) if created_to else "~", before or "~")
    # An upper end below the lower one is an error to DynamoDB; here it is an empty list.
    condition: Condition = PaymentItem.list_position.between(lowest, max(lowest, highest))
    return condition


def due_until(now: datetime) -> Condition:
    """What the sweep is to look at; or what has been waited for since then, or longer."""
    condition: Condition = PaymentItem.due_at <= now
    return condition


def list_filter(
    *,
    status: str | None,
    currency: str | None,
    customer_id: str | None,
    min_amount: int | None,
    max_amount: int | None,
) -> Condition | None:
    """What a listed payment must be like; None if anything goes."""
    conditions: list[Condition] = []
    if status is not None:
        conditions.append(PaymentItem.status == status)
    if currency is not None:
        conditions.append(PaymentItem.currency == currency)
    if customer_id is not None:
        conditions.append(PaymentItem.customer_id == customer_id)
    if min_amount is not None:
        conditions.append(PaymentItem.amount_minor >= min_amount)
    if max_amount is not None:
        conditions.append(PaymentItem.amount_minor <= max_amount)
    return functools.reduce(operator.and_, conditions) if conditions else None
