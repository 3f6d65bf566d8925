"""Does a function refuse to start when its environment is incomplete or wrong, naming the variable?
What the template sets is held against the settings in tests/architecture.
"""

from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain.inbound_event import Provider
from oncepay.domain.processor_place import ProcessorPlace
from oncepay.settings.at_processors import ProcessorSettings
from oncepay.settings.authorizer import AuthorizerSettings
from oncepay.settings.process_payment import ProcessPaymentSettings
from oncepay.settings.query import QuerySettings
from oncepay.settings.reconcile import ReconcileSettings
from oncepay.settings.sweep import SweepSettings
from oncepay.settings.variables import SettingsError
from oncepay.settings.webhook import WebhookSettings

PROCESSORS = {
    "PROCESSOR_TIMEOUT_SECONDS": "10",
    "FUNCTION_TIMEOUT_SECONDS": "25",
    "STRIPE_URL": "https://api.stripe.com",
    "STRIPE_API_KEY_ID": "the-key",
    "STRIPE_API_VERSION": "2026-10-28.endive",
    "PAYPAL_URL": "https://api-m.paypal.com",
    "PAYPAL_CREDENTIALS_ID": "the-credentials",
    "SIMULATED_PROCESSOR_URL": "http://127.0.0.1:8080",
    "SIMULATED_PROCESSOR_SECRET_ID": "the-secret",
    "IDEMPOTENCY_RETENTION_HOURS": "24",
}
TABLES = {
    "IDEMPOTENCY_TABLE": "idempotency",
    "PAYMENTS_TABLE": "payments",
    "LEDGER_TABLE": "ledger",
}
SAMPLING = {"USAGE_SAMPLING": "10"}
ENVIRONMENTS: dict[Any, dict[str, str]] = {
    ProcessPaymentSettings: {
        **PROCESSORS,
        **TABLES,
        "SETTLEMENTS_TABLE": "settlements",
        "FEE_BASIS_POINTS": "200",
        "MINIMUM_DEPOSIT_BTC": "100000",
        **SAMPLING,
    },
    WebhookSettings: {
        **PROCESSORS,
        **TABLES,
        "EVENTS_TABLE": "events",
        "SETTLEMENTS_TABLE": "settlements",
        "STRIPE_WEBHOOK_SECRET_ID": "stripe",
        "PAYPAL_WEBHOOK_ID_SECRET_ID": "the-webhook-s-id",
        **SAMPLING,
    },
    SweepSettings: {**PROCESSORS, **TABLES, **SAMPLING, "EVENTS_TABLE": "events"},
    QuerySettings: {
        **TABLES,
        **SAMPLING,
        "SETTLEMENTS_TABLE": "settlements",
        "EVENTS_TABLE": "events",
        "DIRECTORY_TABLE": "directory",
        "STACK_NAME": "oncepay-dev",
        "STACK_REGION": "eu-west-1",
        "FUNCTION_ARCHITECTURE": "arm64",
        "FUNCTION_MEMORY_MB": "1024",
        "CURSOR_SECRET_ID": "cursor",
        "SETTLEMENT_DELAY_DAYS": "stripe=5,simulated=0",
        "SETTLEMENT_EVERY_DAYS": "native=1",
    },
    ReconcileSettings: {
        "PAYMENTS_TABLE": "payments",
        "LEDGER_TABLE": "ledger",
        "SETTLEMENTS_TABLE": "settlements",
        "SETTLEMENT_BUCKET": "bucket",
        "SETTLEMENT_QUEUE_URL": "https://queue",
        "SETTLEMENT_PROCESSORS": "stripe=stripe,paypal=paypal,adyen=simulated",
        "SETTLEMENT_TOLERANCE_MINOR": "0",
        **SAMPLING,
    },
    AuthorizerSettings: {
        "DIRECTORY_TABLE": "directory",
        "ONCEPAY_ENVIRONMENT": "local",
        **SAMPLING,
    },
}
# A processor that is not configured has no address, and then nothing else either.
ADDRESSES = {"STRIPE_URL", "PAYPAL_URL", "SIMULATED_PROCESSOR_URL"}
# Where all settlement files are of our own format, they are nobody's in particular.
OPTIONAL = {
    *ADDRESSES, "SETTLEMENT_PROCESSORS", "SETTLEMENT_DELAY_DAYS", "SETTLEMENT_EVERY_DAYS",
}  # fmt: skip
NEEDED = [
    pytest.param(settings, name, id=f"{settings.__name__}-{name}")
    for settings, environ in ENVIRONMENTS.items()
    for name in environ
    if name not in OPTIONAL
]


