"""By which names are the functions of a stack found?"""

from oncepay.domain.deployment import Deployment


def test_function_names__begin_with_the_stack_s() -> None:
    deployment = Deployment(
        name="oncepay-dev",
        region="us-east-1",
        architecture="arm64",
        memory_mb=1024,
        tables=(),
        sampled_one_in=10,
    )
    assert deployment.function_names() == {
        "authorizer": "oncepay-dev-authorizer",
        "process_payment": "oncepay-dev-process-payment",
        "query": "oncepay-dev-query",
        "reconcile": "oncepay-dev-reconcile",
        "sweep": "oncepay-dev-sweep",
        "webhook": "oncepay-dev-webhook",
    }
