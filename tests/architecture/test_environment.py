"""Does each function find in its environment what it reads, and nothing that it does not?"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from oncepay.domain.inbound_event import Provider
from oncepay.domain.processor_place import ProcessorPlace
from oncepay.settings.authorizer import AuthorizerSettings
from oncepay.settings.process_payment import ProcessPaymentSettings
from oncepay.settings.query import QuerySettings
from oncepay.settings.reconcile import ReconcileSettings
from oncepay.settings.sweep import SweepSettings
from oncepay.settings.webhook import WebhookSettings
from tests.architecture.roles import chosen
from tests.template_tables import ROOT, template

SETTINGS: dict[str, Any] = {
    "ProcessPaymentFunction": ProcessPaymentSettings,
    "QueryFunction": QuerySettings,
    "WebhookFunction": WebhookSettings,
    "ReconcileFunction": ReconcileSettings,
    "SweepFunction": SweepSettings,
    "AuthorizerFunction": AuthorizerSettings,
}
# Read by Powertools, not by us.
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}


class Watched(Mapping[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        # A whole number that every other setting takes, and a text that every name may be, and
        # the address of a processor, so that what is needed there is asked for, and base64, and a
        # pair of names.
        others = {
            "PROCESSOR_TIMEOUT_SECONDS": "3",
            "PAYPAL_ROOT": "MjQ=",
            "SETTLEMENT_PROCESSORS": "stripe=stripe",
            "SETTLEMENT_DELAY_DAYS": "stripe=5",
            "SETTLEMENT_EVERY_DAYS": "stripe=1",
        }
        return others.get(name, "24")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_function__has_exactly_the_variables_that_it_reads(function: str) -> None:
    environment = Watched()
    SETTINGS[function].from_environ(environment)
    own = template()["Resources"][function]["Properties"]["Environment"]["Variables"]
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert set(own) == environment.read
    assert set(everywhere) == POWERTOOLS


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_function__starts_on_the_template_s_defaults(function: str) -> None:
    SETTINGS[function].from_environ(environment_of(function))


# Which parameter says that there is a processor, under which condition of the template.
PLACES = {
    "HasStripe": "StripeUrl",
    "HasPayPal": "PayPalUrl",
    "HasSimulatedProcessor": "SimulatedProcessorUrl",
}


def environment_of(function: str, **parameters: str) -> dict[str, str]:
    """A function's own variables, of a stack that is deployed with these parameters."""
    own = template()["Resources"][function]["Properties"]["Environment"]["Variables"]
    without = [condition for condition, name in PLACES.items() if not parameters.get(name)]
    return {name: _value(chosen(value, without), parameters) for name, value in own.items()}


def _value(said: Any, parameters: Mapping[str, str]) -> str:
    if not isinstance(said, dict):
        return str(said)
    name = said["Ref"]
    default = template()["Parameters"].get(name, {}).get("Default", name)
    return str(parameters.get(name, default))


@pytest.mark.parametrize("condition", sorted(PLACES))
def test_condition__is_that_the_processor_has_an_address(condition: str) -> None:
    said = template()["Conditions"][condition]
    assert said == {"Fn::Not": [{"Fn::Equals": [{"Ref": PLACES[condition]}, ""]}]}


WORKS_AT_PROCESSORS = ("ProcessPaymentFunction", "WebhookFunction", "SweepFunction")
STRIPE = "https://api.stripe.com"
PAYPAL = "https://api-m.sandbox.paypal.com"
SIMULATED = "http://127.0.0.1:1"


@pytest.mark.parametrize("function", WORKS_AT_PROCESSORS)
def test_function__without_a_processor__has_none(function: str) -> None:
    assert SETTINGS[function].from_environ(environment_of(function)).processors.places == {}


