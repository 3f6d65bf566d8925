"""What should be stored? docs/data-model.md, transcribed as lists of fields."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ops.verify.fields import Field

HEX_SHA256: Final = re.compile(r"[0-9a-f]{64}")
TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
NOT_EMPTY: Final = re.compile(r"(?s:.+)")
ITEM_ID: Final = re.compile(r"(?:pay|dep|set)_.+")
ITEM_PART: Final = re.compile(r"payment|deposit|refund#re_.+|break#[0-9]{10}")
ENTRY_PART: Final = re.compile(r"entry#le_.+")
REFUND_PART: Final = re.compile(r"refund#re_.+")
DISPUTE_PART: Final = re.compile(r"dispute#dp_.+")
OPERATION_PART: Final = re.compile(r"operation#.+")
REFERENCE_ID: Final = re.compile(r"ref#([a-z0-9_-]+)#((?s:.+))")
PROCESSOR: Final = re.compile(r"[a-z0-9_-]+")
DUE_BUCKET: Final = re.compile(r"work#[0-9]+")
WAITING_BUCKET: Final = re.compile(r"work#[0-9]+|settle#[a-z0-9_-]+#[0-9]+")
SETTLEMENT_ID: Final = re.compile(r"set_[a-z2-7]{26}")
BREAK_PART: Final = re.compile(r"break#[0-9]{10}")
API_KEY_PART: Final = re.compile(r"api_key#.+")

OPERATOR: Final = "operator"
"""Who runs this: its books hold what files tell of and is no merchant's."""

EXTERNAL: Final = "external:<processor>"
"""Stands for the account of whichever processor it is."""

OWN_ACCOUNTS: Final = ("available", "pending", "refunding", "disputed")
"""The merchant's accounts: those that a balance folds, each in `<account>_minor`."""

BETWEEN_SHARDS: Final = "between_shards"
"""The account of what one shard of a book gave and another got."""

OUTSIDE_ACCOUNTS: Final = frozenset({"external:bank", "fees", "costs", "suspense", BETWEEN_SHARDS})
PROCESSOR_ACCOUNT: Final = re.compile(r"external:[a-z0-9_-]+")

VERSION: Final = Field("version", "N", least=1)
AMOUNT: Final = Field("amount_minor", "N", least=1)
MERCHANT: Final = Field("merchant_id", pattern=NOT_EMPTY)
FINGERPRINT: Final = Field("fingerprint", pattern=HEX_SHA256)
CURRENCY_CODE: Final = Field("currency", pattern=CURRENCY)
PROCESSOR_NAME: Final = Field("processor", pattern=PROCESSOR)
CREATED: Final = Field("created_at", pattern=TIME)
UPDATED: Final = Field("updated_at", pattern=TIME)
SETTLED_BY: Final = Field("settlement_id", required=False, pattern=SETTLEMENT_ID)
SETTLED_AT: Final = Field("settled_at", required=False, pattern=TIME)
ENTRIES: Final = Field("entries", "L", required=False)
FAILURE: Final = (
    Field("failure_code", required=False, pattern=NOT_EMPTY),
    Field("failure_message", required=False),
)
DUE: Final = (
    Field("due_bucket", required=False, pattern=DUE_BUCKET),
    Field("due_at", required=False, pattern=TIME),
)
DUE_BUCKETS: Final = 16
MOST_SHARDS: Final = 32
SHARDS: Final = Field("shards", "N", required=False, least=2, most=MOST_SHARDS)
"""How many shards there are; absent for one."""

STATUSES: Final = frozenset(
    {
        "processing",
        "requires_action",
        "authorized",
        "succeeded",
        "declined",
        "voided",
        "expired",
    }
)

