"""Can a function do more than it needs? On the policies as sam translates them for AWS."""

import json
from functools import cache
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.template_tables import ROOT

ALLOWED = {
    "ProcessPaymentFunction": {
        ("IdempotencyTable", "dynamodb:GetItem"),
        ("IdempotencyTable", "dynamodb:PutItem"),
        ("LedgerTable", "dynamodb:PutItem"),
        ("LedgerTable", "dynamodb:UpdateItem"),
        ("PaymentsTable", "dynamodb:GetItem"),
        ("PaymentsTable", "dynamodb:PutItem"),
        ("PaymentsTable", "dynamodb:UpdateItem"),
    },
    "QueryFunction": {
        ("CursorSecret", "secretsmanager:GetSecretValue"),
        ("LedgerTable", "dynamodb:BatchGetItem"),
        ("LedgerTable", "dynamodb:Query"),
        ("LedgerTable/index/by_merchant", "dynamodb:Query"),
        ("PaymentsTable", "dynamodb:Query"),
        ("PaymentsTable/index/by_merchant", "dynamodb:Query"),
        ("SettlementsTable", "dynamodb:BatchGetItem"),
        ("SettlementsTable", "dynamodb:Query"),
        ("SettlementsTable/index/by_date", "dynamodb:Query"),
    },
    "WebhookFunction": {
        ("EventsTable", "dynamodb:PutItem"),
        ("StripeWebhookSecret", "secretsmanager:GetSecretValue"),
    },
    "AuthorizerFunction": {("DirectoryTable", "dynamodb:BatchGetItem")},
}


@cache
def translated() -> dict[str, Any]:
    """The template as CloudFormation gets it."""
    source = yaml_parse((ROOT / "template.yaml").read_text())
    for resource in source["Resources"].values():
        # What sam package does: the translator wants the artifacts to be in S3.
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://bucket/key"
    result: dict[str, Any] = Translator({}, Parser()).translate(source, {})
    return result


def statements_of(function: str) -> list[dict[str, Any]]:
    policies = translated()["Resources"][f"{function}Role"]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def resource_name(resource: Any) -> str:
    if "Fn::GetAtt" in resource:
        name: str = resource["Fn::GetAtt"][0]
        return name
    if "Ref" in resource:
        return str(resource["Ref"])
    return str(resource["Fn::Sub"]).replace("${", "").replace(".Arn}", "")


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_function__may_do_exactly_this(function: str) -> None:
    granted = set()
    for statement in statements_of(function):
        assert statement["Effect"] == "Allow"
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            granted |= {(resource_name(resource), action) for action in statement["Action"]}
    assert granted == ALLOWED[function]


def test_every_function_is_listed_above() -> None:
    functions = {
        name
        for name, resource in translated()["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert functions == set(ALLOWED)


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_function__has_a_role_of_its_own_with_no_wildcard(function: str) -> None:
    role = translated()["Resources"][f"{function}Role"]["Properties"]
    assert "*" not in json.dumps(role["Policies"])
    (managed,) = role["ManagedPolicyArns"]
    assert "AWSLambdaBasicExecutionRole" in json.dumps(managed)
    handler = translated()["Resources"][function]["Properties"]
    assert handler["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}
