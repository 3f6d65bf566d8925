"""API Gateway's events for the handlers, as a REST API with a Lambda authorizer sends them."""

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from oncepay.domain.principal import MERCHANT_SCOPES, OPERATOR_SCOPES
from oncepay.storage import secret_values
from tests.builders import MERCHANT

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"


class LambdaContext:
    """As much of Lambda's context as a function may look at."""

    function_name = "function"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "lambda-request"

    def __init__(self, remaining_ms: int = 15_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


def load_function(name: str) -> ModuleType:
    """Import functions/<name>/app.py anew: a cold start in the present environment."""
    # Secrets, and the client for them, are kept for as long as the process lives.
    secret_values._provider.cache_clear()
    spec = importlib.util.spec_from_file_location(f"{name}_app", FUNCTIONS / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def set_environment(monkeypatch: Any, tables: dict[str, str], **overrides: str) -> None:
    """All variables of all functions, as the template sets them."""
    values = {
        "IDEMPOTENCY_TABLE": tables["idempotency"],
        "PAYMENTS_TABLE": tables["payments"],
        "LEDGER_TABLE": tables["ledger"],
        "DIRECTORY_TABLE": tables["directory"],
        "EVENTS_TABLE": tables["events"],
        "SETTLEMENTS_TABLE": tables["settlements"],
        "SETTLEMENT_BUCKET": "settlements",
        "SETTLEMENT_PROCESSORS": "stripe=stripe,paypal=paypal,adyen=adyen",
        "SETTLEMENT_TOLERANCE_MINOR": "0",
        "SETTLEMENT_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/settlements",
        "FEE_BASIS_POINTS": "200",
        "MINIMUM_DEPOSIT_BTC": "100000",
        "IDEMPOTENCY_RETENTION_HOURS": "24",
        "CURSOR_SECRET_ID": "cursor",
        "SETTLEMENT_DELAY_DAYS": "stripe=5,simulated=2",
        "SETTLEMENT_EVERY_DAYS": "stripe=1,native=7",
        "STRIPE_WEBHOOK_SECRET_ID": "stripe",
        "PROCESSOR_TIMEOUT_SECONDS": "10",
        "FUNCTION_TIMEOUT_SECONDS": "25",
        "STRIPE_URL": "",
        "STRIPE_API_KEY_ID": "",
        "STRIPE_API_VERSION": "2026-10-28.endive",
        "STRIPE_RETURN_URL": "",
        "PAYPAL_URL": "",
        "PAYPAL_CREDENTIALS_ID": "",
        "PAYPAL_WEBHOOK_ID_SECRET_ID": "",
        "PAYPAL_ROOT": "",
        "SIMULATED_PROCESSOR_URL": "",
        "SIMULATED_PROCESSOR_SECRET_ID": "",
        "ONCEPAY_ENVIRONMENT": "local",
        "USAGE_SAMPLING": "0",
        "STACK_NAME": "oncepay-local",
        "STACK_REGION": "us-east-1",
        "FUNCTION_ARCHITECTURE": "arm64",
        "FUNCTION_MEMORY_MB": "1024",
    }
    for name, value in (values | overrides).items():
        monkeypatch.setitem(os.environ, name, value)


def an_authorizer(**overrides: str) -> dict[str, str]:
    """The context of a merchant's key with every scope a merchant can have."""
    values = {
        "principalId": "aaaaaaaaaaaaaaaa-key",
        "key_id": "aaaaaaaaaaaaaaaa-key",
        "merchant_id": MERCHANT,
        "scopes": " ".join(MERCHANT_SCOPES),
    }
    return values | overrides


def an_operator(**overrides: str) -> dict[str, str]:
    """The context of an operator's key with every scope an operator can have."""
    values = {
        "principalId": "operator-key",
        "key_id": "operator-key",
        "scopes": " ".join(OPERATOR_SCOPES),
    }
    return values | overrides


def an_event(
    method: str,
    resource: str,
    body: Any = None,
    *,
    key: str | None = "key-1",
    parameters: dict[str, str] | None = None,
    query: dict[str, list[str]] | None = None,
    headers: dict[str, list[str]] | None = None,
    authorizer: dict[str, str] | None = None,
    is_base64: bool = False,
) -> dict[str, Any]:
    """A request; `body` is dumped as JSON unless it is a string."""
    all_headers = {"Content-Type": ["application/json"], "Authorization": ["Bearer x"]}
    if key is not None and method == "POST":
        all_headers["Idempotency-Key"] = [key]
    all_headers |= headers or {}
    path = resource
    for name, value in (parameters or {}).items():
        path = path.replace(f"{{{name}}}", value)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in all_headers.items() if values},
        "multiValueHeaders": {name: values for name, values in all_headers.items() if values},
        "queryStringParameters": {k: v[-1] for k, v in query.items()} if query else None,
        "multiValueQueryStringParameters": query,
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "requestId": "request-1",
            "stage": "local",
            "httpMethod": method,
            "resourcePath": resource,
            "authorizer": an_authorizer() if authorizer is None else authorizer,
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": is_base64,
    }


class Reply:
    """A handler's answer, taken apart."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.status = answer["statusCode"]
        self.text: str = answer["body"]
        many = answer.get("multiValueHeaders") or {}
        one = answer.get("headers") or {}
        self.headers = {name.lower(): values[0] for name, values in many.items()}
        self.headers |= {name.lower(): value for name, value in one.items()}

    @property
    def json(self) -> Any:
        return json.loads(self.text)
