"""What does the function sweep need to know?"""

from collections.abc import Mapping
from dataclasses import dataclass

from oncepay.settings.at_processors import ProcessorSettings
from oncepay.settings.variables import read_operation_tables, read_usage_sampling

MAX_SWEEP_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """Of the function sweep."""

    tables: Mapping[str, str]
    processors: ProcessorSettings
    usage_sampling: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "SweepSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables=read_operation_tables(environ),
            processors=ProcessorSettings.from_environ(environ, maximum_seconds=MAX_SWEEP_SECONDS),
            usage_sampling=read_usage_sampling(environ),
        )
