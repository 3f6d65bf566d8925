"""Peer (a): what does a payment cost with Powertools' idempotency utility around one PynamoDB save?

Three requests: the utility's record, the payment, the record again with the answer. It checks no
balance, keeps no books, and is not atomic: dead between the second and the third, it leaves a
payment and a record in progress, and pays again once that has run out.

The utility is used as its own documentation does: `idempotent_function` around the function that
acts, the key taken from the request, the body compared. The rest is the least that answers.
"""

import json
import os
import secrets
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

FEE_BASIS_POINTS = 200
RETENTION_SECONDS = 86_400


class PaymentItem(Model):
    """A payment; `id` is in order of time, so that the table itself lists newest first."""

    class Meta:
        """Where it is stored."""

        table_name = os.environ["PAYMENTS_TABLE"]
        region = os.environ["AWS_REGION"]

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
config = IdempotencyConfig(
    event_key_jmespath="[merchant_id, key]",
    payload_validation_jmespath="body",
    raise_on_no_idempotency_key=True,
    expires_after_seconds=RETENTION_SECONDS,
)
records = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="request", persistence_store=records, config=config
)
def pay(*, request: dict[str, Any]) -> dict[str, Any]:
    """Save a payment; returns what is answered, which the utility keeps."""
    body, now = request["body"], datetime.now(UTC)
    amount_minor = int(body["amount_minor"])
    item = PaymentItem(
        request["merchant_id"],
        f"pay_{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}",
        amount_minor=amount_minor,
        fee_minor=amount_minor * FEE_BASIS_POINTS // 10_000,
        currency=str(body["currency"]),
        status="succeeded",
        customer_id=body.get("customer_id"),
        description=body.get("description"),
        metadata=body.get("metadata") or {},
        created_at=now.isoformat(timespec="milliseconds"),
    )
    item.save()
    return payment_json(item)


@app.post("/v1/payments")
def post_payment() -> Response[str]:
    """Pay."""
    request = {
        "merchant_id": _merchant_id(),
        "key": app.current_event.headers["Idempotency-Key"],
        "body": app.current_event.json_body,
    }
    return _answer(201, pay(request=request))


@app.get("/v1/payments")
def get_payments() -> Response[str]:
    """The merchant's payments, newest first."""
    parameters = app.current_event.query_string_parameters or {}
    found = PaymentItem.query(
        _merchant_id(), limit=int(parameters.get("limit", 20)), scan_index_forward=False
    )
    data = [payment_json(item) for item in found]
    has_more = found.last_evaluated_key is not None
    return _answer(200, {"object": "list", "data": data, "has_more": has_more})


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
    config.register_lambda_context(context)
    answer: dict[str, Any] = app.resolve(event, context)
    logger.info("request", extra={"route": event["resource"], "status": answer["statusCode"]})
    return answer


def _merchant_id() -> str:
    return str(app.current_event.request_context.authorizer["merchant_id"])


def _answer(status_code: int, body: dict[str, Any]) -> Response[str]:
    return Response(status_code, "application/json", json.dumps(body))
