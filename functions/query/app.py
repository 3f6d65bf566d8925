"""Every read, over HTTP: payments, balances, the statement; for operators, settlements."""

import gc

# Importing leaves next to no garbage behind, and looking for it takes an eighth of a cold start.
gc.disable()

import os
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.cold_start import end_cold_start
from oncepay.api.fields import Parameters
from oncepay.api.filters import read_entry_filter, read_payment_filter, read_source_key
from oncepay.api.lists import read_list_request
from oncepay.api.representations import OK, answer, balance_json, entry_json, payment_json
from oncepay.domain.principal import OPERATOR
from oncepay.services.list_balances import list_balances
from oncepay.services.list_ledger_entries import list_ledger_entries
from oncepay.services.list_payments import list_payments
from oncepay.services.page import Slice
from oncepay.settings.query import QuerySettings
from oncepay.storage.database import open_database
from oncepay.storage.secret_values import read_secret

# Each read imports what it alone needs: the cold start of one does not wait for all the others.

settings = QuerySettings.from_environ(os.environ)
database = open_database(settings.tables)
app = Application(settings.usage_sampling)
cursor_secret = partial(read_secret, settings.cursor_secret_id)
end_cold_start(database)


@app.get("/health")
def get_health() -> Response[str]:
    """Whether the function runs; asks nothing else."""
    app.call.read_parameters().refuse_rest()
    return app.reply(answer(OK, {"status": "ok"}))


@app.get("/v1/payments/<payment_id>")
def get_one_payment(payment_id: str) -> Response[str]:
    """One payment with its refunds, disputes and ledger entries."""
    from oncepay.api.payment_in_full import payment_in_full_json
    from oncepay.services.get_payment import get_payment

    call = app.call
    merchant_id, _ = call.require_merchant("payments:read")
    call.read_parameters().refuse_rest()
    found = get_payment(merchant_id, payment_id, database=database, budget=call.budget)
    return app.reply(answer(OK, payment_in_full_json(found)))


@app.get("/v1/payments")
def get_payments() -> Response[str]:
    """The merchant's payments, newest first."""
    merchant_id, principal = app.call.require_merchant("payments:read")
    parameters = app.call.read_parameters()
    chosen = read_payment_filter(parameters)
    read = partial(list_payments, merchant_id, chosen, shards=principal.shards)
    return _reply_list(merchant_id, parameters, read, payment_json)


@app.get("/v1/checkout-sessions/<session_id>")
def get_one_session(session_id: str) -> Response[str]:
    """One checkout session, as its payment is now."""
    from oncepay.api.processor_representations import session_json
    from oncepay.services.get_checkout_session import get_checkout_session

    call = app.call
    merchant_id, _ = call.require_merchant("payments:read")
    call.read_parameters().refuse_rest()
    payment = get_checkout_session(merchant_id, session_id, database=database, budget=call.budget)
    return app.reply(answer(OK, session_json(payment)))


@app.get("/v1/events/<event_id>")
def get_one_event(event_id: str) -> Response[str]:
    """One event: a merchant's own, or any for an operator."""
    from oncepay.api.processor_representations import event_json
    from oncepay.services.get_event import get_event

    call = app.call
    owner_id = call.require_owner("events:read")
    call.read_parameters().refuse_rest()
    # A colon is in each, which stands encoded in the path by which routes are told apart.
    event = get_event(owner_id, unquote(event_id), database=database, budget=call.budget)
    return app.reply(answer(OK, event_json(event)))


@app.get("/v1/events")
def get_events() -> Response[str]:
    """Events, newest first: the merchant's own, or for an operator those that are nobody's yet."""
    from oncepay.api.processor_representations import event_json
    from oncepay.services.list_events import list_events

    owner_id = app.call.require_owner("events:read")
    parameters = app.call.read_parameters()
    read = partial(list_events, owner_id, now=app.call.now)
    return _reply_list(owner_id, parameters, read, event_json)


@app.get("/v1/balances")
def get_balances() -> Response[str]:
    """The merchant's balances, by currency."""
    merchant_id, _ = app.call.require_merchant("balances:read")
    read = partial(list_balances, merchant_id)
    return _reply_list(merchant_id, app.call.read_parameters(), read, balance_json)


@app.get("/v1/ledger/entries")
def get_ledger_entries() -> Response[str]:
    """The merchant's statement, newest first."""
    merchant_id, _ = app.call.require_merchant("ledger:read")
    parameters = app.call.read_parameters()
    read = partial(list_ledger_entries, merchant_id, read_entry_filter(parameters))
    return _reply_list(merchant_id, parameters, read, entry_json)


@app.get("/v1/settlements")
def get_settlements() -> Response[str]:
    """Settlements, newest first."""
    from oncepay.api.settlement_representations import settlement_json
    from oncepay.services.list_settlements import list_settlements

    app.call.require_operator("settlements:read")
    parameters = app.call.read_parameters()
    read = partial(list_settlements, read_source_key(parameters), now=app.call.now)
    return _reply_list(OPERATOR, parameters, read, settlement_json)


@app.get("/v1/settlements/<settlement_id>")
def get_one_settlement(settlement_id: str) -> Response[str]:
    """One settlement."""
    from oncepay.api.settlement_answers import answer_settlement

    return answer_settlement(app, settlement_id, database)


@app.get("/v1/reconciliation/summary")
def get_reconciliation_summary() -> Response[str]:
    """What is open, missing and late, and how much money that is."""
    from oncepay.api.reconciliation_answers import answer_summary

    delays, every = settings.settlement_delay_days, settings.settlement_every_days
    return answer_summary(app, delay_days=delays, every_days=every, database=database)


@app.get("/v1/costs/estimate")
def get_cost_estimate() -> Response[str]:
    """What a month of some work would cost."""
    from oncepay.api.estimated_costs import answer_cost_estimate

    return answer_cost_estimate(app, settings.deployment())


@app.get("/v1/costs/actual")
def get_actual_costs() -> Response[str]:
    """The bill of what was really used."""
    from oncepay.api.actual_costs import answer_actual_costs

    return answer_actual_costs(app, settings.deployment(), database)


@app.get("/v1/settlements/<settlement_id>/breaks")
def get_breaks(settlement_id: str) -> Response[str]:
    """The breaks of a settlement, by row."""
    from oncepay.api.settlement_representations import break_json
    from oncepay.services.list_breaks import list_breaks

    app.call.require_operator("settlements:read")
    read = partial(list_breaks, settlement_id)
    return _reply_list(OPERATOR, app.call.read_parameters(), read, break_json)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    return app.handle(event, context)


def _reply_list[T](
    owner_id: str,
    parameters: Parameters,
    read: Callable[..., Slice[T]],
    represent: Callable[[T], dict[str, Any]],
) -> Response[str]:
    asked = read_list_request(app.call, parameters, owner_id=owner_id, secret=cursor_secret)
    page = read(limit=asked.limit, after=asked.after, database=database, budget=app.call.budget)
    return app.reply(asked.answer_page(page, represent))
