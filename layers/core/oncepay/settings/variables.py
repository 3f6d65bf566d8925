"""How is a variable of the environment read? If it is missing or wrong, the error names it."""

import re
from collections.abc import Mapping
from datetime import timedelta

MAX_RETENTION_HOURS = 365 * 24
MAX_SETTLEMENT_DAYS = 366
MAX_USAGE_SAMPLING = 100_000
_PAIR = r"([a-z][a-z0-9_]*)=([a-z0-9][a-z0-9_]*)"


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it."""


def read_text(environ: Mapping[str, str], name: str) -> str:
    """A variable that must be there."""
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"the environment variable {name} is missing or empty")
    return value


def read_whole(
    environ: Mapping[str, str], name: str, *, minimum: int, maximum: int | None = None
) -> int:
    """A whole number within these bounds."""
    text = read_text(environ, name)
    if not (text.isascii() and text.isdigit()):
        raise SettingsError(f"the environment variable {name} must be a whole number")
    value = int(text)
    if value < minimum or (maximum is not None and value > maximum):
        raise SettingsError(f"the environment variable {name} is out of range")
    return value


def read_optional(environ: Mapping[str, str], name: str) -> str | None:
    """A variable that may be missing or empty."""
    return environ.get(name, "").strip() or None


def read_pairs(
    environ: Mapping[str, str], name: str, *, example: str = "stripe=stripe,paypal=paypal"
) -> dict[str, str]:
    """`stripe=stripe,paypal=paypal`: what each thing on the left has on the right."""
    pairs: dict[str, str] = {}
    for word in environ.get(name, "").replace(",", " ").split():
        found = re.fullmatch(_PAIR, word, re.ASCII)
        if found is None or found[1] in pairs:
            raise SettingsError(
                f"the environment variable {name} must be like {example}, each name on the left"
                " once"
            )
        pairs[found[1]] = found[2]
    return pairs


def read_days(environ: Mapping[str, str], name: str, *, minimum: int) -> dict[str, int]:
    """`stripe=5,paypal=1`: numbers of days, by name."""
    days: dict[str, int] = {}
    for left, right in read_pairs(environ, name, example="stripe=5,paypal=1").items():
        # The pattern of a pair lets only ASCII in.
        if not right.isdigit() or not minimum <= int(right) <= MAX_SETTLEMENT_DAYS:
            raise SettingsError(
                f"the environment variable {name} says {left}={right}, which is no number of days"
                f" from {minimum} to {MAX_SETTLEMENT_DAYS}"
            )
        days[left] = int(right)
    return days


def read_retention(environ: Mapping[str, str]) -> timedelta:
    """How long answers to requests are kept."""
    # Clients are promised a day at least.
    hours = read_whole(
        environ, "IDEMPOTENCY_RETENTION_HOURS", minimum=24, maximum=MAX_RETENTION_HOURS
    )
    return timedelta(hours=hours)


def read_usage_sampling(environ: Mapping[str, str]) -> int:
    """One call in so many says in the log what it used; 0 is none."""
    return read_whole(environ, "USAGE_SAMPLING", minimum=0, maximum=MAX_USAGE_SAMPLING)


def read_operation_tables(environ: Mapping[str, str]) -> dict[str, str]:
    """The tables that work at processors needs, by role."""
    return {
        "idempotency": read_text(environ, "IDEMPOTENCY_TABLE"),
        "payments": read_text(environ, "PAYMENTS_TABLE"),
        "ledger": read_text(environ, "LEDGER_TABLE"),
        "events": read_text(environ, "EVENTS_TABLE"),
    }
