"""What does the function reconcile need to know?"""

from collections.abc import Mapping
from dataclasses import dataclass

from oncepay.settings.variables import (
    read_pairs,
    read_text,
    read_usage_sampling,
    read_whole,
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
    usage_sampling: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ReconcileSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={
                "payments": read_text(environ, "PAYMENTS_TABLE"),
                "ledger": read_text(environ, "LEDGER_TABLE"),
                "settlements": read_text(environ, "SETTLEMENTS_TABLE"),
            },
            bucket=read_text(environ, "SETTLEMENT_BUCKET"),
            queue_url=read_text(environ, "SETTLEMENT_QUEUE_URL"),
            processors=read_pairs(environ, "SETTLEMENT_PROCESSORS"),
            tolerance_minor=read_whole(environ, "SETTLEMENT_TOLERANCE_MINOR", minimum=0),
            usage_sampling=read_usage_sampling(environ),
        )