@pytest.mark.parametrize("settings", ENVIRONMENTS, ids=lambda settings: settings.__name__)
def test_settings__of_a_whole_environment__are_read(settings: Any) -> None:
    assert settings.from_environ(ENVIRONMENTS[settings])


@pytest.mark.parametrize(("settings", "name"), NEEDED)
def test_variable__that_is_missing__is_named(settings: Any, name: str) -> None:
    environ = {other: value for other, value in ENVIRONMENTS[settings].items() if other != name}
    with pytest.raises(SettingsError, match=rf"\b{name} is missing or empty$"):
        settings.from_environ(environ)


@pytest.mark.parametrize(("settings", "name"), NEEDED)
def test_variable__that_is_blank__is_named(settings: Any, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"\b{name} is missing or empty$"):
        settings.from_environ(ENVIRONMENTS[settings] | {name: "  "})


WHOLE_NUMBERS = {
    "FEE_BASIS_POINTS",
    "MINIMUM_DEPOSIT_BTC",
    "IDEMPOTENCY_RETENTION_HOURS",
    "PROCESSOR_TIMEOUT_SECONDS",
    "FUNCTION_TIMEOUT_SECONDS",
    "USAGE_SAMPLING",
}


@pytest.mark.parametrize("value", ["ten", "1.5", "-1", "+1", "1e1", "१०", "0x10"])
@pytest.mark.parametrize("name", sorted(WHOLE_NUMBERS))
def test_number__that_is_none__is_named(name: str, value: str) -> None:
    environ = ENVIRONMENTS[ProcessPaymentSettings] | {name: value}
    with pytest.raises(SettingsError, match=rf"\b{name} must be a whole number$"):
        ProcessPaymentSettings.from_environ(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FEE_BASIS_POINTS", "10001"),
        ("MINIMUM_DEPOSIT_BTC", "0"),
        # Clients are promised a day.
        ("IDEMPOTENCY_RETENTION_HOURS", "23"),
        ("IDEMPOTENCY_RETENTION_HOURS", "8761"),
        ("PROCESSOR_TIMEOUT_SECONDS", "0"),
        ("FUNCTION_TIMEOUT_SECONDS", "0"),
        # API Gateway stops waiting at 29.
        ("FUNCTION_TIMEOUT_SECONDS", "28"),
        ("USAGE_SAMPLING", "100001"),
    ],
)
def test_number__out_of_range__is_named(name: str, value: str) -> None:
    environ = ENVIRONMENTS[ProcessPaymentSettings] | {name: value}
    with pytest.raises(SettingsError, match=rf"\b{name} is out of range$"):
        ProcessPaymentSettings.from_environ(environ)


AT_PROCESSORS = [ProcessPaymentSettings, WebhookSettings, SweepSettings]


@pytest.mark.parametrize("settings", AT_PROCESSORS, ids=lambda settings: settings.__name__)
@pytest.mark.parametrize(
    ("processor", "function"),
    [("10", "21"), ("10", "11"), ("15", "26"), ("16", "27"), ("1", "12"), ("25", "25")],
)
def test_clocks__in_the_wrong_order__are_refused_with_their_numbers(
    settings: Any, processor: str, function: str
) -> None:
    clocks = {"PROCESSOR_TIMEOUT_SECONDS": processor, "FUNCTION_TIMEOUT_SECONDS": function}
    with pytest.raises(SettingsError) as refused:
        settings.from_environ(ENVIRONMENTS[settings] | clocks)
    assert str(refused.value) == (
        "the environment variable PROCESSOR_TIMEOUT_SECONDS is too long:"
        f" 5 + {processor} + 6 seconds must be less than FUNCTION_TIMEOUT_SECONDS, {function}"
    )


@pytest.mark.parametrize(("processor", "function"), [("10", "22"), ("15", "27"), ("1", "13")])
def test_clocks__just_in_order__are_taken(processor: str, function: str) -> None:
    clocks = {"PROCESSOR_TIMEOUT_SECONDS": processor, "FUNCTION_TIMEOUT_SECONDS": function}
    settings = ProcessorSettings.from_environ(PROCESSORS | clocks)
    assert settings.timeout_seconds == int(processor)


def test_lease__outlives_the_function_by_five_seconds() -> None:
    assert ProcessorSettings.from_environ(PROCESSORS).lease == timedelta(seconds=30)


def test_sweep__may_take_as_long_as_lambda_gives() -> None:
    environ = ENVIRONMENTS[SweepSettings] | {"FUNCTION_TIMEOUT_SECONDS": "900"}
    assert SweepSettings.from_environ(environ).processors.lease == timedelta(seconds=905)


