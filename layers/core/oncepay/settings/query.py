"""What does the function query need to know?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oncepay.settings.variables import read_days, read_text, read_usage_sampling, read_whole

if TYPE_CHECKING:
    from oncepay.domain.deployment import Deployment

# Beside those that are read: what the bill of real use is measured on.
OTHER_TABLES = ("IDEMPOTENCY_TABLE", "DIRECTORY_TABLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySettings:
    """Of the function query.

    Attributes:
        tables: by role.
        cursor_secret_id: of what lists sign their cursors with.
        settlement_delay_days: by processor, within how many days a captured payment is in a
            settlement file. Those at another processor are not waited for.
        settlement_every_days: by format, every how many days a settlement file comes.
        usage_sampling: one call in so many says in the log what it used.
        stack: the stack's name, its region, and its functions' architecture.
        memory_mb: of each of its functions.
        other_tables: names of tables that are measured, and not read.
    """

    tables: Mapping[str, str]
    cursor_secret_id: str
    settlement_delay_days: Mapping[str, int]
    settlement_every_days: Mapping[str, int]
    usage_sampling: int
    stack: tuple[str, str, str]
    memory_mb: int
    other_tables: tuple[str, ...]

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
            usage_sampling=read_usage_sampling(environ),
            stack=(
                read_text(environ, "STACK_NAME"),
                read_text(environ, "STACK_REGION"),
                read_text(environ, "FUNCTION_ARCHITECTURE"),
            ),
            memory_mb=read_whole(environ, "FUNCTION_MEMORY_MB", minimum=1),
            other_tables=tuple(read_text(environ, name) for name in OTHER_TABLES),
        )

    def deployment(self) -> "Deployment":
        """What the bill of real use is measured on."""
        # Imported here: no other call needs it.
        from oncepay.domain.deployment import Deployment

        name, region, architecture = self.stack
        return Deployment(
            name=name,
            region=region,
            architecture=architecture,
            memory_mb=self.memory_mb,
            tables=(*self.tables.values(), *self.other_tables),
            sampled_one_in=self.usage_sampling,
        )
