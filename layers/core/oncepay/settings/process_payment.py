"""What does the function process_payment need to know?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from oncepay.domain.money import MAX_FEE_BASIS_POINTS
from oncepay.settings.at_processors import ProcessorSettings
from oncepay.settings.variables import (
    read_retention,
    read_text,
    read_usage_sampling,
    read_whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPaymentSettings:
    """Of the function process_payment."""

    tables: Mapping[str, str]
    fee_basis_points: int
    minimum_deposit_btc: int
    retention: timedelta
    processors: ProcessorSettings
    usage_sampling: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ProcessPaymentSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "idempotency": read_text(environ, "IDEMPOTENCY_TABLE"),
                "payments": read_text(environ, "PAYMENTS_TABLE"),
                "ledger": read_text(environ, "LEDGER_TABLE"),
                "settlements": read_text(environ, "SETTLEMENTS_TABLE"),
            },
            fee_basis_points=read_whole(
                environ, "FEE_BASIS_POINTS", minimum=0, maximum=MAX_FEE_BASIS_POINTS
            ),
            minimum_deposit_btc=read_whole(environ, "MINIMUM_DEPOSIT_BTC", minimum=1),
            retention=read_retention(environ),
            processors=ProcessorSettings.from_environ(environ),
            usage_sampling=read_usage_sampling(environ),
        )

    def minimum_deposit_minor(self, currency: str) -> int:
        """The least deposit, in minor units of the currency."""
        return self.minimum_deposit_btc if currency == "BTC" else 1
