"""What amount does PayPal's settlement report write? A whole number with no sign and no point, and
beside it CR or DR: 10000 is 100.00 USD, and 10000 JPY. Credits are counted apart from debits, since
PayPal's totals are, too.

PayPal has no decimals of HUF and TWD, where we have two: their numbers are taken to be whole ones.

Source: PayPal, "Settlement report", version 9, and "Currency codes", as of 2026-11.
"""

from collections.abc import Sequence
from itertools import compress

from oncepay.domain.settlement_formats.decimals import MAX_DIGITS, write_decimal
from oncepay.domain.settlement_formats.row import NotAllGoodError, UnreadableCellError

_UNITS = {"HUF": 100, "TWD": 100}

MAX_DIGITS_OF_A_SUM = 24
"""Of more rows than any file may have, each of the largest amount."""

NAMES = ("gross credits", "gross debits", "fee credits", "fee debits")
"""Of a currency's totals, in the order in which PayPal writes them."""


def read_amount(column: str, text: str, currency: str, *, max_digits: int = MAX_DIGITS) -> int:
    """Its minor units.

    Raises:
        UnreadableCellError: naming `column`.
    """
    if text.isdecimal() and text.isascii() and len(text) <= max_digits:
        return int(text) * _UNITS[currency] if currency in _UNITS else int(text)
    raise UnreadableCellError(
        column, text, f"must be a whole number of at most {max_digits} digits, with no sign"
    )


def read_amounts(texts: Sequence[str], currencies: Sequence[str]) -> list[int]:
    """The same of many rows, of these currencies.

    Raises:
        NotAllGoodError: there is one that cannot be read.
    """
    joined = "".join(texts)
    widths = set(map(len, texts))
    if not (joined.isdecimal() and joined.isascii()) or 0 in widths or max(widths) > MAX_DIGITS:
        raise NotAllGoodError
    if _UNITS.keys().isdisjoint(set(currencies)):
        return list(map(int, texts))
    return [
        int(text) * _UNITS.get(currency, 1)
        for text, currency in zip(texts, currencies, strict=True)
    ]


def read_is_debit(column: str, text: str) -> bool:
    """Whether it says DR.

    Raises:
        UnreadableCellError: naming `column`, if it does not say CR either.
    """
    if text == "CR":
        return False
    if text == "DR":
        return True
    raise UnreadableCellError(column, text, "must be CR or DR")


class Tally:
    """What the rows of one currency come to.

    Attributes:
        rows: how many there are.
        sums_minor: by `NAMES`.
    """

    __slots__ = ("rows", "sums_minor")

    def __init__(self) -> None:
        self.rows = 0
        self.sums_minor = [0, 0, 0, 0]

    def add_rows(
        self,
        gross_minor: Sequence[int],
        are_debits: Sequence[bool],
        fee_minor: Sequence[int],
        are_fee_debits: Sequence[bool],
    ) -> None:
        """Amounts of rows, and whether they are debits."""
        self.rows += len(gross_minor)
        for first, amounts, are_debits_of in (
            (0, gross_minor, are_debits),
            (2, fee_minor, are_fee_debits),
        ):
            debits = sum(compress(amounts, are_debits_of))
            self.sums_minor[first] += sum(amounts) - debits
            self.sums_minor[first + 1] += debits

    def add(self, other: "Tally") -> None:
        """All that another one has."""
        self.rows += other.rows
        self.sums_minor = [a + b for a, b in zip(self.sums_minor, other.sums_minor, strict=True)]

    def fault(self, said_minor: list[int], currency: str) -> str | None:
        """What does not agree with totals that a file says; None if all do."""
        for name, said, found in zip(NAMES, said_minor, self.sums_minor, strict=True):
            if said != found:
                return (
                    f"says {name} of {write_decimal(said, currency)} {currency}, and its rows come"
                    f" to {write_decimal(found, currency)} {currency}"
                )
        return None
