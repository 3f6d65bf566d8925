"""What sam local is told: a template that it understands, and the variables as deployed."""

from pathlib import Path
from typing import Any

import pytest
import samcli.commands.local.lib.local_lambda as sam_local_lambda
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.yamlhelper import yaml_dump, yaml_parse
from typer.testing import CliRunner

from ops.local.sam_local import (
    adapt_template,
    aws_variables,
    read_parameters,
    read_variables,
    replace_value,
)
from ops.main import app
from tests.template_tables import template

# sam reads templates with libraries that it was warned of.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

AWS = aws_variables("http://172.17.0.1:4566", "eu-west-1")
PARAMETERS = {"Architecture": "x86_64", "Environment": "local"}


class Formation:
    """As much of CloudFormation as is asked."""

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803
        deployed = [{"ParameterKey": "Architecture", "ParameterValue": "x86_64"}]
        return {"Stacks": [{"StackName": StackName, "Parameters": deployed}]}

    def describe_stack_resources(self, StackName: str) -> Any:  # noqa: N803
        return {
            "StackResources": [
                {
                    "ResourceType": "AWS::DynamoDB::Table",
                    "LogicalResourceId": "LedgerTable",
                    "PhysicalResourceId": f"{StackName}-LedgerTable-1",
                },
                {
                    "ResourceType": "AWS::Lambda::Function",
                    "LogicalResourceId": "QueryFunction",
                    "PhysicalResourceId": f"{StackName}-query",
                },
            ]
        }


class Functions:
    """As much of Lambda as is asked."""

    def get_function_configuration(self, FunctionName: str) -> Any:  # noqa: N803
        assert FunctionName == "oncepay-local-query"
        return {"Environment": {"Variables": {"LEDGER_TABLE": "oncepay-local-LedgerTable-1"}}}


@pytest.fixture
def adapted(tmp_path: Path) -> Path:
    """The real template as sam local is to read it, built elsewhere."""
    text = yaml_dump(template())
    changed = yaml_parse(text)
    (tmp_path / "stack").mkdir()
    adapt_template(changed, PARAMETERS, AWS, build=tmp_path / "build", folder=tmp_path / "stack")
    path = tmp_path / "stack" / "template.yaml"
    path.write_text(yaml_dump(changed))
    return path


def functions_of(path: Path) -> dict[str, Any]:
    """The functions as sam local sees them."""
    stacks, _ = SamLocalStackProvider.get_stacks(str(path))
    return {each.name: each for each in SamFunctionProvider(stacks).get_all()}


def test_template__every_function__is_as_sam_local_needs_it(adapted: Path) -> None:
    functions = functions_of(adapted)
    declared = {
        name
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert set(functions) == declared
    for function in functions.values():
        assert function.architectures == ["x86_64"]
        assert set(AWS) <= set(function.environment["Variables"])


def test_template__code_and_layer__are_those_that_were_built(adapted: Path) -> None:
    query = functions_of(adapted)["QueryFunction"]
    build = adapted.parent.parent / "build"
    found = (adapted.parent / query.codeuri).resolve()
    assert found == build / template()["Resources"]["QueryFunction"]["Properties"]["CodeUri"]
    (layer,) = query.layers
    assert (adapted.parent / layer.codeuri).resolve() == build / "layers/core"


def test_template__authorizer__is_found_by_sam_local(adapted: Path) -> None:
    stacks, _ = SamLocalStackProvider.get_stacks(str(adapted))
    (stack,) = stacks
    authorizers = stack.resources["Api"]["Properties"]["Auth"]["Authorizers"]
    assert authorizers["ApiKeys"]["FunctionArn"].endswith(":function:AuthorizerFunction")


def test_variables__of_env_json__are_those_that_sam_local_gives_a_function(
    adapted: Path,
) -> None:
    values = {"QueryFunction": {"LEDGER_TABLE": "the-ledger"}, "Parameters": AWS}
    runner = sam_local_lambda.LocalLambdaRunner(
        local_runtime=None,
        function_provider=None,
        cwd=".",
        aws_profile=None,
        aws_region=None,
        real_path=str(adapted),
        env_vars_values=values,
    )
    given = runner._make_env_vars(functions_of(adapted)["QueryFunction"]).resolve()
    assert given["LEDGER_TABLE"] == "the-ledger"
    assert {name: given[name] for name in AWS} == AWS


def test_aws_variables__leave_nothing_of_the_operators_account() -> None:
    assert AWS["AWS_ENDPOINT_URL"] == "http://172.17.0.1:4566"
    assert (AWS["AWS_ACCESS_KEY_ID"], AWS["AWS_SECRET_ACCESS_KEY"]) == ("test", "test")
    assert AWS["AWS_SESSION_TOKEN"] == ""
    assert AWS["AWS_REGION"] == AWS["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_variables__are_read_from_the_deployed_functions() -> None:
    assert read_variables(Formation(), Functions()) == {
        "QueryFunction": {"LEDGER_TABLE": "oncepay-local-LedgerTable-1"}
    }


def test_variables__where_the_processor_is__is_said_as_containers_see_it() -> None:
    here = "http://127.0.0.1:4567"
    variables = {"A": {"URL": here, "TABLE": "t"}, "B": {"TABLE": here + "/x"}}
    replace_value(variables, here, "http://172.17.0.1:4567")
    assert variables == {
        "A": {"URL": "http://172.17.0.1:4567", "TABLE": "t"},
        "B": {"TABLE": here + "/x"},
    }


def test_parameters__are_those_of_the_deployed_stack() -> None:
    assert read_parameters(Formation()) == {"Architecture": "x86_64"}


def test_docker__nothing_runs__is_one_line_and_exit_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["local", "docker", "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"oncepay docker: no local stack runs in {tmp_path}; start it first (make up)\n"
    )
