"""What should be stored of what is around payments? docs/data-model.md, transcribed as lists of
fields: who may call, settlement files, events.
"""

import re
from typing import Final

from ops.verify.fields import Field
from ops.verify.specification import (
    CREATED,
    DUE,
    HEX_SHA256,
    NOT_EMPTY,
    SETTLEMENT_ID,
    TIME,
    UPDATED,
    VERSION,
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
