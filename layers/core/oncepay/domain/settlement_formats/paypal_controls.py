"""Do the footers of a PayPal settlement report agree with its rows, and are they all there? A
section begins with SH, and ends with SC, which says how many rows it has; before that an SF for
each currency says what they come to. RF and RC say the same of all sections.

A section that is not ended is that of a file that was cut off. RF, RC and FF are not in every file,
and how a report of several files shares them is not published: what cannot be read of RF and RC is
passed over, and so are both in any but the first file.

Source: PayPal, "Settlement report", version 9, as of 2026-11.
"""

from collections.abc import Sequence
from itertools import compress

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.settlement_formats.paypal_amounts import (
    MAX_DIGITS_OF_A_SUM,
    NAMES,
    Tally,
    read_amount,
)
from oncepay.domain.settlement_formats.row import FileRefused, UnreadableCellError
from oncepay.domain.settlement_formats.shown import show

_FIRST_SUM = 2
_AFTER_SUMS = _FIRST_SUM + len(NAMES)
_WITH_COUNT = _AFTER_SUMS + 6 * 2 + 1
"""After the sums come six balances, each after its CR or DR, and a count of rows."""


class Controls:
    """Of one file.

    Attributes:
        section: the number of the one that is open, from 1, as text; empty if none is.
        fault: the first disagreement, if any: not raised before the end, where a row that could
            not be read is the better reason.
    """

    def __init__(self) -> None:
        self.section = ""
        self.fault: str | None = None
        self._sections = 0
        self._is_first_file = True
        self._rows = 0
        self._tallies: dict[str, Tally] = {}
        self._proved: set[str] = set()
        self._whole_rows = 0
        self._whole_tallies: dict[str, Tally] = {}
        self._has_ended = False

    def take(self, record: Sequence[str], *, line: int) -> None:
        """A record that is neither a row nor the names of columns.

        Raises:
            FileRefused: it is not where it can be, or there are no such records.
        """
        if not record:
            return
        kind = record[0]
        if self._has_ended:
            raise FileRefused(f"line {line} comes after the end of the file, which is its FF")
        match kind:
            case "FH":
                self._is_first_file = record[1:2] in ([], ["01"], ["1"])
            case "SH":
                self._begin(line)
            case "SF":
                self._prove_currency(record, line)
            case "SC":
                self._end(record, line)
            case "RF":
                self._require_closed(line)
                self._prove_whole_currency(record, line)
            case "RC":
                self._require_closed(line)
                self._prove_whole(record, line)
            case "FF":
                self._require_closed(line)
                self._has_ended = True
            case _:
                raise FileRefused(
                    f"line {line} is of the type {show(kind)!r}, which no record of a settlement"
                    " report is"
                )

    def require_open(self, line: int) -> None:
        """A row, or the names of columns, is in a section and before its totals.

        Raises:
            FileRefused: it is not.
        """
        if not self.section or self._proved:
            raise FileRefused(
                f"line {line} is not between the beginning of a section and its totals"
            )

    def count_rows(self, rows: int) -> None:
        """Rows are there, whether or not they can be read."""
        self._rows += rows

    def tally_of(self, currency: str) -> Tally:
        """To which the amounts of a row are added."""
        tally = self._tallies.get(currency)
        if tally is None:
            tally = self._tallies[currency] = Tally()
        return tally

    def add(
        self,
        currencies: Sequence[str],
        gross_minor: Sequence[int],
        are_debits: Sequence[bool],
        fee_minor: Sequence[int],
        are_fee_debits: Sequence[bool],
    ) -> None:
        """What many rows come to, each of its currency."""
        known = set(currencies)
        if len(known) == 1:
            tally = self.tally_of(currencies[0])
            tally.add_rows(gross_minor, are_debits, fee_minor, are_fee_debits)
            return
        for currency in known:
            are_of_it = [one == currency for one in currencies]
            self.tally_of(currency).add_rows(
                list(compress(gross_minor, are_of_it)),
                list(compress(are_debits, are_of_it)),
                list(compress(fee_minor, are_of_it)),
                list(compress(are_fee_debits, are_of_it)),
            )

    def require_end(self) -> None:
        """The file is at its end.

        Raises:
            FileRefused: that is no end, or what it says of itself does not agree.
        """
        if self.section:
            raise FileRefused(
                f"the file is cut off: its section {self.section} has no end (a record SC)"
            )
        if not self._sections:
            raise FileRefused("the file is cut off: it has no section")
        if self.fault:
            raise FileRefused(self.fault)

    def _begin(self, line: int) -> None:
        self._require_closed(line)
        self._sections += 1
        self.section = str(self._sections)

    def _prove_currency(self, record: Sequence[str], line: int) -> None:
        if not self.section:
            raise FileRefused(f"line {line} has the totals of a section, and none is open")
        totals = _read_totals(record)
        if totals is None:
            raise FileRefused(f"line {line} must have a currency and four whole sums")
        currency, said = totals
        if currency in self._proved:
            raise FileRefused(f"line {line} has the totals of {currency} a second time")
        self._proved.add(currency)
        tally = self.tally_of(currency)
        what = f"line {line}: section {self.section}"
        self._note(tally.fault(said, currency), what)
        # Of several currencies it is not published which rows are counted: its own, or all.
        if len(record) == _WITH_COUNT and not _says(record[-1], self._rows):
            self._note_count(record[-1], tally.rows, f"{what} in {currency}")

    def _end(self, record: Sequence[str], line: int) -> None:
        if not self.section:
            raise FileRefused(f"line {line} ends a section, and none is open")
        what = f"line {line}: section {self.section}"
        self._note_count(_second(record), self._rows, what)
        for currency in sorted(self._tallies.keys() - self._proved):
            self._note(f"has rows in {currency}, and no totals of them (a record SF)", what)
        for currency, tally in self._tallies.items():
            self._whole_tallies.setdefault(currency, Tally()).add(tally)
        self._whole_rows += self._rows
        self._rows, self.section = 0, ""
        self._tallies.clear()
        self._proved.clear()

    def _prove_whole_currency(self, record: Sequence[str], line: int) -> None:
        totals = _read_totals(record)
        if totals is not None and self._is_first_file:
            currency, said = totals
            tally = self._whole_tallies.get(currency, Tally())
            self._note(tally.fault(said, currency), f"line {line}: the report")

    def _prove_whole(self, record: Sequence[str], line: int) -> None:
        if self._is_first_file and _second(record).isdecimal():
            self._note_count(_second(record), self._whole_rows, f"line {line}: the report")

    def _require_closed(self, line: int) -> None:
        if self.section:
            raise FileRefused(
                f"line {line}: section {self.section} has no end (a record SC) before it"
            )

    def _note_count(self, said: str, found: int, what: str) -> None:
        if not _says(said, found):
            self._note(f"says that it has {show(said) or 'no'} rows, and it has {found}", what)

    def _note(self, fault: str | None, what: str) -> None:
        if fault and not self.fault:
            self.fault = f"{what} {fault}"


def _read_totals(record: Sequence[str]) -> tuple[str, list[int]] | None:
    if len(record) < _AFTER_SUMS or record[1] not in EXPONENTS:
        return None
    currency = record[1]
    try:
        return currency, [
            read_amount(name, text, currency, max_digits=MAX_DIGITS_OF_A_SUM)
            for name, text in zip(NAMES, record[_FIRST_SUM:_AFTER_SUMS], strict=True)
        ]
    except UnreadableCellError:
        return None


def _second(record: Sequence[str]) -> str:
    return record[1] if len(record) > 1 else ""


def _says(count: str, rows: int) -> bool:
    return count.isdecimal() and count.lstrip("0") == str(rows or "")
