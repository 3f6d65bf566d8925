"""How is GET /v1/settlements/{id} answered?"""

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.representations import OK, answer
from oncepay.api.settlement_results import settlement_result_json
from oncepay.services.check_payouts import check_payouts
from oncepay.services.get_settlement import get_settlement
from oncepay.storage.database import Database


def answer_settlement(app: Application, settlement_id: str, database: Database) -> Response[str]:
    """One settlement with its payouts, for an operator.

    Raises:
        Unauthorized, Forbidden: see `Principal.require_operator`.
        NotFound, StorageUnavailable: see `get_settlement`.
    """
    call = app.call
    call.require_operator("settlements:read")
    call.read_parameters().refuse_rest()
    run = get_settlement(settlement_id, database=database, budget=call.budget)
    payouts = check_payouts(run.id, database=database, budget=call.budget)
    return app.reply(answer(OK, settlement_result_json(run, payouts)))
