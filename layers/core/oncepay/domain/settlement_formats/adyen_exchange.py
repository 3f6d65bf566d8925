"""Does a gross amount, exchanged, come to net and costs? Held exactly, in whole numbers: a rate is
a decimal fraction, and so is what it makes of an amount.
"""

import re

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.settlement_formats.decimals import write_decimal
from oncepay.domain.settlement_formats.row import FileRefused, UnreadableCellError

_RATE = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,20}))?", re.ASCII)
_COLUMN = "Exchange Rate"


def require_exchanged(
    said: tuple[int, str], rate: str, settled: tuple[int, str], cost_minor: int, *, line: int
) -> None:
    """The amount that a row says, at its rate, is what was settled with the costs.

    Args:
        said: minor units and currency of the file's own gross amount.
        rate: what one unit of it is in the other currency; empty if both are the same.
        settled: net and costs together, and their currency.
        cost_minor: the costs therein.
        line: of the row.

    Raises:
        UnreadableCellError: there is no such rate.
        FileRefused: it is not.
    """
    (said_minor, said_currency), (settled_minor, currency) = said, settled
    match = _RATE.fullmatch(rate or ("1" if said_currency == currency else ""))
    if match is None:
        raise UnreadableCellError(_COLUMN, rate, "must be a decimal number, such as 0.9215")
    whole, fraction = match.groups(default="")
    # Both sides as multiples of the finest unit that they have in common.
    unit = 10 ** (len(fraction) + EXPONENTS[said_currency])
    exchanged = said_minor * int(whole + fraction) * 10 ** EXPONENTS[currency]
    off = abs(exchanged - settled_minor * unit)
    is_one = int(whole + fraction) == 10 ** len(fraction)
    if off and (is_one or 2 * off > unit):
        net = write_decimal(settled_minor - cost_minor, currency)
        raise FileRefused(
            f"line {line}: net must be gross less costs, and {net} {currency} is not"
            f" {write_decimal(said_minor, said_currency)} {said_currency}"
            f"{'' if is_one else f' at {rate}'} less {write_decimal(cost_minor, currency)}"
        )
