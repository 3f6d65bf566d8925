"""What should be stored of what is around payments? docs/data-model.md, transcribed as lists of
fields: who may call, settlement files, events.
"""

import re
from typing import Final

from ops.verify.fields import Field
from ops.verify.specification import (
    CREATED,
    CURRENCY,
    CURRENCY_CODE,
    DUE,
    HEX_SHA256,
    NOT_EMPTY,
    PROCESSOR_NAME,
    SETTLEMENT_ID,
    SHARDS,
    TIME,
    UPDATED,
    VERSION,
)

MERCHANT_PROFILE: Final = (
    Field("name"),
    Field("fee_basis_points", "N", required=False, least=0),
    SHARDS,
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
PAYOUT_MISMATCH: Final = "payout_total_mismatch"
MARKER_ID: Final = re.compile(r"row#[0-9a-f]{64}")

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
        PAYOUT_MISMATCH,
    }
)

FORMATS: Final = frozenset({"native", "stripe", "paypal", "adyen"})
NATIVE: Final = "native"
"""Our own format: each row of it is of a payment or refund, and tells our fee."""

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
    Field("format", required=False, one_of=FORMATS),
    Field("sha256", required=False, pattern=HEX_SHA256),
    Field("size_bytes", "N", required=False, least=0),
    Field("total_rows", "N", required=False, least=0),
    Field("gross_minor", "M", required=False),
    Field("fee_minor", "M", required=False),
    Field("matched", "N", least=0),
    Field("breaks_by_kind", "M"),
    Field("matched_minor", "M"),
    Field("broken_minor", "M"),
    Field("started_at", pattern=TIME),
    UPDATED,
    Field("measured_at", required=False, pattern=TIME),
    Field("completed_at", required=False, pattern=TIME),
    Field("reported_at", required=False, pattern=TIME),
    VERSION,
)

RUN_TOTALS: Final = ("format", "sha256", "size_bytes", "total_rows", "gross_minor", "fee_minor")
"""What the first reading of a whole file finds: all of it is stored, or nothing."""

BREAK: Final = (
    Field("row", "N", least=1),
    Field("line", "N", least=2),
    Field("kind", one_of=BREAK_KINDS),
    Field("status", one_of=frozenset({"open", "accepted", "corrected", "ignored"})),
    Field("payment_id", required=False, pattern=NOT_EMPTY),
    Field("expected", "M"),
    Field("found", "M"),
    Field("reason", pattern=NOT_EMPTY),
    Field("correction", "L", required=False),
    Field("ledger_id", required=False, pattern=NOT_EMPTY),
    Field("settles", "L", required=False),
    Field("posted", "L", required=False),
    Field("decisions", "L", required=False),
    Field("entries", "L", required=False),
    Field("marker", required=False, pattern=MARKER_ID),
    Field("gross_minor", "N"),
    Field("cost_minor", "N"),
    Field("currency", required=False, pattern=CURRENCY),
    Field("opened_at", pattern=TIME),
    Field("open_bucket", required=False),
    VERSION,
)

OPEN_BUCKETS: Final = 8
"""Partitions of the index of open breaks."""

AFTER: Final = {
    "accept": "accepted",
    "correct": "corrected",
    "ignore": "ignored",
    "reopen": "open",
}
"""How a break stands after each decision about it."""

DECISION: Final = (
    Field("action", one_of=frozenset(AFTER)),
    Field("reason", pattern=NOT_EMPTY),
    Field("by", pattern=NOT_EMPTY),
    Field("at", pattern=TIME),
    Field("record_id", pattern=NOT_EMPTY),
)

OF_A_PAYMENT: Final = frozenset(
    {"fee_mismatch", "currency_mismatch", "status_mismatch", "orphan_refund"}
)
"""Kinds of breaks of which the payment is always known."""

UNEXPLAINED: Final = frozenset(
    {"missing_in_ledger", "status_mismatch", "duplicate_row", "already_settled", "orphan_refund"}
)
"""Kinds of breaks whose correction is that the money is there, and nobody knows what for."""

MARKER: Final = (
    Field("run_id", pattern=SETTLEMENT_ID),
    Field("row", "N", least=1),
    Field("gross_minor", "N"),
    Field("cost_minor", "N"),
    Field("break_id", required=False, pattern=re.compile(r"brk_[a-z2-7]{26}_[1-9][0-9]{0,9}")),
    Field("is_free", "BOOL", required=False),
)

LATEST: Final = (Field("run_id", pattern=SETTLEMENT_ID), Field("at", pattern=TIME))
"""When a file of a format came last."""

PAYOUT: Final = (
    Field("amount_minor", "N"),
    CURRENCY_CODE,
    Field("status", one_of=frozenset({"pending", "in_transit", "paid", "canceled", "failed"})),
    Field("arrival_date", required=False, pattern=re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    Field("told_at", pattern=TIME),
    Field("event_id", pattern=NOT_EMPTY),
    UPDATED,
    VERSION,
)
"""What a processor told that it paid to the bank."""

RUN_POINTER: Final = (Field("run_id", pattern=SETTLEMENT_ID),)
"""Both pointers: from a file's name to its runs, and from a content to the run that books it."""

NAMES_PAYOUTS: Final = frozenset({"stripe"})
"""Formats that call what was paid out together by the processor's id of the payout."""

BATCHES: Final = (PROCESSOR_NAME, Field("net_minor", "M"))
BATCH_NAME: Final = re.compile(r"(?s:.+)#[A-Z]{3}")

EVENT: Final = (
    Field("provider", one_of=frozenset({"stripe", "paypal", "simulated"})),
    Field("event_id", pattern=NOT_EMPTY),
    Field("type", pattern=NOT_EMPTY),
    Field("created", required=False, pattern=TIME),
    Field("livemode", "BOOL", required=False),
    Field("payload"),
    Field("received_at", pattern=TIME),
    Field("status", one_of=frozenset({"received", "applied", "unmatched", "dismissed"})),
    Field("reason", required=False, pattern=NOT_EMPTY),
    Field("attempts", "N", required=False, least=1),
    Field("payment_id", required=False, pattern=re.compile(r"pay_.+")),
    Field("merchant_id", required=False, pattern=NOT_EMPTY),
    Field("list_bucket"),
    Field("list_position"),
    Field("expires_at", "N", required=False, least=1),
    *DUE,
)
