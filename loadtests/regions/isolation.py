"""Is what one region has nothing to the other? Its keys open nothing there, its payments are not
there, and what is done here leaves not a cent different there.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loadtests.audit.checks import Check
from loadtests.record import MERCHANTS_FILE, REQUESTS_FILE, Kind, read_record
from loadtests.regions.places import Place
from loadtests.target import Merchant
from ops.demo.http_client import HttpClient

UNKNOWN_KEY: Final = (401, "unauthorized")
NOT_THERE: Final = (404, "not_found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Who has an account in a region, and a payment that was made there.

    Attributes:
        place: the region.
        merchant: with its key.
        payment_id: of that merchant.
    """

    place: Place
    merchant: Merchant
    payment_id: str


def resident_of(place: Place, folder: Path) -> Resident | None:
    """Somebody who paid in a run of that region; None if nobody did.

    Args:
        place: the region.
        folder: of the report of a run there.
    """
    told = json.loads((folder / MERCHANTS_FILE).read_text(encoding="utf-8"))["merchants"]
    keys = {one["id"]: one["api_key"] for one in told if "api_key" in one}
    keys |= {merchant.id: merchant.api_key for merchant in place.target.merchants}
    for attempt in read_record(folder / REQUESTS_FILE):
        answer = attempt.answer
        if attempt.kind is Kind.PAYMENT and answer is not None and answer.is_acknowledged:
            merchant = Merchant(id=attempt.merchant, api_key=keys[attempt.merchant])
            return Resident(place=place, merchant=merchant, payment_id=str(answer.id))
    return None


def check_strangers(one: Resident, other: Resident) -> list[Check]:
    """Whether the other region knows nothing of one who lives in this one."""
    here, there = one.place.name, other.place.name
    path = f"/v1/payments/{one.payment_id}"
    return [
        _answered(
            f"a key of {here} opens nothing in {there}",
            other.place,
            one.merchant.api_key,
            "/v1/balances",
            UNKNOWN_KEY,
        ),
        _answered(
            f"a payment of {here} is not there in {there}",
            other.place,
            other.merchant.api_key,
            path,
            NOT_THERE,
        ),
        # Otherwise the two above might be answered so for everybody.
        _answered(
            f"and in {here} both are known", one.place, one.merchant.api_key, path, (200, None)
        ),
    ]


def money_of(place: Place) -> str:
    """All that there is of money, as one word: the same word, the same money.

    Every item of the ledger where its table can be read; elsewhere the balances of the merchants
    whose keys were given.
    """
    stack = place.target.stack
    if stack is None:
        shown = [_balances(place, merchant) for merchant in place.target.merchants]
    else:
        pages = stack.dynamodb_client().get_paginator("scan")
        shown = sorted(
            json.dumps(item, sort_keys=True)
            for page in pages.paginate(TableName=stack.tables["ledger"], ConsistentRead=True)
            for item in page["Items"]
        )
    return f"{len(shown)} items, {hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]}"


def check_untouched(loaded: Place, other: Place, before: str, after: str) -> Check:
    """Whether the load on one region left the other's money as it was."""
    said = before if before == after else f"before: {before}; after: {after}"
    return Check(
        name=f"load on {loaded.name} alone leaves the money of {other.name} as it was",
        ok=before == after,
        detail=said,
    )


def check_audits(parts: Sequence[tuple[str, bool]]) -> Check:
    """Whether the money audit of every run holds."""
    broken = [name for name, is_audited in parts if not is_audited]
    return Check(
        name="the money audit of every run holds",
        ok=not broken and bool(parts),
        detail=f"not that of {', '.join(broken)}" if broken else f"{len(parts)} runs",
    )


def _balances(place: Place, merchant: Merchant) -> Any:
    reply = HttpClient(place.target.api_url, merchant.api_key).call("GET", "/v1/balances")
    return [reply.status, reply.json]


def _answered(
    name: str, place: Place, api_key: str, path: str, expected: tuple[int, str | None]
) -> Check:
    reply = HttpClient(place.target.api_url, api_key).call("GET", path)
    seen = (reply.status, reply.code)
    said = f"{seen[0]} {seen[1] or ''}".rstrip()
    return Check(
        name=name,
        ok=seen == expected,
        detail=said if seen == expected else f"{said}, not {expected[0]} {expected[1] or ''}",
    )
