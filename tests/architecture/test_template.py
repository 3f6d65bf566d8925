"""What template.yaml promises and no local AWS can show: protection, retention, gateway answers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.api.problems import STATUS_OF_CODE, title_of
from tests.template_tables import ROLES, template

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
TABLES = sorted(ROLES.values())


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


@pytest.mark.parametrize("table", TABLES)
def test_table__is_protected(table: str) -> None:
    resource = template()["Resources"][table]
    properties = resource["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"


def test_tables__are_exactly_those_of_the_data_model() -> None:
    assert sorted(resources_of("AWS::DynamoDB::Table")) == TABLES


def test_is_prod__is_the_stage_prod() -> None:
    assert template()["Conditions"]["IsProd"] == {"Fn::Equals": [{"Ref": "Environment"}, "prod"]}


def test_idempotency_table__expires_its_records() -> None:
    properties = template()["Resources"]["IdempotencyTable"]["Properties"]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("table", [table for table in TABLES if table != "IdempotencyTable"])
def test_other_tables__never_expire(table: str) -> None:
    assert "TimeToLiveSpecification" not in template()["Resources"][table]["Properties"]


def test_payments_table__streams_both_images() -> None:
    properties = template()["Resources"]["PaymentsTable"]["Properties"]
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_ledger_index__is_keys_only__so_that_a_posting_costs_no_index_write() -> None:
    (index,) = template()["Resources"]["LedgerTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_log_groups__forget() -> None:
    groups = resources_of("AWS::Logs::LogGroup")
    assert groups
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_functions__log_to_a_group_of_their_own() -> None:
    groups = [
        function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        for function in resources_of("AWS::Serverless::Function").values()
    ]
    assert len(set(groups)) == len(groups) == 3
    assert set(groups) <= set(resources_of("AWS::Logs::LogGroup"))


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


def test_process_payment__ends_before_the_gateway_stops_waiting() -> None:
    timeout = template()["Parameters"]["ProcessPaymentTimeout"]
    assert timeout["MaxValue"] == 27
    assert timeout["Default"] <= 27
    for function in resources_of("AWS::Serverless::Function").values():
        own = function["Properties"].get("Timeout", template()["Globals"]["Function"]["Timeout"])
        assert own == {"Ref": "ProcessPaymentTimeout"} or own <= 27


def test_api__asks_the_authorizer_of_everything_but_health() -> None:
    auth = template()["Resources"]["Api"]["Properties"]["Auth"]
    assert auth["DefaultAuthorizer"] == "ApiKeys"
    assert auth["Authorizers"]["ApiKeys"]["Identity"] == {
        "Headers": ["Authorization"],
        "ReauthorizeEvery": 60,
    }
    open_paths = [
        properties["Path"]
        for properties in routes()
        if properties.get("Auth", {}).get("Authorizer") == "NONE"
    ]
    assert open_paths == ["/health"]


def routes() -> Iterator[dict[str, Any]]:
    for function in resources_of("AWS::Serverless::Function").values():
        for event in function["Properties"].get("Events", {}).values():
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
