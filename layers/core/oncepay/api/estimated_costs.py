"""How is GET /v1/costs/estimate answered? Its query parameters are a workload; what is left out is
as this stack is.
"""

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.cost_representations import estimate_json
from oncepay.api.representations import OK, answer
from oncepay.domain.costs.bill import bill_of
from oncepay.domain.costs.prices import prices_of
from oncepay.domain.costs.savings import savings_of
from oncepay.domain.costs.usage import usage_of
from oncepay.domain.costs.workload import Workload
from oncepay.domain.deployment import Deployment


def answer_cost_estimate(app: Application, deployment: Deployment) -> Response[str]:
    """What a month of that work costs, for whoever has a key: it says nothing of this stack's work.

    Raises:
        Unauthorized: the key has expired.
        InvalidRequest: a parameter is unknown or wrong, or the region's prices are not known.
    """
    call = app.call
    call.require_anybody()
    as_deployed = {
        "region": deployment.region,
        "architecture": deployment.architecture,
        "memory_mb": deployment.memory_mb,
        "sampled_one_in": deployment.sampled_one_in,
    }
    workload = Workload.of(as_deployed | call.read_parameters().take_rest())
    prices = prices_of(workload.region)
    bill = bill_of(usage_of(workload), prices)
    return app.reply(answer(OK, estimate_json(workload, bill, savings_of(workload, prices))))
