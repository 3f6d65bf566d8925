"""Does the gateway know exactly the routes that the functions serve, and the other way round?"""

import re
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from tests.events import load_function, set_environment
from tests.template_tables import ROOT, template

type Route = tuple[str, str]

SERVED_BY = {
    "ProcessPaymentFunction": "process_payment",
    "QueryFunction": "query",
    "WebhookFunction": "webhook",
}


def routes_of_template(function: str) -> set[Route]:
    events = template()["Resources"][function]["Properties"].get("Events", {}).values()
    sent = [event["Properties"] for event in events if event["Type"] == "Api"]
    return {(properties["Method"], _shape(properties["Path"])) for properties in sent}


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]) -> Any:
    """Routes that an app.py declares, recorded while it is imported."""
    set_environment(monkeypatch, tables)

    def record(folder: str) -> set[Route]:
        found: set[Route] = set()

        def note(method: str) -> Any:
            verb = getattr(BaseRouter, method.lower())

            def noted(self: Any, rule: str, *args: Any, **kwargs: Any) -> Any:
                found.add((method, _shape(rule)))
                return verb(self, rule, *args, **kwargs)

            return noted

        with monkeypatch.context() as patched:
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
                patched.setattr(BaseRouter, method.lower(), note(method))
            load_function(folder)
        return found

    return record


@pytest.mark.parametrize("function", sorted(SERVED_BY))
def test_function__serves_exactly_the_routes_that_the_gateway_sends_it(
    function: str, declared: Any
) -> None:
    served = declared(SERVED_BY[function])
    assert served
    assert served == routes_of_template(function)


def test_no_route__is_sent_to_two_functions() -> None:
    everything = [route for function in SERVED_BY for route in sorted(routes_of_template(function))]
    assert len(everything) == len(set(everything))


def test_every_function_with_routes__is_listed_above() -> None:
    folders = {path.parent.name for path in Path(ROOT / "functions").glob("*/app.py")}
    with_routes = {
        name
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and routes_of_template(name)
    }
    assert with_routes == set(SERVED_BY)
    assert folders == {*SERVED_BY.values(), "authorizer", "reconcile", "sweep"}


def test_every_function_folder__is_a_function_of_the_template() -> None:
    deployed = {
        resource["Properties"]["CodeUri"]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert deployed == {f"functions/{path.parent.name}" for path in ROOT.glob("functions/*/app.py")}


def _shape(path: str) -> str:
    # The gateway says {id}, the functions <payment_id>: names are each one's own business.
    return re.sub(r"\{[^}]+\}|<[^>]+>", "{}", path)