PAYMENT_AT_PROCESSOR: Final = (
    Field("processor", required=False, pattern=PROCESSOR),
    Field("payment_method", required=False, pattern=NOT_EMPTY),
    Field("capture_method", required=False, one_of=frozenset({"automatic", "manual"})),
    Field("processor_reference", required=False, pattern=NOT_EMPTY),
    Field("processor_handle", required=False, pattern=NOT_EMPTY),
    Field("checkout", "M", required=False),
    Field("standing_disputes", "N", required=False, least=1),
    Field("refunding_minor", "N", required=False, least=0),
    Field("pending_minor", "N", required=False),
    Field("open_operation", required=False, pattern=NOT_EMPTY),
    Field("next_action_url", required=False, pattern=NOT_EMPTY),
    Field("authorization_expires_at", required=False, pattern=TIME),
    Field("due_bucket", required=False, pattern=WAITING_BUCKET),
    Field("due_at", required=False, pattern=TIME),
)
"""What only a payment through a processor has."""

PAYMENT: Final = (
    MERCHANT,
    FINGERPRINT,
    CURRENCY_CODE,
    CREATED,
    UPDATED,
    AMOUNT,
    Field("fee_minor", "N"),
    Field("fee_basis_points", "N", least=0),
    Field("captured_minor", "N"),
    Field("refunded_minor", "N"),
    Field("status", one_of=STATUSES),
    Field("funding_type", one_of=frozenset({"balance", "processor"})),
    Field("customer_id", required=False),
    Field("description", required=False),
    Field("metadata", "M", required=False),
    *FAILURE,
    SETTLED_BY,
    SETTLED_AT,
    ENTRIES,
    VERSION,
    Field("list_bucket"),
    Field("list_position"),
    *PAYMENT_AT_PROCESSOR,
)

REFUND: Final = (
    MERCHANT,
    FINGERPRINT,
    AMOUNT,
    CURRENCY_CODE,
    Field("status", one_of=frozenset({"pending", "succeeded", "failed"})),
    Field("reason", required=False),
    Field("processor_reference", required=False, pattern=NOT_EMPTY),
    *FAILURE,
    SETTLED_BY,
    SETTLED_AT,
    CREATED,
    UPDATED,
    ENTRIES,
    VERSION,
)

DISPUTE: Final = (
    MERCHANT,
    AMOUNT,
    CURRENCY_CODE,
    Field("status", one_of=frozenset({"open", "won", "lost"})),
    Field("reason", required=False),
    Field("processor_reference", pattern=NOT_EMPTY),
    CREATED,
    UPDATED,
    ENTRIES,
    VERSION,
)

CHECKOUT: Final = (
    Field("success_url", pattern=NOT_EMPTY),
    Field("cancel_url", pattern=NOT_EMPTY),
    Field("line_items", "L"),
)
"""What a payment that is paid on a page of the processor's was asked for with."""

LINE_ITEM: Final = (
    Field("name", pattern=NOT_EMPTY),
    Field("quantity", "N", least=1),
    Field("amount_minor", "N", least=0),
)

DEPOSIT: Final = (MERCHANT, FINGERPRINT, AMOUNT, CURRENCY_CODE, CREATED, ENTRIES, VERSION)

OPERATION: Final = (
    MERCHANT,
    FINGERPRINT,
    PROCESSOR_NAME,
    CURRENCY_CODE,
    CREATED,
    UPDATED,
    AMOUNT,
    Field("kind", one_of=frozenset({"authorize", "capture", "void", "refund", "return_orphan"})),
    Field("state", one_of=frozenset({"open", "succeeded", "failed", "overtaken"})),
    Field("request_path", pattern=NOT_EMPTY),
    Field("request_body"),
    Field("request_charge", required=False, pattern=NOT_EMPTY),
    Field("record_id", required=False, pattern=HEX_SHA256),
    Field("origin_instance", required=False),
    Field("origin_request_id", required=False),
    Field("lease_until", required=False, pattern=TIME),
    Field("first_sent_at", required=False, pattern=TIME),
    Field("last_sent_at", required=False, pattern=TIME),
    *DUE,
    Field("attempts", "N", required=False, least=1),
    Field("look_up_only", "BOOL", required=False),
    Field("reference", required=False, pattern=NOT_EMPTY),
    Field("problem", required=False, pattern=NOT_EMPTY),
    ENTRIES,
    VERSION,
)

HOT_MERCHANT: Final = (
    Field("merchant_id", pattern=re.compile(r"mer_.+")),
    replace(SHARDS, required=True),
    *DUE,
    CREATED,
    UPDATED,
    VERSION,
)
"""A merchant whose books have several shards: the sweep looks at them again and again."""

