"""Versions are published where a stage wants them, and the API calls them then."""

from pathlib import Path
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from ops.local.folder import LocalStackError
from ops.local.publish import publish_versions, wants_versions
from tests.architecture.translation import translate
from tests.template_tables import ROOT

BEHIND_THE_API = {"ProcessPaymentFunction", "QueryFunction", "WebhookFunction"}
MAX_DESCRIPTION = 256
"""Source: AWS Lambda API reference, CreateFunction, as of 2026-11."""
FIRST, SECOND = "20261121T120000000000Z", "20261121T130000000000Z"


@pytest.fixture
def samconfig(tmp_path: Path) -> Path:
    path = tmp_path / "samconfig.toml"
    path.write_text(
        '[dev.deploy.parameters]\nparameter_overrides = ["Environment=dev"]\n'
        "[prod.deploy.parameters]\n"
        'parameter_overrides = ["Environment=prod", "SnapStart=PublishedVersions"]\n'
        "[words.deploy.parameters]\n"
        'parameter_overrides = "Environment=words SnapStart=PublishedVersions"\n'
        "[none.deploy.parameters]\nconfirm_changeset = true\n"
    )
    return path


@pytest.mark.parametrize(
    ("stage", "wanted"), [("dev", False), ("prod", True), ("words", True), ("none", False)]
)
def test_stage__wants_versions__if_its_parameters_say_so(
    samconfig: Path, stage: str, wanted: bool
) -> None:
    assert wants_versions(samconfig, stage) is wanted


def test_stage_that_does_not_exist__is_one_line(samconfig: Path) -> None:
    with pytest.raises(LocalStackError, match="no stage 'production'"):
        wants_versions(samconfig, "production")


@pytest.mark.parametrize("text", ["[prod", None])
def test_samconfig_that_cannot_be_read__is_one_line(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "samconfig.toml").write_text(text)
    with pytest.raises(LocalStackError, match=r"samconfig\.toml cannot be read"):
        wants_versions(tmp_path / "samconfig.toml", "prod")


def test_stages_of_samconfig__want_none_as_it_is_delivered() -> None:
    samconfig = ROOT / "samconfig.toml"
    assert [wants_versions(samconfig, stage) for stage in ("local", "dev", "prod")] == [False] * 3


def published(tmp_path: Path, release: str) -> dict[str, Any]:
    """What CloudFormation gets of the template, with versions."""
    path = tmp_path / "template.yaml"
    path.write_text((ROOT / "template.yaml").read_text())
    assert set(publish_versions(path, release)) == BEHIND_THE_API
    resources: dict[str, Any] = translate(yaml_parse(path.read_text()))["Resources"]
    return resources


def versions_in(resources: dict[str, Any]) -> dict[str, Any]:
    return {n: r for n, r in resources.items() if r["Type"] == "AWS::Lambda::Version"}


def test_published__each_function_behind_the_api_has_a_version_by_an_alias(tmp_path: Path) -> None:
    resources = published(tmp_path, FIRST)
    aliases = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::Alias"]
    assert {alias["FunctionName"]["Ref"] for alias in aliases} == BEHIND_THE_API
    named = {alias["FunctionVersion"]["Fn::GetAtt"][0] for alias in aliases}
    assert named == set(versions_in(resources))
    # An old version is deleted, and with it its snapshot, which costs as long as it is there.
    assert {r["DeletionPolicy"] for r in versions_in(resources).values()} == {"Delete"}


def test_published__the_api_calls_the_alias_and_nothing_else_of_these(tmp_path: Path) -> None:
    (api,) = [
        r for r in published(tmp_path, FIRST).values() if r["Type"] == "AWS::ApiGateway::RestApi"
    ]
    addresses = [
        str(method["x-amazon-apigateway-integration"]["uri"])
        for methods in api["Properties"]["Body"]["paths"].values()
        for method in methods.values()
        if "x-amazon-apigateway-integration" in method
    ]
    assert len(addresses) > 10
    assert [uri for uri in addresses if "Aliaslive" not in uri] == []


def test_published__each_deployment_has_versions_of_its_own(tmp_path: Path) -> None:
    first, second = published(tmp_path, FIRST), published(tmp_path, SECOND)
    assert len(versions_in(first)) == 3
    assert set(versions_in(first)) & set(versions_in(second)) == set()
    # Lambda publishes no version of a function that has not changed.
    for name in BEHIND_THE_API:
        before, after = (each[name]["Properties"]["Description"] for each in (first, second))
        assert before != after
        assert len(after) <= MAX_DESCRIPTION


def test_template__as_it_is__publishes_nothing() -> None:
    resources = translate(yaml_parse((ROOT / "template.yaml").read_text()))["Resources"]
    assert versions_in(resources) == {}
    wanting = {n for n, r in resources.items() if "SnapStart" in r.get("Properties", {})}
    assert wanting == BEHIND_THE_API
    for name in wanting:
        assert resources[name]["Properties"]["SnapStart"] == {"ApplyOn": {"Ref": "SnapStart"}}


def test_snap_start__is_off_by_default() -> None:
    parameter = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]["SnapStart"]
    assert parameter["Default"] == "None"
    assert parameter["AllowedValues"] == ["None", "PublishedVersions"]
