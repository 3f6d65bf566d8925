"""What a deployed stack tells `oncepay local docker`; the containers themselves need Docker."""

from typing import Any

from ops.local.sam_local import read_parameters, read_variables
from ops.local.stack import local_architecture
from tests.e2e.conftest import aws_client
from tests.template_tables import template

FUNCTION = "AWS::Serverless::Function"


def test_variables__of_a_deployed_stack__are_the_template_s_with_its_own_tables(
    stack: dict[str, Any],
) -> None:
    found = read_variables(aws_client(stack, "cloudformation"), aws_client(stack, "lambda"))
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    declared = {
        name: {*everywhere, *resource["Properties"]["Environment"]["Variables"]}
        for name, resource in template()["Resources"].items()
        if resource["Type"] == FUNCTION
    }
    assert {name: set(variables) for name, variables in found.items()} == declared
    assert found["QueryFunction"]["LEDGER_TABLE"] == stack["tables"]["ledger"]
    assert found["ReconcileFunction"]["SETTLEMENT_QUEUE_URL"] == stack["settlement_queue_url"]


def test_parameters__of_a_deployed_stack__are_this_machine_s(stack: dict[str, Any]) -> None:
    parameters = read_parameters(aws_client(stack, "cloudformation"))
    assert parameters["Architecture"] == local_architecture()
    assert parameters["Environment"] == stack["environment"]
