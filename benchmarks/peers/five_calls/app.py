"""Peer (b): what does a payment cost as five plain calls of PynamoDB?

The record, the balance, the payment, the entry, the record again with the answer: everything that
a payment of ours writes, one after the other, and so **not atomic**. Dead in between, it has taken
money for nothing, or forgets that it did; two that read the same record do not see each other. A
replay is two requests: PynamoDB's `save` does not hand over the item that refused it.
"""

import hashlib
import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.models import Model

FEE_BASIS_POINTS = 200
RETENTION = timedelta(days=1)
REGION = os.environ["AWS_REGION"]


class RecordItem(Model):
    """What is known of an idempotency key."""

    class Meta:
        """Where it is stored."""

        table_name = os.environ["IDEMPOTENCY_TABLE"]
        region = REGION

    id = UnicodeAttribute(hash_key=True)
    fingerprint = UnicodeAttribute()
    state = UnicodeAttribute()
    answer = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


class BalanceItem(Model):
    """What a merchant has."""

    class Meta:
        """Where it is stored."""

        table_name = os.environ["BALANCES_TABLE"]
        region = REGION

    merchant_id = UnicodeAttribute(hash_key=True)
    currency = UnicodeAttribute(range_key=True)
    available_minor = NumberAttribute()


class EntryItem(Model):
    """What was posted."""

    class Meta:
        """Where it is stored."""

        table_name = os.environ["ENTRIES_TABLE"]
        region = REGION

    merchant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    payment_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    postings = JSONAttribute()
    created_at = UnicodeAttribute()


class PaymentItem(Model):
    """A payment; `id` is in order of time, so that the table itself lists newest first."""

    class Meta:
        """Where it is stored."""

        table_name = os.environ["PAYMENTS_TABLE"]
        region = REGION

    merchant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    amount_minor = NumberAttribute()
    fee_minor = NumberAttribute()
    currency = UnicodeAttribute()
    status = UnicodeAttribute()
    customer_id = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    metadata = JSONAttribute()
    created_at = UnicodeAttribute()


app = APIGatewayRestResolver()
logger = Logger()


@app.post("/v1/payments")
def post_payment() -> Response[str]:
    """Pay, or answer what was answered before."""
    merchant_id, body, now = _merchant_id(), app.current_event.json_body, datetime.now(UTC)
    key = app.current_event.headers["Idempotency-Key"]
    fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    record = RecordItem(
        hashlib.sha256(f"{merchant_id}#{key}".encode()).hexdigest(),
        fingerprint=fingerprint,
        state="in_progress",
        expires_at=now + RETENTION,
    )
    try:
        record.save(RecordItem.id.does_not_exist())
    except PutError:
        return _replay(record.id, fingerprint)
    amount_minor, currency = int(body["amount_minor"]), str(body["currency"])
    fee_minor = amount_minor * FEE_BASIS_POINTS // 10_000
    taken_minor = amount_minor + fee_minor
    try:
        BalanceItem(merchant_id, currency).update(
            actions=[BalanceItem.available_minor.add(-taken_minor)],
            condition=BalanceItem.available_minor >= taken_minor,
        )
    except UpdateError:
        return _complete(record, 402, {"code": "insufficient_funds"})
    created_at, order = now.isoformat(timespec="milliseconds"), int(now.timestamp() * 1000)
    item = PaymentItem(
        merchant_id,
        f"pay_{order:012x}{secrets.token_hex(8)}",
        amount_minor=amount_minor,
        fee_minor=fee_minor,
        currency=currency,
        status="succeeded",
        customer_id=body.get("customer_id"),
        description=body.get("description"),
        metadata=body.get("metadata") or {},
        created_at=created_at,
    )
    item.save(PaymentItem.id.does_not_exist())
    EntryItem(
        merchant_id,
        f"le_{order:012x}{secrets.token_hex(8)}",
        payment_id=item.id,
        currency=currency,
        postings={"available": -taken_minor, "external:bank": amount_minor, "fees": fee_minor},
        created_at=created_at,
    ).save(EntryItem.id.does_not_exist())
    return _complete(record, 201, payment_json(item))


@app.get("/v1/payments")
def get_payments() -> Response[str]:
    """The merchant's payments, newest first."""
    parameters = app.current_event.query_string_parameters or {}
    found = PaymentItem.query(
        _merchant_id(), limit=int(parameters.get("limit", 20)), scan_index_forward=False
    )
    data = [payment_json(item) for item in found]
    has_more = found.last_evaluated_key is not None
    return _answer(200, json.dumps({"object": "list", "data": data, "has_more": has_more}))


def payment_json(item: PaymentItem) -> dict[str, Any]:
    """A payment as it is answered."""
    return {
        "id": item.id,
        "object": "payment",
        "merchant_id": item.merchant_id,
        "amount_minor": int(item.amount_minor),
        "fee_minor": int(item.fee_minor),
        "currency": item.currency,
        "status": item.status,
        "customer_id": item.customer_id,
        "description": item.description,
        "metadata": item.metadata,
        "created_at": item.created_at,
    }


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    answer: dict[str, Any] = app.resolve(event, context)
    logger.info("request", extra={"route": event["resource"], "status": answer["statusCode"]})
    return answer


def _replay(record_id: str, fingerprint: str) -> Response[str]:
    record = RecordItem.get(record_id, consistent_read=True)
    if record.fingerprint != fingerprint:
        return _answer(422, json.dumps({"code": "idempotency_key_reused"}))
    if record.answer is None:
        return _answer(409, json.dumps({"code": "request_in_progress"}))
    stored = json.loads(record.answer)
    return _answer(stored["status"], stored["body"])


def _complete(record: RecordItem, status_code: int, answer: dict[str, Any]) -> Response[str]:
    body = json.dumps(answer)
    record.update(
        actions=[
            RecordItem.state.set("completed"),
            RecordItem.answer.set(json.dumps({"status": status_code, "body": body})),
        ]
    )
    return _answer(status_code, body)


def _merchant_id() -> str:
    return str(app.current_event.request_context.authorizer["merchant_id"])


def _answer(status_code: int, body: str) -> Response[str]:
    return Response(status_code, "application/json", body)