REFERENCE: Final = (
    Field("item_id", pattern=re.compile(r"pay_.+")),
    Field("item_part", pattern=re.compile(r"payment|refund#re_.+|dispute#dp_.+|operation#.+")),
)
"""A pointer from a processor's id."""

ENTRY_KEY: Final = (Field("id", pattern=NOT_EMPTY), Field("part", pattern=NOT_EMPTY))

SETTLEMENT_ENTRY: Final = "settlement"
CORRECTION, CORRECTION_REVERSED = "correction", "correction_reversed"
LEVELLING: Final = "levelling"
OF_SETTLEMENTS: Final = frozenset({SETTLEMENT_ENTRY, CORRECTION, CORRECTION_REVERSED})
"""Kinds of entries that name an item of Settlements."""

SETTLED_ACCOUNTS: Final = dict.fromkeys(
    ("pending", "available", "costs", "suspense", "external:bank", EXTERNAL), 0
)
"""What these touch, either way."""

ENTRY_KINDS: Final[Mapping[str, Mapping[str, int]]] = {
    "deposit": {"external:bank": -1, "available": 1},
    "payment": {"available": -1, "external:bank": 1, "fees": 1},
    "refund": {"external:bank": -1, "available": 1},
    "capture": {EXTERNAL: -1, "pending": 1, "fees": 1},
    "refund_reserved": {"pending": -1, "available": -1, "refunding": 1},
    "refund_succeeded": {"refunding": -1, EXTERNAL: 1},
    "refund_failed": {"refunding": -1, EXTERNAL: -1, "pending": 1, "available": 1},
    "processor_refund": {"pending": -1, "available": -1, EXTERNAL: 1},
    "orphan_charge": {EXTERNAL: -1, "suspense": 1},
    "orphan_returned": {"suspense": -1, EXTERNAL: 1},
    SETTLEMENT_ENTRY: SETTLED_ACCOUNTS,
    CORRECTION: SETTLED_ACCOUNTS,
    CORRECTION_REVERSED: SETTLED_ACCOUNTS,
    "dispute_opened": {"available": -1, "disputed": 1},
    "dispute_won": {"disputed": -1, "available": 1},
    "dispute_lost": {"available": -1, "disputed": -1, EXTERNAL: 1},
    LEVELLING: {"available": 0, BETWEEN_SHARDS: 0},
}
"""Which accounts an entry of each kind touches, and which way the money goes there; 0 is either."""

ENTRY: Final = (
    Field("kind", one_of=frozenset(ENTRY_KINDS)),
    Field("item_id", pattern=re.compile(r"(?:pay|dep|set|mer)_.+")),
    Field(
        "item_part",
        pattern=re.compile(
            r"payment|deposit|refund#re_.+|dispute#dp_.+|operation#.+|run|break#[0-9]{10}|shards"
        ),
    ),
    Field("payment_id", required=False),
    CURRENCY_CODE,
    CREATED,
    Field("postings", "L"),
)

POSTING: Final = (Field("account", pattern=NOT_EMPTY), Field("amount_minor", "N"))

BALANCE: Final = (
    MERCHANT,
    CURRENCY_CODE,
    Field("entry_count", "N", least=0),
    *(Field(f"{account}_minor", "N", required=False) for account in OWN_ACCOUNTS),
    SHARDS,
)

RECORD: Final = (
    MERCHANT,
    FINGERPRINT,
    Field("state", one_of=frozenset({"COMPLETED", "IN_PROGRESS"})),
    Field("item_id", pattern=ITEM_ID),
    Field("item_part", pattern=ITEM_PART),
    Field("status_code", "N", required=False),
    Field("body", required=False),
    CREATED,
    Field("expires_at", "N", required=False, least=1),
)


def is_known_account(account: str) -> bool:
    """Whether docs/data-model.md names the account."""
    return (
        account in OWN_ACCOUNTS
        or account in OUTSIDE_ACCOUNTS
        or PROCESSOR_ACCOUNT.fullmatch(account) is not None
    )
