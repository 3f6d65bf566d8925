"""Deposits, payments from a balance and refunds, over HTTP."""

import os
from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.commands import read_create_deposit, read_create_payment, read_create_refund
from oncepay.api.presenters import present_deposit, present_payment, present_refund
from oncepay.services.create_deposit import create_deposit
from oncepay.services.create_payment import create_payment
from oncepay.services.create_refund import create_refund
from oncepay.settings import ProcessPaymentSettings
from oncepay.storage.database import open_database

settings = ProcessPaymentSettings.from_environ(os.environ)
database = open_database(settings.tables)
app = Application()


@app.post("/v1/deposits")
def post_deposit() -> Response[str]:
    """Prefund the balance."""
    call = app.call
    merchant_id, _ = call.require_merchant("deposits:write")
    call.read_parameters().refuse_rest()
    body = call.read_body()
    request = call.idempotent_request(merchant_id, body)
    command = read_create_deposit(body)
    outcome = create_deposit(
        command,
        request=request,
        minimum_minor=settings.minimum_deposit_minor(command.currency),
        present=present_deposit,
        retention=settings.retention,
        database=database,
        now=call.now,
        budget=call.budget,
    )
    return app.reply(outcome)


@app.post("/v1/payments")
def post_payment() -> Response[str]:
    """Pay from the balance."""
    call = app.call
    merchant_id, principal = call.require_merchant("payments:write")
    call.read_parameters().refuse_rest()
    body = call.read_body()
    request = call.idempotent_request(merchant_id, body)
    command = read_create_payment(body)
    own_fee = principal.fee_basis_points
    outcome = create_payment(
        command,
        request=request,
        fee_basis_points=settings.fee_basis_points if own_fee is None else own_fee,
        present=present_payment(call.place),
        retention=settings.retention,
        database=database,
        now=call.now,
        budget=call.budget,
    )
    call.notes["payment_id"] = request.derive_id("pay")
    return app.reply(outcome)


@app.post("/v1/payments/<payment_id>/refunds")
def post_refund(payment_id: str) -> Response[str]:
    """Give back part or all of a payment."""
    call = app.call
    merchant_id, _ = call.require_merchant("refunds:write")
    call.read_parameters().refuse_rest()
    body = call.read_body()
    request = call.idempotent_request(merchant_id, body)
    command = read_create_refund(payment_id, body)
    outcome = create_refund(
        command,
        request=request,
        present=present_refund,
        retention=settings.retention,
        database=database,
        now=call.now,
        budget=call.budget,
    )
    call.notes["refund_id"] = request.derive_id("re")
    return app.reply(outcome)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    return app.handle(event, context)
