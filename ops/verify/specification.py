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
    Field("settlement_id", required=False),
    Field("settled_at", required=False, pattern=TIME),
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


def is_known_account(account: str) -> bool:
    """Whether docs/data-model.md names the account."""
    return (
        account in OWN_ACCOUNTS
        or account in OUTSIDE_ACCOUNTS
        or PROCESSOR_ACCOUNT.fullmatch(account) is not None
    )
