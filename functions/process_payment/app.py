"""Every POST over HTTP that moves money: merchants' own, and operators' decisions about breaks."""

import gc

# Importing leaves next to no garbage behind, and looking for it takes an eighth of a cold start.
gc.disable()

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.cold_start import end_cold_start
from oncepay.api.commands import read_create_deposit, read_create_payment
from oncepay.api.presenters import present_deposit, present_payment
from oncepay.domain.principal import Principal
from oncepay.services.create_deposit import create_deposit
from oncepay.services.create_payment import create_payment
from oncepay.settings.process_payment import ProcessPaymentSettings
from oncepay.storage.database import open_database

if TYPE_CHECKING:
    from oncepay.services.open_processors import Processors
    from oncepay.services.processor_tools import ProcessorTools

# A payment or a deposit needs nothing of what is imported inside of the functions below, and its
# cold start does not wait for it.

settings = ProcessPaymentSettings.from_environ(os.environ)
database = open_database(settings.tables)
app = Application(settings.usage_sampling)
processor_names = tuple(provider.value for provider in settings.processors.places)
end_cold_start(database)


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
    command = read_create_payment(posted.body, processor_names)
    if command.processor is not None:
        from oncepay.api.processor_posts import answer_payment

        return answer_payment(app, _tools(), posted, command, _fee_of)
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
    from oncepay.api.processor_posts import answer_checkout

    return answer_checkout(app, _tools(), processor_names, _fee_of)


@app.post("/v1/payments/<payment_id>/capture")
def post_capture(payment_id: str) -> Response[str]:
    """Take part or all of what is authorized."""
    from oncepay.api.processor_posts import answer_capture

    return answer_capture(app, _tools(), payment_id)


@app.post("/v1/payments/<payment_id>/void")
def post_void(payment_id: str) -> Response[str]:
    """Release what is authorized."""
    from oncepay.api.processor_posts import answer_void

    return answer_void(app, _tools(), payment_id)


@app.post("/v1/payments/<payment_id>/refunds")
def post_refund(payment_id: str) -> Response[str]:
    """Give back part or all of a payment."""
    from oncepay.api.processor_posts import answer_refund

    return answer_refund(app, _tools(), payment_id)


@app.post("/v1/settlements/<settlement_id>/breaks/<break_id>/resolve")
def post_resolve(settlement_id: str, break_id: str) -> Response[str]:
    """A person's decision about a row that did not match."""
    from oncepay.api.settlement_commands import read_resolve_break
    from oncepay.api.settlement_representations import present_break
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


def _fee_of(principal: Principal) -> int:
    own_fee = principal.fee_basis_points
    return settings.fee_basis_points if own_fee is None else own_fee


def _tools() -> "ProcessorTools":
    from oncepay.api.processor_presenters import answer_completion
    from oncepay.services.processor_tools import ProcessorTools

    return ProcessorTools(
        database=database,
        processors=_processors(),
        answer_of=answer_completion,
        retention=settings.retention,
        lease=settings.processors.lease,
        clock=app.clock,
        budget=app.call.budget,
        alarm=app.alarm,
    )


@cache
def _processors() -> "Processors":
    from oncepay.services.open_processors import open_processors

    return open_processors(
        settings.processors.places,
        timeout_seconds=settings.processors.timeout_seconds,
        clock=lambda: app.clock(),
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    return app.handle(event, context)