@pytest.mark.parametrize("function", WORKS_AT_PROCESSORS)
@pytest.mark.parametrize(
    ("provider", "parameters", "place"),
    [
        (
            Provider.STRIPE,
            {"StripeUrl": STRIPE},
            ProcessorPlace(url=STRIPE, secret_id="StripeApiKey", api_version="2026-10-28.endive"),
        ),
        (
            Provider.STRIPE,
            {
                "StripeUrl": STRIPE,
                "StripeApiVersion": "2027-01-01",
                "StripeReturnUrl": "https://shop.example/back",
            },
            ProcessorPlace(
                url=STRIPE,
                secret_id="StripeApiKey",
                api_version="2027-01-01",
                return_url="https://shop.example/back",
            ),
        ),
        (
            Provider.PAYPAL,
            {"PayPalUrl": PAYPAL},
            ProcessorPlace(url=PAYPAL, secret_id="PayPalCredentials"),
        ),
        (
            Provider.SIMULATED,
            {"SimulatedProcessorUrl": SIMULATED},
            ProcessorPlace(url=SIMULATED, secret_id="SimulatedProcessorSecret"),
        ),
    ],
    ids=["stripe", "stripe_with_everything", "paypal", "simulated"],
)
def test_function__with_one_processor__finds_that_one(
    function: str, provider: Provider, parameters: dict[str, str], place: ProcessorPlace
) -> None:
    environ = environment_of(function, **parameters)
    assert SETTINGS[function].from_environ(environ).processors.places == {provider: place}


@pytest.mark.parametrize("function", WORKS_AT_PROCESSORS)
def test_function__with_all_processors__takes_stripe_by_default(function: str) -> None:
    environ = environment_of(
        function, StripeUrl=STRIPE, PayPalUrl=PAYPAL, SimulatedProcessorUrl=SIMULATED
    )
    places = SETTINGS[function].from_environ(environ).processors.places
    assert list(places) == [Provider.STRIPE, Provider.PAYPAL, Provider.SIMULATED]


def test_webhook__with_paypal__finds_the_id_of_its_webhook_and_needs_no_root() -> None:
    settings = WebhookSettings.from_environ(environment_of("WebhookFunction", PayPalUrl=PAYPAL))
    assert (settings.paypal_webhook_id, settings.paypal_root) == ("PayPalWebhookId", None)


def test_webhook__with_a_paypal_that_is_not_paypal__finds_the_root_that_was_given() -> None:
    environ = environment_of("WebhookFunction", PayPalUrl=SIMULATED, PayPalRoot="TUlJ")
    settings = WebhookSettings.from_environ(environ)
    assert settings.paypal_root is not None
    assert b"\nTUlJ\n" in settings.paypal_root


def test_webhook__without_paypal__knows_of_no_webhook_there() -> None:
    settings = WebhookSettings.from_environ(environment_of("WebhookFunction"))
    assert (settings.paypal_webhook_id, settings.paypal_root) == (None, None)


def test_every_function_is_listed_above() -> None:
    functions = {
        name
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert functions == set(SETTINGS)


READERS = {"environ", "environb", "getenv", "getenvb"}


def readings_of_the_environment(path: Path) -> list[str]:
    """Every expression of a file that takes the environment or a variable of it."""
    tree = ast.parse(path.read_text())
    found = [ast.unparse(node) for node in ast.walk(tree)
             if (isinstance(node, ast.Attribute) and node.attr in READERS)
             or (isinstance(node, ast.alias) and node.name in READERS)]  # fmt: skip
    handed_on = [
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "from_environ"
    ]
    for expression in handed_on:
        # Settings hand on what they were given, which is no reading of the environment.
        if expression in found:
            found.remove(expression)
    return found


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("functions/*/app.py"), *ROOT.glob("layers/core/oncepay/**/*.py")],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_code__reads_the_environment_through_its_settings_only(path: Path) -> None:
    # What is read in another way would not be held against the template above.
    assert readings_of_the_environment(path) == []


@pytest.mark.parametrize(
    "line",
    [
        "import os\nregion = os.environ['X']",
        "import os\nregion = os.getenv('X')",
        "from os import environ",
        "from os import getenv as read",
    ],
)
def test_reading_of_the_environment__is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(line)
    assert len(readings_of_the_environment(tmp_path / "app.py")) == 1
