"""How does a row stand in a file? Its cells, with what a row is spoiled with, as a line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from tests.settlements.formats.said import EXPONENTS

_BAD_AMOUNTS = (
    "12,50",
    "",
    "1e3",
    "+5",
    " 7",
    "0x1F",
    "\u0665",
    "--1",
    "5.",
    ".5",
    "9" * 20,
    "=1+1",
)


def major(minor: int, currency: str, *, variant: int = 0) -> str:
    """In major units: with all decimals, or with those that are needed."""
    exponent = EXPONENTS[currency]
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(exponent + 1, "0")
    if not exponent:
        return sign + digits
    whole, fraction = digits[:-exponent], digits[-exponent:]
    if variant % 5 == 4:
        fraction = fraction.rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole


def zoned(at: datetime, offset_minutes: int, form: str) -> str:
    """A time in some zone."""
    return at.astimezone(timezone(timedelta(minutes=offset_minutes))).strftime(form)


def spoiled(
    cells: Mapping[str, str], spoil: str | None, names: Mapping[str, str], variant: int
) -> dict[str, str]:
    """The cells, of which one says what nobody can read.

    Args:
        cells: by their columns.
        spoil: of SPOILS or FILE_SPOILS.
        names: the columns of amount, currency, time, kind, id and net.
        variant: chooses what is there instead.
    """
    cells = dict(cells)
    match spoil:
        case "amount":
            cells[names["amount"]] = _BAD_AMOUNTS[variant % len(_BAD_AMOUNTS)]
        case "amount_too_exact":
            cells[names["amount"]] += "1234" if "." in cells[names["amount"]] else ".12345"
        case "currency":
            cells[names["currency"]] = ("XXX", "us dollars", "", "USDT")[variant % 4]
        case "time":
            cells[names["time"]] = ("yesterday", "", "2026-13-01 00:00:00", "1")[variant % 4]
        case "kind":
            cells[names["kind"]] = ("something_else", "")[variant % 2]
        case "id":
            cells[names["id"]] = ("é", "x" * 101, "tab\there")[variant % 3]
        case "net":
            cells[names["net"]] = "987654"
    return cells


def line_of(
    values: Sequence[str], spoil: str | None, quoted: Callable[[int], bool], newline: str
) -> str:
    """A line, without its end; spoiled, it may be several."""
    cells = [
        _quoted(value) if quoted(place) else _if_needed(value) for place, value in enumerate(values)
    ]
    match spoil:
        case "short":
            cells.pop()
        case "long":
            cells.append("")
        case "two_lines":
            cells[-1] = f'"a{newline}b"'
        case "three_lines":
            cells[-1] = f'"a{newline}b{newline}c"'
        case "junk":
            cells[0] = '"a"b'
        case "open_quote":
            cells[-1] = '"a'
    return ",".join(cells)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _if_needed(value: str) -> str:
    return _quoted(value) if any(mark in value for mark in ',"\r\n') else value
