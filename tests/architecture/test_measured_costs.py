"""Is the bill of real use measured on the stack that template.yaml describes?"""

import tomllib
from typing import Any

import pytest

from oncepay.domain.deployment import BEHIND_THE_API, FUNCTIONS, Deployment
from oncepay.settings.query import QuerySettings
from ops.local.stack import PARAMETERS
from tests.architecture.test_environment import environment_of
from tests.template_tables import ROLES, ROOT, template


def functions() -> dict[str, dict[str, Any]]:
    """Those of the template, by their folder."""
    return {
        resource["Properties"]["CodeUri"].split("/")[-1]: resource["Properties"]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def deployment() -> Deployment:
    return QuerySettings.from_environ(environment_of("QueryFunction")).deployment()


def test_functions__are_all_there_are() -> None:
    assert set(FUNCTIONS) == set(functions())


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_function__has_the_name_that_its_metrics_are_found_by(function: str) -> None:
    said = functions()[function]["FunctionName"]["Fn::Sub"]
    assert (
        said.replace("${AWS::StackName}", "AWS::StackName")
        == (deployment().function_names()[function])
    )


def test_functions_behind_the_api__are_those_that_it_calls() -> None:
    called = {
        name
        for name, properties in functions().items()
        if any(event["Type"] == "Api" for event in properties.get("Events", {}).values())
    }
    assert called == set(BEHIND_THE_API)


def test_memory__is_that_of_every_function() -> None:
    assert deployment().memory_mb == template()["Globals"]["Function"]["MemorySize"]
    assert not any("MemorySize" in properties for properties in functions().values())


def test_tables__are_all_there_are() -> None:
    assert set(deployment().tables) == set(ROLES.values())


def test_stage__says_of_one_call_in_ten_what_it_used_and_the_local_one_of_each() -> None:
    assert template()["Parameters"]["UsageSampling"]["Default"] == 10
    assert PARAMETERS["UsageSampling"] == "1"
    stages = tomllib.loads((ROOT / "samconfig.toml").read_text())
    assert "UsageSampling=1" in stages["local"]["deploy"]["parameters"]["parameter_overrides"]
