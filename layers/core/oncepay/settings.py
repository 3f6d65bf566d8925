"""What does each function need to know? Read once, at its cold start, from exactly the variables
that template.yaml sets.

A function whose environment is incomplete or wrong refuses to start, naming the variable.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from oncepay.domain.money import MAX_FEE_BASIS_POINTS
from oncepay.domain.processor_place import PAYPAL_LIVE, PAYPAL_SANDBOX, ProcessorPlace
from oncepay.domain.provider import Provider

MAX_RETENTION_HOURS = 365 * 24


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it."""


RESERVE_SECONDS = 5.0
"""What comes before a call to a processor: a last attempt at DynamoDB may begin and end in it."""
SETTLE_SECONDS = 6.0
"""What comes after it."""
MAX_FUNCTION_SECONDS = 27
"""API Gateway stops waiting at 29."""
LEASE_MARGIN = timedelta(seconds=5)
"""A worker's lease outlives its function: two clocks may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorSettings:
    """Of every function that works at processors.

    Attributes:
        places: where each processor is that is configured; the first is taken by default.
        timeout_seconds: of one call to a processor.
        lease: how long one worker works on an operation at most.
        retention: how long the answers to requests are kept.
    """

    places: Mapping[Provider, ProcessorPlace]
    timeout_seconds: int
    lease: timedelta
    retention: timedelta

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], *, maximum_seconds: int = MAX_FUNCTION_SECONDS
    ) -> "ProcessorSettings":
        """Read; SettingsError if the clocks are not in order: reserve + processor + settle must fit
        into the function's time, and API Gateway must still be waiting at its end.
        """
        timeout = _whole(environ, "PROCESSOR_TIMEOUT_SECONDS", minimum=1)
        function = _whole(environ, "FUNCTION_TIMEOUT_SECONDS", minimum=1, maximum=maximum_seconds)
        needed = RESERVE_SECONDS + timeout + SETTLE_SECONDS
        if needed >= function:
            raise SettingsError(
                "the environment variable PROCESSOR_TIMEOUT_SECONDS is too long:"
                f" {RESERVE_SECONDS:g} + {timeout} + {SETTLE_SECONDS:g} seconds must be less than"
                f" FUNCTION_TIMEOUT_SECONDS, {function}"
            )
        return cls(
            places=_places(environ),
            timeout_seconds=timeout,
            lease=timedelta(seconds=function) + LEASE_MARGIN,
            retention=_retention(environ),
        )


def _places(environ: Mapping[str, str]) -> dict[Provider, ProcessorPlace]:
    places = {}
    if stripe_url := _optional(environ, "STRIPE_URL"):
        places[Provider.STRIPE] = ProcessorPlace(
            url=stripe_url,
            secret_id=_text(environ, "STRIPE_API_KEY_ID"),
            api_version=_text(environ, "STRIPE_API_VERSION"),
            return_url=_optional(environ, "STRIPE_RETURN_URL"),
        )
    if paypal_url := _optional(environ, "PAYPAL_URL"):
        places[Provider.PAYPAL] = ProcessorPlace(
            url=paypal_url, secret_id=_text(environ, "PAYPAL_CREDENTIALS_ID")
        )
    if simulated_url := _optional(environ, "SIMULATED_PROCESSOR_URL"):
        places[Provider.SIMULATED] = ProcessorPlace(
            url=simulated_url, secret_id=_text(environ, "SIMULATED_PROCESSOR_SECRET_ID")
        )
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPaymentSettings:
    """Of the function process_payment."""

    tables: Mapping[str, str]
    fee_basis_points: int
    minimum_deposit_btc: int
    retention: timedelta
    processors: ProcessorSettings

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ProcessPaymentSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "idempotency": _text(environ, "IDEMPOTENCY_TABLE"),
                "payments": _text(environ, "PAYMENTS_TABLE"),
                "ledger": _text(environ, "LEDGER_TABLE"),
                "settlements": _text(environ, "SETTLEMENTS_TABLE"),
            },
            fee_basis_points=_whole(
                environ, "FEE_BASIS_POINTS", minimum=0, maximum=MAX_FEE_BASIS_POINTS
            ),
            minimum_deposit_btc=_whole(environ, "MINIMUM_DEPOSIT_BTC", minimum=1),
            retention=_retention(environ),
            processors=ProcessorSettings.from_environ(environ),
        )

    def minimum_deposit_minor(self, currency: str) -> int:
        """The least deposit, in minor units of the currency."""
        return self.minimum_deposit_btc if currency == "BTC" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySettings:
    """Of the function query.

    Attributes:
        tables: by role.
        cursor_secret_id: of what lists sign their cursors with.
        settlement_delay_days: by processor, within how many days a captured payment is in a
            settlement file. Those at another processor are not waited for.
        settlement_every_days: by format, every how many days a settlement file comes.
    """

    tables: Mapping[str, str]
    cursor_secret_id: str
    settlement_delay_days: Mapping[str, int]
    settlement_every_days: Mapping[str, int]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "QuerySettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "payments": _text(environ, "PAYMENTS_TABLE"),
                "ledger": _text(environ, "LEDGER_TABLE"),
                "settlements": _text(environ, "SETTLEMENTS_TABLE"),
                "events": _text(environ, "EVENTS_TABLE"),
            },
            cursor_secret_id=_text(environ, "CURSOR_SECRET_ID"),
            settlement_delay_days=_days(environ, "SETTLEMENT_DELAY_DAYS", minimum=0),
            settlement_every_days=_days(environ, "SETTLEMENT_EVERY_DAYS", minimum=1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """Of the function reconcile.

    Attributes:
        processors: whose settlement files they are, by format.
        tolerance_minor: by how much an amount in a file may differ, in minor units.
    """

    tables: Mapping[str, str]
    bucket: str
    queue_url: str
    processors: Mapping[str, str]
    tolerance_minor: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ReconcileSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "payments": _text(environ, "PAYMENTS_TABLE"),
                "ledger": _text(environ, "LEDGER_TABLE"),
                "settlements": _text(environ, "SETTLEMENTS_TABLE"),
            },
            bucket=_text(environ, "SETTLEMENT_BUCKET"),
            queue_url=_text(environ, "SETTLEMENT_QUEUE_URL"),
            processors=_pairs(environ, "SETTLEMENT_PROCESSORS"),
            tolerance_minor=_whole(environ, "SETTLEMENT_TOLERANCE_MINOR", minimum=0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """Of the function authorizer."""

    tables: Mapping[str, str]
    environment: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "AuthorizerSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={"directory": _text(environ, "DIRECTORY_TABLE")},
            environment=_text(environ, "ONCEPAY_ENVIRONMENT"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Of the function webhook.

    Attributes:
        tables: by role.
        stripe_webhook_secret_id: of what Stripe signs with.
        paypal_webhook_id: of the secret that holds the id of our webhook at PayPal; None if PayPal
            is not configured.
        paypal_root: the certificate that vouches for PayPal's, in PEM; None for PayPal's own.
        processors: see there.
    """

    tables: Mapping[str, str]
    stripe_webhook_secret_id: str
    paypal_webhook_id: str | None
    paypal_root: bytes | None
    processors: ProcessorSettings

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "WebhookSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables=_operation_tables(environ)
            | {"settlements": _text(environ, "SETTLEMENTS_TABLE")},
            stripe_webhook_secret_id=_text(environ, "STRIPE_WEBHOOK_SECRET_ID"),
            paypal_webhook_id=(
                _text(environ, "PAYPAL_WEBHOOK_ID_SECRET_ID")
                if _optional(environ, "PAYPAL_URL")
                else None
            ),
            paypal_root=_paypal_root(environ),
            processors=ProcessorSettings.from_environ(environ),
        )


