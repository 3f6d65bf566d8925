"""What template.yaml promises and no local AWS can show: logs, secrets, time-outs, gateway
answers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.api.problems import STATUS_OF_CODE, title_of
from tests.architecture.roles import chosen
from tests.architecture.translation import of_type, translated
from tests.template_tables import template

# Every type that there is. Source: API Gateway developer guide, gateway response types, 2026-11.
GATEWAY_RESPONSE_TYPES = {
    "ACCESS_DENIED",
    "API_CONFIGURATION_ERROR",
    "AUTHORIZER_CONFIGURATION_ERROR",
    "AUTHORIZER_FAILURE",
    "BAD_REQUEST_BODY",
    "BAD_REQUEST_PARAMETERS",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
    "EXPIRED_TOKEN",
    "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY",
    "INVALID_SIGNATURE",
    "MISSING_AUTHENTICATION_TOKEN",
    "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND",
    "THROTTLED",
    "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE",
    "WAF_FILTERED",
}
CODE_OF_TYPE = {
    "UNAUTHORIZED": "unauthorized",
    "EXPIRED_TOKEN": "unauthorized",
    "ACCESS_DENIED": "forbidden",
    "MISSING_AUTHENTICATION_TOKEN": "not_found",
    "RESOURCE_NOT_FOUND": "not_found",
    "THROTTLED": "rate_limited",
    "QUOTA_EXCEEDED": "rate_limited",
    "REQUEST_TOO_LARGE": "payload_too_large",
    "UNSUPPORTED_MEDIA_TYPE": "unsupported_media_type",
    "INTEGRATION_TIMEOUT": "outcome_unknown",
    "INTEGRATION_FAILURE": "outcome_unknown",
    "AUTHORIZER_FAILURE": "service_unavailable",
    "BAD_REQUEST_BODY": "invalid_request",
}


# What invokes them is a queue or a clock: no gateway waits.
BEHIND_NO_API = {"ReconcileFunction", "SweepFunction"}


def resources_of(kind: str) -> dict[str, dict[str, Any]]:
    """All resources of a type, by their logical id."""
    return {
        name: resource
        for name, resource in template()["Resources"].items()
        if resource["Type"] == kind
    }


def gateway_responses() -> Any:
    return template()["Resources"]["Api"]["Properties"]["GatewayResponses"]


def problem_of_type(kind: str) -> Any:
    return json.loads(gateway_responses()[kind]["ResponseTemplates"]["application/json"])


def headers_of_type(kind: str) -> dict[str, str]:
    headers: dict[str, str] = gateway_responses()[kind]["ResponseParameters"]["Headers"]
    return headers


def test_log_groups__forget() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    assert groups
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_log_retention__has_a_default() -> None:
    assert template()["Parameters"]["LogRetentionDays"]["Default"] == 30


@pytest.mark.parametrize("function", sorted(resources_of("AWS::Serverless::Function")))
def test_function__logs_to_a_group_of_its_own(function: str) -> None:
    properties = translated()["Resources"][function]["Properties"]
    assert properties["LoggingConfig"]["LogFormat"] == "JSON"
    group = properties["LoggingConfig"]["LogGroup"]["Ref"]
    # The name that Lambda would give it, so that nothing is written to a second one that never
    # forgets.
    name = translated()["Resources"][group]["Properties"]["LogGroupName"]["Fn::Sub"]
    assert name == f"/aws/lambda/{properties['FunctionName']['Fn::Sub']}"


def test_log_groups__are_one_for_each_function_and_the_api_s() -> None:
    functions = of_type("AWS::Lambda::Function").values()
    groups = [f["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for f in functions]
    assert len(set(groups)) == len(groups)
    assert set(of_type("AWS::Logs::LogGroup")) == {*groups, "ApiAccessLogs"}


@pytest.mark.parametrize("secret", sorted(resources_of("AWS::SecretsManager::Secret")))
def test_secret__is_made_up_at_deployment_and_is_in_no_template(secret: str) -> None:
    properties = translated()["Resources"][secret]["Properties"]
    assert properties["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in properties


def test_secrets__are_read_by_the_functions_that_need_them() -> None:
    def named_in(resource: dict[str, Any]) -> list[Any]:
        variables = resource["Properties"]["Environment"]["Variables"].values()
        return [chosen(value, without=()) for value in variables]

    readers = {
        secret: [
            name
            for name, resource in resources_of("AWS::Serverless::Function").items()
            if {"Ref": secret} in named_in(resource)
        ]
        for secret in resources_of("AWS::SecretsManager::Secret")
    }
    at_processors = ["ProcessPaymentFunction", "WebhookFunction", "SweepFunction"]
    assert readers == {
        "CursorSecret": ["QueryFunction"],
        "StripeWebhookSecret": ["WebhookFunction"],
        "StripeApiKey": at_processors,
        "PayPalCredentials": at_processors,
        "PayPalWebhookId": ["WebhookFunction"],
        "SimulatedProcessorSecret": at_processors,
    }


@pytest.mark.parametrize(
    ("secret", "condition", "parameter"),
    [
        ("StripeApiKey", "HasStripe", "StripeUrl"),
        ("PayPalCredentials", "HasPayPal", "PayPalUrl"),
        ("PayPalWebhookId", "HasPayPal", "PayPalUrl"),
        ("SimulatedProcessorSecret", "HasSimulatedProcessor", "SimulatedProcessorUrl"),
    ],
)
def test_secret_of_a_processor__is_there_only_where_there_is_such_a_processor(
    secret: str, condition: str, parameter: str
) -> None:
    assert template()["Resources"][secret]["Condition"] == condition
    assert template()["Outputs"][secret] | {"Description": ""} == {
        "Condition": condition,
        "Description": "",
        "Value": {"Ref": secret},
    }
    assert template()["Parameters"][parameter]["Default"] == ""
    assert translated()["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]
    }


def test_credentials_of_paypal__are_made_up_in_the_form_that_they_are_read_in() -> None:
    made_up = translated()["Resources"]["PayPalCredentials"]["Properties"]["GenerateSecretString"]
    assert json.loads(made_up["SecretStringTemplate"]) == {"client_id": "none"}
    assert made_up["GenerateStringKey"] == "client_secret"


def test_functions__run_on_one_runtime_and_the_chosen_architecture() -> None:
    everywhere = template()["Globals"]["Function"]
    assert everywhere["Runtime"] == "python3.13"
    assert everywhere["Architectures"] == [{"Ref": "Architecture"}]
    assert template()["Parameters"]["Architecture"]["Default"] == "arm64"
    layer = template()["Resources"]["CoreLayer"]
    assert layer["Metadata"] == {
        "BuildMethod": "python3.13",
        "BuildArchitecture": {"Ref": "Architecture"},
    }
    for function in resources_of("AWS::Serverless::Function").values():
        assert not {"Runtime", "Architectures"} & set(function["Properties"])


def test_functions_behind_the_api__end_before_the_gateway_stops_waiting() -> None:
    timeout = template()["Parameters"]["ProcessPaymentTimeout"]
    assert timeout["MaxValue"] == 27
    assert timeout["Default"] <= 27
    for name, function in resources_of("AWS::Serverless::Function").items():
        if name not in BEHIND_NO_API:
            everywhere = template()["Globals"]["Function"]["Timeout"]
            own = function["Properties"].get("Timeout", everywhere)
            assert own == {"Ref": "ProcessPaymentTimeout"} or own <= 27


def test_reconcile__has_as_much_time_as_lambda_gives_and_enough_to_get_on() -> None:
    timeout = template()["Parameters"]["ReconcileTimeout"]
    assert (min(timeout["AllowedValues"]), max(timeout["AllowedValues"])) == (120, 900)


def test_api__asks_the_authorizer_of_everything_but_health_and_what_is_signed() -> None:
    auth = template()["Resources"]["Api"]["Properties"]["Auth"]
    assert auth["DefaultAuthorizer"] == "ApiKeys"
    assert auth["Authorizers"]["ApiKeys"]["Identity"] == {
        "Headers": ["Authorization"],
        "ReauthorizeEvery": 60,
    }
    open_paths = {
        properties["Path"]
        for properties in routes()
        if properties.get("Auth", {}).get("Authorizer") == "NONE"
    }
    assert open_paths == {
        "/health",
        "/webhooks/paypal",
        "/webhooks/simulated",
        "/webhooks/stripe",
    }


def routes() -> Iterator[dict[str, Any]]:
    for function in resources_of("AWS::Serverless::Function").values():
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] == "Api":
                yield event["Properties"]


def test_api__throttles_by_parameters_and_never_logs_bodies() -> None:
    (settings,) = template()["Resources"]["Api"]["Properties"]["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ThrottleBurst"}
    assert settings["DataTraceEnabled"] is False


def test_access_log__holds_no_header_body_query_or_path_of_the_caller() -> None:
    said = template()["Resources"]["Api"]["Properties"]["AccessLogSetting"]["Format"]
    assert json.loads(said)
    for forbidden in ("$context.path", "header", "querystring", "body", "userAgent"):
        assert forbidden not in said


def test_gateway_responses__cover_every_type() -> None:
    # A type that is left out takes its family's body but keeps a status of its own.
    assert set(gateway_responses()) == GATEWAY_RESPONSE_TYPES


@pytest.mark.parametrize("kind", sorted(GATEWAY_RESPONSE_TYPES))
def test_gateway_response__is_a_problem_as_the_functions_say_it(kind: str) -> None:
    problem = problem_of_type(kind)
    status = STATUS_OF_CODE[problem["code"]]
    assert gateway_responses()[kind]["StatusCode"] == status
    assert problem == {
        "type": f"urn:oncepay:problem:{problem['code']}",
        "title": title_of(status),
        "status": status,
        "detail": problem["detail"],
        "instance": "$context.path",
        "code": problem["code"],
        "request_id": "$context.requestId",
        "retryable": status in {429, 503},
    }
    headers = headers_of_type(kind)
    assert headers["Content-Type"] == "'application/problem+json'"
    assert ("Retry-After" in headers) == (status in {429, 503})
    assert ("RateLimit" in headers) == (status == 429)
    assert ("WWW-Authenticate" in headers) == (status == 401)


@pytest.mark.parametrize(("kind", "code"), sorted(CODE_OF_TYPE.items()))
def test_gateway_response__has_the_code_of_the_contract(kind: str, code: str) -> None:
    assert problem_of_type(kind)["code"] == code
