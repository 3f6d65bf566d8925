"""Every read, over HTTP: payments, balances, the statement."""

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.calls import Call
from oncepay.api.cursors import MAX_CURSOR_CHARACTERS, CursorScope
from oncepay.api.fields import Parameters
from oncepay.api.filters import read_entry_filter, read_limit, read_payment_filter
from oncepay.api.representations import (
    answer,
    balance_json,
    entry_json,
    list_json,
    payment_json,
    refund_json,
)
from oncepay.services.get_payment import get_payment
from oncepay.services.list_balances import list_balances
from oncepay.services.list_ledger_entries import list_ledger_entries
from oncepay.services.list_payments import list_payments
from oncepay.settings import QuerySettings
from oncepay.storage.database import open_database
from oncepay.storage.secret_values import read_secret

OK = 200

settings = QuerySettings.from_environ(os.environ)
database = open_database(settings.tables)
app = Application()


@app.get("/health")
def get_health() -> Response[str]:
    """Whether the function runs; asks nothing else."""
    app.call.read_parameters().refuse_rest()
    return app.reply(answer(OK, {"status": "ok"}))


@app.get("/v1/payments/<payment_id>")
def get_one_payment(payment_id: str) -> Response[str]:
    """One payment with its refunds, disputes and ledger entries."""
    call = app.call
    merchant_id, _ = call.require_merchant("payments:read")
    call.read_parameters().refuse_rest()
    found = get_payment(merchant_id, payment_id, database=database, budget=call.budget)
    return app.reply(
        answer(
            OK,
            {
                **payment_json(found.payment),
                "refunds": [refund_json(refund) for refund in found.refunds],
                "disputes": [],
                "ledger_entries": [entry_json(entry) for entry in found.entries],
            },
        )
    )


@app.get("/v1/payments")
def get_payments() -> Response[str]:
    """The merchant's payments, newest first."""
    call = app.call
    merchant_id, _ = call.require_merchant("payments:read")
    parameters = call.read_parameters()
    chosen = read_payment_filter(parameters)
    limit, scope, after = _read_page(call, parameters, merchant_id, "payments")
    page = list_payments(
        merchant_id, chosen, limit=limit, after=after, database=database, budget=call.budget
    )
    data = [payment_json(payment) for payment in page.items]
    return app.reply(answer(OK, list_json(data, _cursor(scope, page.next_position))))


@app.get("/v1/balances")
def get_balances() -> Response[str]:
    """The merchant's balances, by currency."""
    call = app.call
    merchant_id, _ = call.require_merchant("balances:read")
    limit, scope, after = _read_page(call, call.read_parameters(), merchant_id, "balances")
    page = list_balances(
        merchant_id, limit=limit, after=after, database=database, budget=call.budget
    )
    data = [balance_json(balance) for balance in page.items]
    return app.reply(answer(OK, list_json(data, _cursor(scope, page.next_position))))


@app.get("/v1/ledger/entries")
def get_ledger_entries() -> Response[str]:
    """The merchant's statement, newest first."""
    call = app.call
    merchant_id, _ = call.require_merchant("ledger:read")
    parameters = call.read_parameters()
    chosen = read_entry_filter(parameters)
    limit, scope, after = _read_page(call, parameters, merchant_id, "ledger_entries")
    page = list_ledger_entries(
        merchant_id, chosen, limit=limit, after=after, database=database, budget=call.budget
    )
    data = [entry_json(entry) for entry in page.items]
    return app.reply(answer(OK, list_json(data, _cursor(scope, page.next_position))))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    return app.handle(event, context)


def _read_page(
    call: Call, parameters: Parameters, merchant_id: str, list_name: str
) -> tuple[int, CursorScope, str | None]:
    limit = read_limit(parameters)
    cursor = parameters.take_text("cursor", maximum=MAX_CURSOR_CHARACTERS)
    parameters.refuse_rest()
    scope = CursorScope(
        merchant_id=merchant_id,
        list_name=list_name,
        filters=_filters(call.parameters),
        secret=partial(read_secret, settings.cursor_secret_id),
    )
    return limit, scope, None if cursor is None else scope.read(cursor)


def _filters(parameters: Mapping[str, list[str]]) -> dict[str, str]:
    # A cursor is bound to the filter, not to the size of a page.
    return {
        name: values[0] for name, values in parameters.items() if name not in {"cursor", "limit"}
    }


def _cursor(scope: CursorScope, position: str | None) -> str | None:
    return None if position is None else scope.write(position)