MAX_SWEEP_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """Of the function sweep."""

    tables: Mapping[str, str]
    processors: ProcessorSettings

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "SweepSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables=_operation_tables(environ),
            processors=ProcessorSettings.from_environ(environ, maximum_seconds=MAX_SWEEP_SECONDS),
        )


def _operation_tables(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "idempotency": _text(environ, "IDEMPOTENCY_TABLE"),
        "payments": _text(environ, "PAYMENTS_TABLE"),
        "ledger": _text(environ, "LEDGER_TABLE"),
        "events": _text(environ, "EVENTS_TABLE"),
    }


def _retention(environ: Mapping[str, str]) -> timedelta:
    # Clients are promised a day at least.
    hours = _whole(environ, "IDEMPOTENCY_RETENTION_HOURS", minimum=24, maximum=MAX_RETENTION_HOURS)
    return timedelta(hours=hours)


_PAIR = re.compile(r"([a-z][a-z0-9_]*)=([a-z0-9][a-z0-9_]*)", re.ASCII)


def _pairs(
    environ: Mapping[str, str], name: str, *, example: str = "stripe=stripe,paypal=paypal"
) -> dict[str, str]:
    """`stripe=stripe,paypal=paypal`: what each thing on the left has on the right."""
    pairs: dict[str, str] = {}
    for word in environ.get(name, "").replace(",", " ").split():
        found = _PAIR.fullmatch(word)
        if found is None or found[1] in pairs:
            raise SettingsError(
                f"the environment variable {name} must be like {example}, each name on the left"
                " once"
            )
        pairs[found[1]] = found[2]
    return pairs


MAX_SETTLEMENT_DAYS = 366


def _days(environ: Mapping[str, str], name: str, *, minimum: int) -> dict[str, int]:
    """`stripe=5,paypal=1`: numbers of days, by name."""
    days: dict[str, int] = {}
    for left, right in _pairs(environ, name, example="stripe=5,paypal=1").items():
        # The pattern of a pair lets only ASCII in.
        if not right.isdigit() or not minimum <= int(right) <= MAX_SETTLEMENT_DAYS:
            raise SettingsError(
                f"the environment variable {name} says {left}={right}, which is no number of days"
                f" from {minimum} to {MAX_SETTLEMENT_DAYS}"
            )
        days[left] = int(right)
    return days


def _optional(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(name, "").strip() or None


def _paypal_root(environ: Mapping[str, str]) -> bytes | None:
    """PayPal's own are pinned in the code; any other server's has to be given."""
    root, url = _pem(environ, "PAYPAL_ROOT"), _optional(environ, "PAYPAL_URL")
    if url is not None and (url.rstrip("/") in PAYPAL_LIVE + PAYPAL_SANDBOX) != (root is None):
        raise SettingsError(
            "the environment variable PAYPAL_ROOT must be given if PAYPAL_URL is not PayPal's own,"
            " and only then"
        )
    return root


def _pem(environ: Mapping[str, str], name: str) -> bytes | None:
    """A certificate, given as the base64 between its first and last line."""
    text = _optional(environ, name)
    if text is None:
        return None
    try:
        b64decode(text, validate=True)
    except ValueError:
        raise SettingsError(f"the environment variable {name} must be base64") from None
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode()


def _text(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"the environment variable {name} is missing or empty")
    return value


def _whole(
    environ: Mapping[str, str], name: str, *, minimum: int, maximum: int | None = None
) -> int:
    text = _text(environ, name)
    if not (text.isascii() and text.isdigit()):
        raise SettingsError(f"the environment variable {name} must be a whole number")
    value = int(text)
    if value < minimum or (maximum is not None and value > maximum):
        raise SettingsError(f"the environment variable {name} is out of range")
    return value
