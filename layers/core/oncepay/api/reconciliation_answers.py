"""How is GET /v1/reconciliation/summary answered?"""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.reconciliation_summary import summary_json
from oncepay.api.representations import OK, answer
from oncepay.services.summarize_reconciliation import Expected, summarize_reconciliation
from oncepay.storage.database import Database


def answer_summary(
    app: Application,
    *,
    delay_days: Mapping[str, int],
    every_days: Mapping[str, int],
    database: Database,
) -> Response[str]:
    """What is open, missing and late, for an operator.

    Raises:
        Unauthorized, Forbidden: see `Principal.require_operator`.
        InvalidRequest, StorageUnavailable: see `summarize_reconciliation`.
    """
    call = app.call
    call.require_operator("settlements:read")
    call.read_parameters().refuse_rest()
    expected = Expected(delay_days=delay_days, every_days=every_days)
    summary = summarize_reconciliation(
        expected, database=database, now=call.now, budget=call.budget
    )
    return app.reply(answer(OK, summary_json(summary)))
