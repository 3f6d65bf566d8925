"""What does a list request choose? From query parameters to a filter."""

from datetime import datetime

from oncepay.api.fields import Parameters
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.services.list_ledger_entries import EntryFilter
from oncepay.services.list_payments import PaymentFilter

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_CUSTOMER_ID = 100
MAX_SOURCE_KEY_BYTES = 1024
"""Source: Amazon S3 user guide, "Naming Amazon S3 objects", as of 2026-11."""


def read_limit(parameters: Parameters) -> int:
    """The size of a page, 1..100; 20 if it is not given."""
    return parameters.take_whole("limit", minimum=1, maximum=MAX_LIMIT) or DEFAULT_LIMIT


def read_payment_filter(parameters: Parameters) -> PaymentFilter:
    """The filters of GET /v1/payments; InvalidRequest names the one that is wrong."""
    chosen = PaymentFilter(
        status=parameters.take_choice("status", [status.value for status in PaymentStatus]),
        currency=parameters.take_currency("currency"),
        customer_id=parameters.take_text("customer_id", maximum=MAX_CUSTOMER_ID),
        created_from=parameters.take_time("created_from"),
        created_to=parameters.take_time("created_to"),
        min_amount=parameters.take_amount("min_amount"),
        max_amount=parameters.take_amount("max_amount"),
    )
    _require_order(chosen.created_from, chosen.created_to)
    if (
        chosen.min_amount is not None
        and chosen.max_amount is not None
        and chosen.min_amount > chosen.max_amount
    ):
        raise InvalidRequest("min_amount must not be above max_amount", param="min_amount")
    return chosen


def read_entry_filter(parameters: Parameters) -> EntryFilter:
    """The filters of GET /v1/ledger/entries; InvalidRequest names the one that is wrong."""
    chosen = EntryFilter(
        currency=parameters.take_currency("currency"),
        created_from=parameters.take_time("created_from"),
        created_to=parameters.take_time("created_to"),
    )
    _require_order(chosen.created_from, chosen.created_to)
    return chosen


def read_source_key(parameters: Parameters) -> str | None:
    """The filter of GET /v1/settlements: an object's key, as S3 would take it."""
    key = parameters.take_text("source_key", maximum=MAX_SOURCE_KEY_BYTES)
    try:
        size_bytes = len((key or "").encode())
    except UnicodeEncodeError:
        raise InvalidRequest("source_key must be UTF-8", param="source_key") from None
    if size_bytes > MAX_SOURCE_KEY_BYTES:
        raise InvalidRequest(
            f"source_key must have 1 to {MAX_SOURCE_KEY_BYTES} bytes in UTF-8", param="source_key"
        )
    return key


def _require_order(created_from: datetime | None, created_to: datetime | None) -> None:
    if created_from is not None and created_to is not None and created_from > created_to:
        raise InvalidRequest("created_from must not be after created_to", param="created_from")
