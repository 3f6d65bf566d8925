"""Which format is a settlement file of? Its first record says so, and never its name. To add a
format is to write its file and to name it here.
"""

from collections.abc import Sequence

from oncepay.domain.settlement_formats.adyen import AdyenFormat
from oncepay.domain.settlement_formats.format import Format, RowReader
from oncepay.domain.settlement_formats.native import NativeFormat
from oncepay.domain.settlement_formats.paypal import PayPalFormat
from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.shown import show
from oncepay.domain.settlement_formats.stripe import StripeFormat

FORMATS: tuple[Format, ...] = (NativeFormat(), StripeFormat(), PayPalFormat(), AdyenFormat())
"""No two of them take the same first record, so that their order does not matter."""

_NUL = "\0"
_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"))


def detect(first: Sequence[str]) -> tuple[Format, RowReader]:
    """The format of a file that begins with this record, and a reader of the records after it.

    Raises:
        FileRefused: it is of none, or of one and cannot be read.
    """
    for one in FORMATS:
        reader = one.open(first)
        if reader is not None:
            return one, reader
    known = ", ".join(f"{one.title} ({one.name})" for one in FORMATS)
    raise FileRefused(
        f"line 1 begins no settlement file that is known: {_describe(first)}; known are {known}"
    )


def _describe(first: Sequence[str]) -> str:
    """What is there instead, and why, if that can be seen."""
    text = ",".join(first)
    if not text:
        return "it is empty"
    if _NUL in text:
        return "it has NUL bytes, as UTF-16 without a byte order mark has; save it as CSV UTF-8"
    for separator, called in _SEPARATORS:
        if len(first) == 1 and separator in text:
            return f"its columns are separated by {called}, and must be by commas"
    shown = show(text)
    return "it is not shown, as it is like a card number" if shown is None else f"it is {shown!r}"
