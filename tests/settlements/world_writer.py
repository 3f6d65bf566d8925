"""How does a world get into the tables? As raw items in the layout of docs/data-model.md.

Not through the API: 100,000 payments would take an hour. The ledger is left alone, so that whatever
a settlement file writes there can be seen: payments from a balance are marked and post nothing.
"""

import hashlib
import itertools
import multiprocessing
from collections.abc import Iterable, Iterator
from typing import Any, Final

import boto3
from botocore.config import Config

from tests.settlements.world import World, WorldPayment, WorldRefund

BATCH_ITEMS: Final = 25
"""BatchWriteItem takes no more."""

CHUNK_ITEMS: Final = 2_500
MOST_ATTEMPTS: Final = 20
SETTLED_BEFORE_AT: Final = "2026-10-01T00:00:00.000000Z"


class WorldNotWrittenError(Exception):
    """The tables would not take all items."""


def payment_items(payment: WorldPayment) -> list[dict[str, Any]]:
    """A payment and its refunds as they are stored."""
    return [_payment_item(payment), *(_refund_item(payment, one) for one in payment.refunds)]


def write_world(
    world: World, *, table: str, endpoint_url: str | None, region: str, processes: int = 1
) -> int:
    """Put everything; returns how many items.

    Args:
        world: what to write.
        table: name of the table Payments.
        endpoint_url: of a local AWS; None only inside a mock.
        region: of the table.
        processes: how many write at once.

    Raises: WorldNotWrittenError if items are turned away again and again.
    """
    items = itertools.chain.from_iterable(payment_items(payment) for payment in world.values())
    puts = ({"PutRequest": {"Item": item}} for item in items)
    return _send(puts, table, endpoint_url, region, processes)


def delete_world(
    world: World, *, table: str, endpoint_url: str | None, region: str, processes: int = 1
) -> int:
    """Take everything of it out of the tables again."""
    items = itertools.chain.from_iterable(payment_items(payment) for payment in world.values())
    deletes = (
        {"DeleteRequest": {"Key": {"id": item["id"], "part": item["part"]}}} for item in items
    )
    return _send(deletes, table, endpoint_url, region, processes)


def _send(
    requests: Iterable[dict[str, Any]],
    table: str,
    endpoint_url: str | None,
    region: str,
    processes: int,
) -> int:
    chunks = _chunks(requests)
    if processes == 1:
        return sum(_send_chunk(chunk, table, endpoint_url, region) for chunk in chunks)
    # Spawned, not forked: the caller may have threads and open connections.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        arguments = ((chunk, table, endpoint_url, region) for chunk in chunks)
        return sum(pool.starmap(_send_chunk, arguments, chunksize=1))


def _chunks(requests: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(requests)
    while chunk := list(itertools.islice(rest, CHUNK_ITEMS)):
        yield chunk


def _send_chunk(
    chunk: list[dict[str, Any]], table: str, endpoint_url: str | None, region: str
) -> int:
    client = boto3.client(
        "dynamodb",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}, parameter_validation=False),
    )
    for start in range(0, len(chunk), BATCH_ITEMS):
        left = {table: chunk[start : start + BATCH_ITEMS]}
        for _ in range(MOST_ATTEMPTS):
            left = client.batch_write_item(RequestItems=left).get("UnprocessedItems", {})  # type: ignore[arg-type,assignment]
            if not left:
                break
        else:
            raise WorldNotWrittenError(f"{table} turned items away {MOST_ATTEMPTS} times")
    return len(chunk)


def _payment_item(payment: WorldPayment) -> dict[str, Any]:
    succeeded = payment.status == "succeeded"
    refunded = sum(refund.amount_minor for refund in payment.refunds)
    item = {
        "id": _string(payment.id),
        "part": _string("payment"),
        "list_bucket": _string(f"{payment.merchant_id}#0"),
        "list_position": _string(f"{payment.created_at}#{payment.id}"),
        "merchant_id": _string(payment.merchant_id),
        "fingerprint": _string(hashlib.sha256(payment.id.encode()).hexdigest()),
        "amount_minor": _number(payment.amount_minor),
        "fee_minor": _number(payment.fee_minor),
        "fee_basis_points": _number(payment.fee_basis_points),
        "currency": _string(payment.currency),
        "status": _string(payment.status),
        "funding_type": _string("balance"),
        "captured_minor": _number(payment.amount_minor if succeeded else 0),
        "refunded_minor": _number(refunded),
        "created_at": _string(payment.created_at),
        "updated_at": _string(payment.created_at),
        "version": _number(1 + len(payment.refunds)),
    }
    if not succeeded:
        item["failure_code"] = _string("insufficient_funds")
        item["failure_message"] = _string("the balance is lower than amount plus fee")
    return item | _mark(payment.settlement_id, item)


def _refund_item(payment: WorldPayment, refund: WorldRefund) -> dict[str, Any]:
    item = {
        "id": _string(payment.id),
        "part": _string(f"refund#{refund.id}"),
        "merchant_id": _string(payment.merchant_id),
        "fingerprint": _string(hashlib.sha256(refund.id.encode()).hexdigest()),
        "amount_minor": _number(refund.amount_minor),
        "currency": _string(payment.currency),
        "status": _string("succeeded"),
        "created_at": _string(refund.created_at),
        "updated_at": _string(refund.created_at),
        "version": _number(1),
    }
    return item | _mark(refund.settlement_id, item)


def _mark(settlement_id: str | None, item: dict[str, Any]) -> dict[str, Any]:
    """What an earlier file left on an item: its id, when, and one version more."""
    if settlement_id is None:
        return {}
    return {
        "settlement_id": _string(settlement_id),
        "settled_at": _string(SETTLED_BEFORE_AT),
        "version": _number(int(item["version"]["N"]) + 1),
    }


def _string(text: str) -> dict[str, str]:
    return {"S": text}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
