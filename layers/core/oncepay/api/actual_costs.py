"""How does GET /v1/costs/actual ask for a period, and how is what was measured answered?"""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.cost_representations import bill_json
from oncepay.api.representations import OK, answer
from oncepay.domain.deployment import Deployment
from oncepay.domain.function_use import FunctionUse
from oncepay.domain.times import format_time
from oncepay.services.measure_costs import Measured, measure_costs
from oncepay.storage.database import Database

MAX_REGION = 32


def answer_actual_costs(
    app: Application, deployment: Deployment, database: Database
) -> Response[str]:
    """The bill of what was really used, for an operator.

    Raises:
        Unauthorized, Forbidden: see `Principal.require_operator`.
        InvalidRequest, StorageUnavailable: see `measure_costs`.
    """
    call = app.call
    call.require_operator("metrics:read")
    parameters = call.read_parameters()
    start, end = parameters.take_time("from"), parameters.take_time("to")
    region = parameters.take_text("region", maximum=MAX_REGION)
    parameters.refuse_rest()
    measured = measure_costs(
        deployment,
        start=start,
        end=end,
        region=region,
        database=database,
        now=call.now,
        budget=call.budget,
    )
    return app.reply(answer(OK, actual_json(measured, deployment.sampled_one_in)))


def actual_json(measured: Measured, sampled_one_in: int) -> dict[str, Any]:
    """What was measured, and its bill."""
    return {
        "object": "cost_actual",
        "from": format_time(measured.period.start),
        "to": format_time(measured.period.end),
        "sampled_one_in": sampled_one_in,
        "by_function": [_use_json(use) for use in measured.by_function],
        **bill_json(measured.bill),
    }


def _use_json(use: FunctionUse) -> dict[str, Any]:
    return {
        "function": use.function,
        "calls": int(use.calls),
        "milliseconds": int(use.milliseconds),
        # Half a unit is the least of a read.
        "write_units": float(use.write_units),
        "read_units": float(use.read_units),
    }
