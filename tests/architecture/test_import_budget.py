"""What does a function import before it answers, and is that all that its own work needs?

Counted in modules, not in milliseconds: a fresh interpreter imports the function as Lambda does,
and says what it has imported. A function that passes its budget has gained a room that it may not
need; one that needs it gets a larger budget here, with the reason in the commit.
"""

import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.test_environment import environment_of
from tests.template_tables import ROOT
from tests.unit.storage.scripted_server import a_reply, running_server

LAYER = ROOT / "layers" / "core"

# In all, and of ours: what there is, and room for three of ours and a few of another Python's.
BUDGETS: Mapping[str, tuple[int, int]] = {
    "authorizer": (440, 33),
    "process_payment": (570, 61),
    "query": (570, 62),
    "reconcile": (595, 110),
    "sweep": (495, 89),
    "webhook": (610, 101),
}
FUNCTION_OF = {
    "authorizer": "AuthorizerFunction",
    "process_payment": "ProcessPaymentFunction",
    "query": "QueryFunction",
    "reconcile": "ReconcileFunction",
    "sweep": "SweepFunction",
    "webhook": "WebhookFunction",
}
NEVER = {
    "awscrt", "aws_xray_sdk", "boto3", "cryptography", "defusedcsv", "jwt", "moto", "msgspec",
    "ops", "pydantic", "stripe", "tests",
}  # fmt: skip
# What only work at processors, settlement files, events and decisions about breaks need.
ROOMS_OF_OTHERS = (
    "oncepay.domain.checkout",
    "oncepay.domain.dispute",
    "oncepay.domain.inbound_event",
    "oncepay.domain.operation",
    "oncepay.domain.processor_answer",
    "oncepay.domain.settl",
    "oncepay.domain.steps",
    "oncepay.processors",
    "oncepay.services.create_processor",
    "oncepay.services.create_refund",
    "oncepay.services.move_payment",
    "oncepay.services.open_processors",
    "oncepay.services.settle_operation",
    "oncepay.storage.breaks",
    "oncepay.storage.disputes",
    "oncepay.storage.events",
    "oncepay.storage.operations",
    "oncepay.storage.settlements",
)
# Two that a settlement's postings are named in, and that import no class.
LIGHT = {"oncepay.domain.settlement_postings"}

# What this machine has, and the layer has not, is not there: some packages use what they find.
HIDE = """
import json, sys

class Hidden:
    names = frozenset(json.loads(sys.argv[1]))

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.names:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Hidden)
import app
"""
TELL = "print(json.dumps(sorted(sys.modules)))"
PAY = """
class Context:
    aws_request_id = "request"
    function_name = "oncepay-dev-process-payment"
    def get_remaining_time_in_millis(self):
        return 10_000

answer = app.handler(json.load(sys.stdin), Context())
assert answer["statusCode"] == 201, answer
"""
PAYMENT = {
    "resource": "/v1/payments",
    "path": "/v1/payments",
    "httpMethod": "POST",
    "headers": {"Idempotency-Key": "order-1042", "Content-Type": "application/json"},
    "requestContext": {
        "requestId": "request",
        "authorizer": {"key_id": "k", "merchant_id": "mer_1", "scopes": "payments:write"},
    },
    "body": json.dumps({"amount_minor": 5, "currency": "USD", "funding": {"type": "balance"}}),
    "isBase64Encoded": False,
}


@cache
def not_in_the_layer() -> list[str]:
    """Packages that are installed here, and are not among the layer's requirements."""
    text = (ROOT / "layers" / "core" / "requirements.txt").read_text()
    required = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    packages = importlib.metadata.packages_distributions()
    names = {
        name: {re.sub(r"[-_.]+", "-", of.lower()) for of in of} for name, of in packages.items()
    }
    hidden = {name for name, of in names.items() if name.isidentifier() and not of & required}
    assert {"OpenSSL", "moto", "stripe"} <= hidden
    return sorted(hidden - {"oncepay", "ops"})


def modules_after(app: str, program: str = "", event: object = None, **variables: str) -> list[str]:
    """The modules of a fresh interpreter that has imported a function and run a program on it."""
    ran = subprocess.run(
        [sys.executable, "-c", HIDE + program + TELL, json.dumps(not_in_the_layer())],
        input=json.dumps(event),
        env={
            "PYTHONPATH": f"{ROOT / 'functions' / app}:{LAYER}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            **environment_of(FUNCTION_OF[app]),
            **variables,
        },
        cwd=Path(sys.executable).parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    modules: list[str] = json.loads(ran.stdout.splitlines()[-1])
    return modules


@cache
def imported_by(app: str) -> list[str]:
    return modules_after(app)


@cache
def imported_by_a_payment() -> list[str]:
    """By then the function has answered 201: DynamoDB takes whatever is written."""
    with running_server() as server:
        server.script = [a_reply()]
        return modules_after("process_payment", PAY, PAYMENT, AWS_ENDPOINT_URL=server.url)


def ours(modules: list[str]) -> list[str]:
    return [name for name in modules if name.partition(".")[0] == "oncepay"]


def rooms_of_others(modules: list[str]) -> set[str]:
    return {name for name in modules if name.startswith(ROOMS_OF_OTHERS)} - LIGHT


def test_budgets__are_of_every_function() -> None:
    assert set(BUDGETS) == {path.parent.name for path in ROOT.glob("functions/*/app.py")}


@pytest.mark.parametrize("app", sorted(BUDGETS))
def test_function__imports_no_more_than_its_budget(app: str) -> None:
    modules = imported_by(app)
    most, most_of_ours = BUDGETS[app]
    assert len(ours(modules)) <= most_of_ours, ours(modules)
    assert len(modules) <= most


@pytest.mark.parametrize("app", sorted(BUDGETS))
def test_function__imports_none_of_the_heavy_packages(app: str) -> None:
    assert {name.partition(".")[0] for name in imported_by(app)} & NEVER == set()


@pytest.mark.parametrize("app", ["authorizer", "process_payment", "query"])
def test_function__imports_no_room_of_others(app: str) -> None:
    assert rooms_of_others(imported_by(app)) == set()


def test_payment_from_the_balance__once_made__has_imported_no_room_of_others() -> None:
    assert rooms_of_others(imported_by_a_payment()) == set()


def test_payment_from_the_balance__once_made__has_imported_no_heavy_package() -> None:
    assert {name.partition(".")[0] for name in imported_by_a_payment()} & NEVER == set()


def test_payment_from_the_balance__imports_next_to_nothing_that_the_cold_start_had_not() -> None:
    late: Any = set(imported_by_a_payment()) - set(imported_by("process_payment"))
    # What botocore asks for with the first signature or connection.
    assert len(late) <= 10, sorted(late)


@pytest.mark.parametrize("app", ["authorizer", "sweep"])
def test_function_without_http__imports_no_router(app: str) -> None:
    modules = set(imported_by(app))
    assert modules & {"aws_lambda_powertools.event_handler", "asyncio"} == set()
