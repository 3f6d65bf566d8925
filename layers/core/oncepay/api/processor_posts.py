"""How is a POST answered whose work is done at a processor, or may be?

Imported with the first such request: a payment from the balance starts without any of it.
"""

from collections.abc import Callable, Collection
from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.calls import Posted
from oncepay.api.processor_commands import (
    read_capture,
    read_create_checkout,
    read_create_refund,
    read_void,
)
from oncepay.api.processor_presenters import (
    present_created,
    present_moved,
    present_refund,
    present_session,
)
from oncepay.domain.principal import Principal
from oncepay.services.answer_request import Present
from oncepay.services.create_payment import CreatePayment
from oncepay.services.create_processor_payment import create_processor_payment
from oncepay.services.create_refund import create_refund
from oncepay.services.move_payment import PREFIXES, MovePayment, move_payment
from oncepay.services.processor_tools import ProcessorTools

type FeeOf = Callable[[Principal], int]
"""The merchant's fee in basis points."""


def answer_payment(
    app: Application, tools: ProcessorTools, posted: Posted, command: CreatePayment, fee_of: FeeOf
) -> Response[str]:
    """POST /v1/payments, through a processor."""
    return _charge(app, tools, posted, command, fee_of, present_created(app.call.place))


def answer_checkout(
    app: Application, tools: ProcessorTools, processors: Collection[str], fee_of: FeeOf
) -> Response[str]:
    """POST /v1/checkout-sessions; of the processors, the one that is taken by default first."""
    posted = app.call.read_post("payments:write")
    command = read_create_checkout(posted.body, processors)
    return _charge(app, tools, posted, command, fee_of, present_session(app.call.place))


def answer_capture(app: Application, tools: ProcessorTools, payment_id: str) -> Response[str]:
    """POST /v1/payments/{id}/capture."""
    return _move(app, tools, lambda body: read_capture(payment_id, body))


def answer_void(app: Application, tools: ProcessorTools, payment_id: str) -> Response[str]:
    """POST /v1/payments/{id}/void."""
    return _move(app, tools, lambda body: read_void(payment_id, body))


def answer_refund(app: Application, tools: ProcessorTools, payment_id: str) -> Response[str]:
    """POST /v1/payments/{id}/refunds, of a payment of either kind."""
    call = app.call
    posted = call.read_post("refunds:write")
    command = read_create_refund(payment_id, posted.body)
    call.notes["refund_id"] = posted.request.derive_id("re")
    outcome = create_refund(
        command,
        request=posted.request,
        origin=call.origin,
        present=present_refund(call.place),
        tools=tools,
        now=call.now,
    )
    return app.reply(outcome)


def _charge(
    app: Application,
    tools: ProcessorTools,
    posted: Posted,
    command: CreatePayment,
    fee_of: FeeOf,
    present: Present,
) -> Response[str]:
    app.call.notes["payment_id"] = posted.request.derive_id("pay")
    outcome = create_processor_payment(
        command,
        request=posted.request,
        fee_basis_points=fee_of(posted.principal),
        origin=app.call.origin,
        present=present,
        tools=tools,
        shards=posted.principal.shards,
    )
    return app.reply(outcome)


def _move(
    app: Application, tools: ProcessorTools, read: Callable[[dict[str, Any]], MovePayment]
) -> Response[str]:
    posted = app.call.read_post("payments:write")
    command = read(posted.body)
    operation_id = posted.request.derive_id(PREFIXES[command.action])
    app.call.notes["operation_id"] = operation_id
    outcome = move_payment(
        command,
        request=posted.request,
        origin=app.call.origin,
        present=present_moved(operation_id),
        tools=tools,
    )
    return app.reply(outcome)
