"""Every POST over HTTP that moves money: merchants' own, and operators' decisions about breaks."""

import os
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.calls import Posted
from oncepay.api.commands import (
    read_capture,
    read_create_checkout,
    read_create_deposit,
    read_create_payment,
    read_create_refund,
    read_void,
)
from oncepay.api.presenters import (
    answer_completion,
    present_break,
    present_created,
    present_deposit,
    present_moved,
    present_payment,
    present_refund,
    present_session,
)
from oncepay.domain.principal import Principal
from oncepay.services.answer_request import Present
from oncepay.services.create_deposit import create_deposit
from oncepay.services.create_payment import CreatePayment, create_payment
from oncepay.services.create_processor_payment import create_processor_payment
from oncepay.services.create_refund import create_refund
from oncepay.services.move_payment import PREFIXES, MovePayment, move_payment
from oncepay.services.open_processors import open_processors
from oncepay.services.processor_tools import ProcessorTools
from oncepay.settings import ProcessPaymentSettings
from oncepay.storage.database import open_database

settings = ProcessPaymentSettings.from_environ(os.environ)
database = open_database(settings.tables)
app = Application()
processors = open_processors(
    settings.processors.places,
    timeout_seconds=settings.processors.timeout_seconds,
    clock=lambda: app.clock(),
)


@app.post("/v1/deposits")
def post_deposit() -> Response[str]:
    """Prefund the balance."""
    call = app.call
    posted = call.read_post("deposits:write")
    command = read_create_deposit(posted.body)
    outcome = create_deposit(
        command,
        request=posted.request,
        minimum_minor=settings.minimum_deposit_minor(command.currency),
        present=present_deposit,
        retention=settings.retention,
        database=database,
        now=call.now,
        budget=call.budget,
        shards=posted.principal.shards,
    )
    return app.reply(outcome)


@app.post("/v1/payments")
def post_payment() -> Response[str]:
    """Pay from the balance, or through a processor."""
    call = app.call
    posted = call.read_post("payments:write")
    command = read_create_payment(posted.body, processors)
    if command.processor is not None:
        return _charge(command, posted, present_created(call.place))
    call.notes["payment_id"] = posted.request.derive_id("pay")
    outcome = create_payment(
        command,
        request=posted.request,
        fee_basis_points=_fee_of(posted.principal),
        present=present_payment(call.place),
        retention=settings.retention,
        database=database,
        now=call.now,
        budget=call.budget,
        shards=posted.principal.shards,
    )
    return app.reply(outcome)


@app.post("/v1/checkout-sessions")
def post_checkout_session() -> Response[str]:
    """A page of the processor's on which the payer pays."""
    posted = app.call.read_post("payments:write")
    command = read_create_checkout(posted.body, processors)
    return _charge(command, posted, present_session(app.call.place))


@app.post("/v1/payments/<payment_id>/capture")
def post_capture(payment_id: str) -> Response[str]:
    """Take part or all of what is authorized."""
    return _move(lambda body: read_capture(payment_id, body))


@app.post("/v1/payments/<payment_id>/void")
def post_void(payment_id: str) -> Response[str]:
    """Release what is authorized."""
    return _move(lambda body: read_void(payment_id, body))


@app.post("/v1/payments/<payment_id>/refunds")
def post_refund(payment_id: str) -> Response[str]:
    """Give back part or all of a payment."""
    call = app.call
    posted = call.read_post("refunds:write")
    command = read_create_refund(payment_id, posted.body)
    call.notes["refund_id"] = posted.request.derive_id("re")
    outcome = create_refund(
        command,
        request=posted.request,
        origin=call.origin,
        present=present_refund(call.place),
        tools=_tools(),
        now=call.now,
    )
    return app.reply(outcome)


@app.post("/v1/settlements/<settlement_id>/breaks/<break_id>/resolve")
def post_resolve(settlement_id: str, break_id: str) -> Response[str]:
    """A person's decision about a row that did not match: no payment's cold start waits for it."""
    from oncepay.api.settlement_commands import read_resolve_break
    from oncepay.services.resolve_break import resolve_break

    call = app.call
    posted = call.read_operators_post("settlements:write")
    outcome = resolve_break(
        read_resolve_break(settlement_id, break_id, posted.body),
        request=posted.request,
        by=posted.principal.key_id,
        present=present_break,
        retention=settings.retention,
        database=database,
        now=call.now,
        budget=call.budget,
    )
    call.notes["break_id"] = break_id
    return app.reply(outcome)


def _charge(command: CreatePayment, posted: Posted, present: Present) -> Response[str]:
    app.call.notes["payment_id"] = posted.request.derive_id("pay")
    outcome = create_processor_payment(
        command,
        request=posted.request,
        fee_basis_points=_fee_of(posted.principal),
        origin=app.call.origin,
        present=present,
        tools=_tools(),
        shards=posted.principal.shards,
    )
    return app.reply(outcome)


def _fee_of(principal: Principal) -> int:
    own_fee = principal.fee_basis_points
    return settings.fee_basis_points if own_fee is None else own_fee


def _move(read: Callable[[dict[str, Any]], MovePayment]) -> Response[str]:
    posted = app.call.read_post("payments:write")
    command = read(posted.body)
    operation_id = posted.request.derive_id(PREFIXES[command.action])
    app.call.notes["operation_id"] = operation_id
    outcome = move_payment(
        command,
        request=posted.request,
        origin=app.call.origin,
        present=present_moved(operation_id),
        tools=_tools(),
    )
    return app.reply(outcome)


def _tools() -> ProcessorTools:
    return ProcessorTools(
        database=database,
        processors=processors,
        answer_of=answer_completion,
        retention=settings.retention,
        lease=settings.processors.lease,
        clock=app.clock,
        budget=app.call.budget,
        alarm=app.alarm,
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    return app.handle(event, context)