def test_sweep__longer_than_lambda_gives__is_refused() -> None:
    environ = ENVIRONMENTS[SweepSettings] | {"FUNCTION_TIMEOUT_SECONDS": "901"}
    with pytest.raises(SettingsError, match="FUNCTION_TIMEOUT_SECONDS is out of range"):
        SweepSettings.from_environ(environ)


def of_processors(**changes: str) -> ProcessorSettings:
    return ProcessorSettings.from_environ(PROCESSORS | changes)


def test_processors__of_a_whole_environment__are_all_there_and_stripe_is_taken_by_default() -> None:
    assert list(of_processors().places) == [Provider.STRIPE, Provider.PAYPAL, Provider.SIMULATED]


@pytest.mark.parametrize(
    ("provider", "variables"),
    [
        (Provider.STRIPE, ["STRIPE_URL", "STRIPE_API_KEY_ID", "STRIPE_API_VERSION"]),
        (Provider.PAYPAL, ["PAYPAL_URL", "PAYPAL_CREDENTIALS_ID"]),
        (Provider.SIMULATED, ["SIMULATED_PROCESSOR_URL", "SIMULATED_PROCESSOR_SECRET_ID"]),
    ],
)
def test_processor__without_an_address__is_none_and_needs_nothing_else(
    provider: Provider, variables: list[str]
) -> None:
    places = of_processors(**dict.fromkeys(variables, "")).places
    assert set(places) == set(Provider) - {provider}


@pytest.mark.parametrize("blank", ["", "  "])
def test_processors__none_with_an_address__are_none(blank: str) -> None:
    assert of_processors(**dict.fromkeys(sorted(ADDRESSES), blank)).places == {}


def test_stripe__is_read_with_its_key_and_the_version_that_is_asked_for() -> None:
    assert of_processors().places[Provider.STRIPE] == ProcessorPlace(
        url="https://api.stripe.com",
        secret_id="the-key",
        api_version="2026-10-28.endive",
        return_url=None,
    )


def test_stripe__with_a_page_to_come_back_to__knows_it() -> None:
    places = of_processors(STRIPE_RETURN_URL="https://shop.example/back").places
    assert places[Provider.STRIPE].return_url == "https://shop.example/back"


def test_paypal__is_read_with_its_credentials() -> None:
    assert of_processors().places[Provider.PAYPAL] == ProcessorPlace(
        url="https://api-m.paypal.com", secret_id="the-credentials"
    )


def test_simulated_processor__is_read_with_its_secret() -> None:
    assert of_processors().places[Provider.SIMULATED] == ProcessorPlace(
        url="http://127.0.0.1:8080", secret_id="the-secret"
    )


def of_webhook(**changes: str) -> WebhookSettings:
    return WebhookSettings.from_environ(ENVIRONMENTS[WebhookSettings] | changes)


def test_webhook__knows_where_the_id_of_its_webhook_at_paypal_is() -> None:
    assert of_webhook().paypal_webhook_id == "the-webhook-s-id"


def test_webhook__without_paypal__needs_no_id_of_a_webhook_there() -> None:
    assert of_webhook(PAYPAL_URL="", PAYPAL_WEBHOOK_ID_SECRET_ID="").paypal_webhook_id is None


@pytest.mark.parametrize("changes", [{}, {"PAYPAL_ROOT": " "}])
def test_root_of_paypal__that_is_not_said__is_paypal_s_own(changes: dict[str, str]) -> None:
    assert of_webhook(**changes).paypal_root is None


def test_root_of_paypal__as_base64__is_a_certificate_in_pem() -> None:
    elsewhere = of_webhook(PAYPAL_URL="http://127.0.0.1:4567/paypal", PAYPAL_ROOT="TUlJ")
    assert elsewhere.paypal_root == (
        b"-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"
    )


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://127.0.0.1:4567/paypal", ""),
        ("https://api-m.paypal.com.evil.example", ""),
        ("https://api-m.paypal.com", "TUlJ"),
        ("https://api-m.sandbox.paypal.com/", "TUlJ"),
    ],
)
def test_root_of_paypal__is_given_if_it_is_not_paypal_and_only_then(url: str, root: str) -> None:
    with pytest.raises(SettingsError, match=r"\bPAYPAL_ROOT must be given if PAYPAL_URL is not"):
        of_webhook(PAYPAL_URL=url, PAYPAL_ROOT=root)


