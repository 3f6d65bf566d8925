"""What does each function need to know? Read once, at its cold start, from exactly the variables
that template.yaml sets.

A function whose environment is incomplete or wrong refuses to start, naming the variable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from oncepay.domain.money import MAX_FEE_BASIS_POINTS

MAX_RETENTION_HOURS = 365 * 24


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPaymentSettings:
    """Of the function process_payment."""

    tables: Mapping[str, str]
    fee_basis_points: int
    minimum_deposit_btc: int
    retention: timedelta

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ProcessPaymentSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "idempotency": _text(environ, "IDEMPOTENCY_TABLE"),
                "payments": _text(environ, "PAYMENTS_TABLE"),
                "ledger": _text(environ, "LEDGER_TABLE"),
            },
            fee_basis_points=_whole(
                environ, "FEE_BASIS_POINTS", minimum=0, maximum=MAX_FEE_BASIS_POINTS
            ),
            minimum_deposit_btc=_whole(environ, "MINIMUM_DEPOSIT_BTC", minimum=1),
            # Clients are promised a day at least.
            retention=timedelta(
                hours=_whole(
                    environ,
                    "IDEMPOTENCY_RETENTION_HOURS",
                    minimum=24,
                    maximum=MAX_RETENTION_HOURS,
                )
            ),
        )

    def minimum_deposit_minor(self, currency: str) -> int:
        """The least deposit, in minor units of the currency."""
        return self.minimum_deposit_btc if currency == "BTC" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySettings:
    """Of the function query."""

    tables: Mapping[str, str]
    cursor_secret_id: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "QuerySettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "payments": _text(environ, "PAYMENTS_TABLE"),
                "ledger": _text(environ, "LEDGER_TABLE"),
                "settlements": _text(environ, "SETTLEMENTS_TABLE"),
            },
            cursor_secret_id=_text(environ, "CURSOR_SECRET_ID"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """Of the function reconcile."""

    tables: Mapping[str, str]
    bucket: str
    queue_url: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ReconcileSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "payments": _text(environ, "PAYMENTS_TABLE"),
                "settlements": _text(environ, "SETTLEMENTS_TABLE"),
            },
            bucket=_text(environ, "SETTLEMENT_BUCKET"),
            queue_url=_text(environ, "SETTLEMENT_QUEUE_URL"),
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
    """Of the function webhook."""

    tables: Mapping[str, str]
    stripe_webhook_secret_id: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "WebhookSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={"events": _text(environ, "EVENTS_TABLE")},
            stripe_webhook_secret_id=_text(environ, "STRIPE_WEBHOOK_SECRET_ID"),
        )


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
