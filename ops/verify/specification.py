"""What should be stored? docs/data-model.md, transcribed as lists of fields."""

import re
from typing import Final

from ops.verify.fields import Field

HEX_SHA256: Final = re.compile(r"[0-9a-f]{64}")
TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
NOT_EMPTY: Final = re.compile(r"(?s:.+)")
ITEM_ID: Final = re.compile(r"(?:pay|dep)_.+")
ITEM_PART: Final = re.compile(r"payment|deposit|refund#re_.+")
ENTRY_PART: Final = re.compile(r"entry#le_.+")
REFUND_PART: Final = re.compile(r"refund#re_.+")
SETTLEMENT_ID: Final = re.compile(r"set_[a-z2-7]{26}")
BREAK_PART: Final = re.compile(r"break#[0-9]{10}")
API_KEY_PART: Final = re.compile(r"api_key#.+")

OWN_ACCOUNTS: Final = ("available", "pending", "refunding", "disputed")
"""The merchant's accounts: those that a balance folds, each in `<account>_minor`."""

OUTSIDE_ACCOUNTS: Final = frozenset({"external:bank", "fees", "suspense"})
PROCESSOR_ACCOUNT: Final = re.compile(r"external:[a-z0-9_-]+")

VERSION: Final = Field("version", "N", least=1)
AMOUNT: Final = Field("amount_minor", "N", least=1)
MERCHANT: Final = Field("merchant_id", pattern=NOT_EMPTY)
FINGERPRINT: Final = Field("fingerprint", pattern=HEX_SHA256)
CURRENCY_CODE: Final = Field("currency", pattern=CURRENCY)
CREATED: Final = Field("created_at", pattern=TIME)
UPDATED: Final = Field("updated_at", pattern=TIME)
SETTLED_BY: Final = Field("settlement_id", required=False, pattern=SETTLEMENT_ID)
SETTLED_AT: Final = Field("settled_at", required=False, pattern=TIME)
ENTRIES: Final = Field("entries", "L", required=False)

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
    Field("status", one_of=frozenset({"succeeded", "declined"})),
    Field("funding_type", one_of=frozenset({"balance"})),
    Field("customer_id", required=False),
    Field("description", required=False),
    Field("metadata", "M", required=False),
    Field("failure_code", required=False, pattern=NOT_EMPTY),
    Field("failure_message", required=False),
    SETTLED_BY,
    SETTLED_AT,
    ENTRIES,
    VERSION,
    Field("list_bucket"),
    Field("list_position"),
)

REFUND: Final = (
    MERCHANT,
    FINGERPRINT,
    AMOUNT,
    CURRENCY_CODE,
    Field("status", one_of=frozenset({"succeeded"})),
    Field("reason", required=False),
    SETTLED_BY,
    SETTLED_AT,
    CREATED,
    UPDATED,
    ENTRIES,
    VERSION,
)

DEPOSIT: Final = (MERCHANT, FINGERPRINT, AMOUNT, CURRENCY_CODE, CREATED, ENTRIES, VERSION)

ENTRY_KEY: Final = (Field("id", pattern=NOT_EMPTY), Field("part", pattern=NOT_EMPTY))

ENTRY: Final = (
    Field("kind", one_of=frozenset({"deposit", "payment", "refund"})),
    Field("item_id", pattern=ITEM_ID),
    Field("item_part", pattern=ITEM_PART),
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

MERCHANT_PROFILE: Final = (
    Field("name"),
    Field("fee_basis_points", "N", required=False, least=0),
    CREATED,
    VERSION,
)

API_KEY: Final = (
    Field("secret_sha256", pattern=HEX_SHA256),
    Field("scopes", "L"),
    Field("name"),
    CREATED,
    Field("expires_at", required=False, pattern=TIME),
    Field("revoked_at", required=False, pattern=TIME),
    VERSION,
)

REJECTED_ROW: Final = "rejected_row"

BREAK_KINDS: Final = frozenset(
    {
        REJECTED_ROW,
        "missing_in_ledger",
        "amount_mismatch",
        "fee_mismatch",
        "currency_mismatch",
        "status_mismatch",
        "duplicate_row",
        "already_settled",
        "orphan_refund",
    }
)

RUN: Final = (
    Field("list_bucket"),
    Field("list_position"),
    Field("source_bucket", pattern=NOT_EMPTY),
    Field("source_key", pattern=NOT_EMPTY),
    Field("source_version_id", required=False, pattern=NOT_EMPTY),
    Field("source_etag", required=False, pattern=NOT_EMPTY),
    Field("status", one_of=frozenset({"processing", "completed", "quarantined", "failed"})),
    Field("reason", required=False, pattern=NOT_EMPTY),
    Field("duplicate_of", required=False, pattern=SETTLEMENT_ID),
    Field("format", required=False, one_of=frozenset({"native"})),
    Field("sha256", required=False, pattern=HEX_SHA256),
    Field("size_bytes", "N", required=False, least=0),
    Field("total_rows", "N", required=False, least=0),
    Field("gross_minor", "M", required=False),
    Field("fee_minor", "M", required=False),
    Field("matched", "N", least=0),
    Field("breaks_by_kind", "M"),
    Field("started_at", pattern=TIME),
    UPDATED,
    Field("completed_at", required=False, pattern=TIME),
    VERSION,
)

RUN_TOTALS: Final = ("format", "sha256", "size_bytes", "total_rows", "gross_minor", "fee_minor")
"""What the first reading of a whole file finds: all of it is stored, or nothing."""

BREAK: Final = (
    Field("row", "N", least=1),
    Field("line", "N", least=2),
    Field("kind", one_of=BREAK_KINDS),
    Field("status", one_of=frozenset({"open", "accepted", "corrected", "ignored"})),
    Field("payment_id", required=False),
    Field("expected", "M"),
    Field("found", "M"),
    Field("reason", pattern=NOT_EMPTY),
    VERSION,
)

RUN_POINTER: Final = (Field("run_id", pattern=SETTLEMENT_ID),)
"""Both pointers: from a file's name to its runs, and from a content to the run that books it."""

EVENT: Final = (
    Field("provider", one_of=frozenset({"stripe"})),
    Field("event_id", pattern=NOT_EMPTY),
    Field("type", pattern=NOT_EMPTY),
    Field("created", required=False, pattern=TIME),
    Field("livemode", "BOOL", required=False),
    Field("payload"),
    Field("received_at", pattern=TIME),
    Field("status", one_of=frozenset({"received"})),
    Field("expires_at", "N", required=False, least=1),
    Field("due_bucket", required=False, pattern=NOT_EMPTY),
    Field("due_at", required=False, pattern=TIME),
)


def is_known_account(account: str) -> bool:
    """Whether docs/data-model.md names the account."""
    return (
        account in OWN_ACCOUNTS
        or account in OUTSIDE_ACCOUNTS
        or PROCESSOR_ACCOUNT.fullmatch(account) is not None
    )