@pytest.mark.parametrize("value", ["TUl", "-----BEGIN CERTIFICATE-----", "käse"])
def test_root_of_paypal__that_is_no_base64__is_named(value: str) -> None:
    with pytest.raises(SettingsError, match=r"\bPAYPAL_ROOT must be base64$"):
        of_webhook(PAYPAL_ROOT=value)


@pytest.mark.parametrize(("currency", "minimum"), [("BTC", 100_000), ("USD", 1), ("JPY", 1)])
def test_minimum_deposit__is_of_bitcoin_alone(currency: str, minimum: int) -> None:
    settings = ProcessPaymentSettings.from_environ(ENVIRONMENTS[ProcessPaymentSettings])
    assert settings.minimum_deposit_minor(currency) == minimum


def of_reconcile(**changes: str) -> ReconcileSettings:
    return ReconcileSettings.from_environ(ENVIRONMENTS[ReconcileSettings] | changes)


def test_reconcile__knows_whose_files_they_are_by_format() -> None:
    assert of_reconcile().processors == {
        "stripe": "stripe",
        "paypal": "paypal",
        "adyen": "simulated",
    }


@pytest.mark.parametrize("blank", ["", "  "])
def test_reconcile__told_of_no_processor__takes_files_of_our_own_format(blank: str) -> None:
    assert of_reconcile(SETTLEMENT_PROCESSORS=blank).processors == {}


@pytest.mark.parametrize(
    "value",
    [
        "stripe",
        "stripe=",
        "=stripe",
        "stripe = stripe",
        "stripe=stripe;paypal=paypal",
        "Stripe=stripe",
        "stripe=Stripe",
        "stripe=stripe=x",
        "stripe=stripe,stripe=paypal",
        "strîpe=stripe",
    ],
)
def test_processors_of_files__that_are_no_pairs__are_refused_with_an_example(value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        of_reconcile(SETTLEMENT_PROCESSORS=value)
    assert str(refused.value) == (
        "the environment variable SETTLEMENT_PROCESSORS must be like stripe=stripe,paypal=paypal,"
        " each name on the left once"
    )


def test_tolerance__is_a_number_of_minor_units() -> None:
    assert of_reconcile(SETTLEMENT_TOLERANCE_MINOR="7").tolerance_minor == 7


@pytest.mark.parametrize("value", ["-1", "0.5", "1 USD"])
def test_tolerance__that_is_no_whole_number__is_named(value: str) -> None:
    with pytest.raises(
        SettingsError, match=r"\bSETTLEMENT_TOLERANCE_MINOR must be a whole number$"
    ):
        of_reconcile(SETTLEMENT_TOLERANCE_MINOR=value)


def of_query(**changes: str) -> QuerySettings:
    return QuerySettings.from_environ(ENVIRONMENTS[QuerySettings] | changes)


def test_days__are_read_by_name() -> None:
    assert of_query().settlement_delay_days == {"stripe": 5, "simulated": 0}
    assert of_query().settlement_every_days == {"native": 1}
    assert of_query(SETTLEMENT_DELAY_DAYS="stripe=366").settlement_delay_days == {"stripe": 366}


@pytest.mark.parametrize("blank", ["", "  "])
def test_days__of_nothing__are_none(blank: str) -> None:
    settings = of_query(SETTLEMENT_DELAY_DAYS=blank, SETTLEMENT_EVERY_DAYS=blank)
    assert (settings.settlement_delay_days, settings.settlement_every_days) == ({}, {})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SETTLEMENT_DELAY_DAYS", "367", "from 0 to 366"),
        ("SETTLEMENT_DELAY_DAYS", "five", "from 0 to 366"),
        ("SETTLEMENT_DELAY_DAYS", "1_000", "from 0 to 366"),
        # A file that is expected every 0 days never comes in time.
        ("SETTLEMENT_EVERY_DAYS", "0", "from 1 to 366"),
        ("SETTLEMENT_EVERY_DAYS", "367", "from 1 to 366"),
    ],
)
def test_days__that_are_none__are_named(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        of_query(**{name: f"stripe={value}"})
    assert str(refused.value) == (
        f"the environment variable {name} says stripe={value}, which is no number of days {said}"
    )


@pytest.mark.parametrize(
    "value", ["stripe", "stripe=", "stripe=-1", "stripe=1.5", "stripe=1,stripe=2"]
)
def test_days__that_are_no_pairs__are_named_with_an_example(value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        of_query(SETTLEMENT_DELAY_DAYS=value)
    assert str(refused.value) == (
        "the environment variable SETTLEMENT_DELAY_DAYS must be like stripe=5,paypal=1, each name"
        " on the left once"
    )
