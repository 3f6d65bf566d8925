"""What amount does a decimal in major units say, such as `25.00`? Whole minor units, by the
currency's exponent; never by way of a float, and nothing is rounded.
"""

import re
from collections.abc import Mapping, Sequence

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.settlement_formats.row import UnreadableCellError

MAX_DIGITS = 16
"""Of an amount in minor units: the largest that we take has as many."""

_MAX_REMEMBERED = 20_000
"""Amounts repeat, and to look one up takes an eighth of the time of reading it."""


class DecimalAmounts:
    """Reads the amounts of the currencies that have as many decimals.

    Args:
        exponent: how many that is.
        decimals: how many the processor writes, if it writes more: they must be noughts then.

    Attributes:
        nought: as it is written.
    """

    def __init__(self, exponent: int, *, decimals: int = 0) -> None:
        self._exponent = exponent
        self.nought = f"0.{'0' * exponent}" if exponent else "0"
        most = max(exponent, decimals)
        whole = rf"-?[0-9]{{1,{MAX_DIGITS - exponent}}}"
        self._match_exact = re.compile(
            whole + (rf"\.[0-9]{{{exponent}}}" if exponent else ""), re.ASCII
        ).fullmatch
        self._match_many_exact = re.compile(
            rf"(?:{whole}+" + (rf"\.[0-9]{{{exponent}}}" if exponent else "") + r"\n)*+", re.ASCII
        ).fullmatch
        self._match = re.compile(
            whole + (rf"(?:\.[0-9]{{1,{most}}})?" if most else ""), re.ASCII
        ).fullmatch
        self._known: dict[str, int] = {}

    def read(self, column: str, text: str) -> int:
        """The minor units of a cell.

        Raises:
            UnreadableCellError: naming `column`.
        """
        minor = self._known.get(text)
        if minor is None:
            if self._match_exact(text):
                minor = int(text.replace(".", ""))
            else:
                minor = self._read_uneven(column, text)
            if len(self._known) < _MAX_REMEMBERED:
                self._known[text] = minor
        return minor

    def read_many(self, texts: Sequence[str]) -> list[int]:
        """The minor units of many cells, of one line each.

        Raises:
            UnreadableCellError: there is one that cannot be read.
        """
        lines = "\n".join((*texts, ""))
        if self._match_many_exact(lines):
            return list(map(int, lines.replace(".", "").split()))
        return [self.read("", text) for text in texts]

    def read_unsigned(self, column: str, text: str) -> int:
        """The same, where the column itself says the direction.

        Raises:
            UnreadableCellError: naming `column`.
        """
        minor = self._known.get(text)
        if minor is None:
            minor = self.read(column, text)
        if minor < 0:
            raise UnreadableCellError(column, text, "must be an amount without a sign")
        return minor

    def _read_uneven(self, column: str, text: str) -> int:
        """With fewer decimals than the currency has, or with noughts after them."""
        whole, _, fraction = text.partition(".")
        if self._match(text) is None or fraction[self._exponent :].strip("0"):
            raise UnreadableCellError(column, text, self._rule(text))
        return int(whole + fraction[: self._exponent].ljust(self._exponent, "0"))

    def _rule(self, text: str) -> str:
        if "," in text:
            return "must have a point before its decimals, and no comma"
        digits = MAX_DIGITS - self._exponent
        if not self._exponent:
            return f"must be a number of at most {digits} digits and no decimals, such as -5"
        return (
            f"must be a number of at most {digits} digits and {self._exponent} decimals, such as"
            f" -5.{'0' * self._exponent}"
        )


def amounts_by_currency(decimals: Mapping[str, int]) -> dict[str, DecimalAmounts]:
    """What reads the amounts of each currency of ours.

    Args:
        decimals: how many a processor writes of a currency, where these are more than it has.
    """
    kinds = {code: (exponent, decimals.get(code, 0)) for code, exponent in EXPONENTS.items()}
    readers = {kind: DecimalAmounts(kind[0], decimals=kind[1]) for kind in set(kinds.values())}
    return {code: readers[kind] for code, kind in kinds.items()}


class AmountsOfRows:
    """Reads amounts of many rows, column by column.

    Args:
        by_currency: what reads the amounts of each currency.
        currencies: of the rows, one by one.

    Raises:
        KeyError: a currency is not known.
    """

    def __init__(
        self, by_currency: Mapping[str, DecimalAmounts], currencies: Sequence[str]
    ) -> None:
        self._currencies = currencies
        self._by_currency = by_currency
        readers = {by_currency[currency] for currency in set(currencies)}
        self._only = readers.pop() if len(readers) == 1 else None

    def read(self, texts: Sequence[str]) -> list[int]:
        """The minor units of a column.

        Raises:
            UnreadableCellError: there is a cell that cannot be read.
        """
        if self._only is not None:
            return self._only.read_many(texts)
        readers = map(self._by_currency.__getitem__, self._currencies)
        return [one.read("", text) for one, text in zip(readers, texts, strict=True)]

    def read_or_nought(self, texts: Sequence[str]) -> list[int]:
        """The same, where an empty cell is as good as a nought.

        Raises:
            UnreadableCellError: there is a cell that cannot be read.
        """
        if "" not in texts:
            return self.read(texts)
        if not any(texts):
            return [0] * len(texts)
        nought = self._only.nought if self._only is not None else "0"
        return self.read([text or nought for text in texts])


def write_decimal(amount_minor: int, currency: str) -> str:
    """`-5.00`: an amount as a person reads it, without its currency."""
    exponent = EXPONENTS[currency]
    if not exponent:
        return str(amount_minor)
    whole, fraction = divmod(abs(amount_minor), 10**exponent)
    return f"{'-' if amount_minor < 0 else ''}{whole}.{fraction:0{exponent}d}"
