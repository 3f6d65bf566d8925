"""Is what one region has nothing to the other? Its keys open nothing there, its payments are not
there, and what is done here leaves not a cent different there.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loadtests.audit.checks import Check
from loadtests.record import MERCHANTS_FILE, REQUESTS_FILE, Kind, read_record
from loadtests.regions.places import Place
from loadtests.target import Merchant
from ops.demo.http_client import HttpClient
from ops.verify.tables import Item, Tables

UNKNOWN_KEY: Final = (401, "unauthorized")
NOT_THERE: Final = (404, "not_found")


UNFINISHED_PAYMENTS: Final = frozenset({"processing", "requires_action"})
UNFINISHED: Final = UNFINISHED_PAYMENTS | {"pending"}
"""Statuses of payments, and of refunds too."""
OPERATION_PREFIX: Final = "operation#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Whose money is what.

    Attributes:
        items: of each merchant, in order; the same items are the same money.
        unfinished: merchants of whom something may still end by itself.
    """

    items: Mapping[str, tuple[str, ...]]
    unfinished: frozenset[str]


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


def money_of(place: Place) -> Books:
    """All that there is of money, by merchant.

    Every item of the ledger where its table can be read; elsewhere the balances of the merchants
    whose keys were given.
    """
    stack = place.target.stack
    if stack is None:
        merchants = place.target.merchants
        unfinished = frozenset(one.id for one in merchants if _waits(place, one))
        return Books(
            items={one.id: (json.dumps(_balances(place, one)),) for one in merchants},
            unfinished=unfinished,
        )
    tables = Tables(stack.dynamodb_client(), stack.tables)
    # In this order: what ends between the two reads is then taken for unfinished, not for moved.
    unfinished = frozenset(
        item["merchant_id"]["S"] for item in tables.scan("payments") if is_unfinished(item)
    )
    items: defaultdict[str, list[str]] = defaultdict(list)
    for item in tables.scan("ledger"):
        items[item["id"]["S"].partition("#")[0]].append(json.dumps(item, sort_keys=True))
    return Books(
        items={merchant: tuple(sorted(told)) for merchant, told in items.items()},
        unfinished=unfinished,
    )


def is_unfinished(item: Item) -> bool:
    """Whether an item of the payments table may still move money with nobody asking for it: the
    sweep or a late event ends it, or a payer who comes to a page.
    """
    if item["part"]["S"].startswith(OPERATION_PREFIX):
        return "due_at" in item
    return item.get("status", {}).get("S") in UNFINISHED


def check_untouched(loaded: Place, other: Place, before: Books, after: Books) -> Check:
    """Whether the load on one region left the other's money as it was.

    Books of merchants with payments that had not ended before are left out, since those may end
    meanwhile and rightly; that is no load's doing.
    """
    compared = (before.items.keys() | after.items.keys()) - before.unfinished
    changed = sorted(
        merchant for merchant in compared if before.items.get(merchant) != after.items.get(merchant)
    )
    is_blind = bool(before.items) and not compared
    if is_blind:
        said = "nobody there was without unfinished payments"
    elif changed:
        said = f"others: {', '.join(changed)}"
    else:
        counted = sum(len(before.items[merchant]) for merchant in compared)
        said = f"{counted:,} items of {len(compared):,} merchants"
        if left_out := len(before.items.keys() & before.unfinished):
            said += f"; {left_out:,} others had payments that may end meanwhile"
    return Check(
        name=f"load on {loaded.name} alone leaves the money of {other.name} as it was",
        ok=not changed and not is_blind,
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


def _waits(place: Place, merchant: Merchant) -> bool:
    client = HttpClient(place.target.api_url, merchant.api_key)
    return any(
        client.call("GET", f"/v1/payments?status={status}&limit=1").member("data")
        for status in sorted(UNFINISHED_PAYMENTS)
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
