"""What does the function authorizer need to know?"""

from collections.abc import Mapping
from dataclasses import dataclass

from oncepay.settings.variables import read_text, read_usage_sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """Of the function authorizer."""

    tables: Mapping[str, str]
    environment: str
    usage_sampling: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "AuthorizerSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables={"directory": read_text(environ, "DIRECTORY_TABLE")},
            environment=read_text(environ, "ONCEPAY_ENVIRONMENT"),
            usage_sampling=read_usage_sampling(environ),
        )
