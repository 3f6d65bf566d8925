"""What does the function query need to know?"""

from collections.abc import Mapping
from dataclasses import dataclass

from oncepay.settings.variables import read_days, read_text


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
                "payments": read_text(environ, "PAYMENTS_TABLE"),
                "ledger": read_text(environ, "LEDGER_TABLE"),
                "settlements": read_text(environ, "SETTLEMENTS_TABLE"),
                "events": read_text(environ, "EVENTS_TABLE"),
            },
            cursor_secret_id=read_text(environ, "CURSOR_SECRET_ID"),
            settlement_delay_days=read_days(environ, "SETTLEMENT_DELAY_DAYS", minimum=0),
            settlement_every_days=read_days(environ, "SETTLEMENT_EVERY_DAYS", minimum=1),
        )
