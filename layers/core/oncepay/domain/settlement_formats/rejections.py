"""Which rows of a file could not be read? What is wrong with one is said of it, and the first one
is remembered: totals that it is part of cannot be proved without it.
"""

from collections.abc import Sequence

from oncepay.domain.settlement_formats.row import FileRefused, RejectedRow, UnreadableCellError
from oncepay.domain.settlement_formats.shown import show


class Rejections:
    """Of one file, in the order of its lines.

    Attributes:
        first: None as long as there is none.
    """

    def __init__(self) -> None:
        self.first: RejectedRow | None = None

    def of_cell(self, error: UnreadableCellError, *, number: int, line: int) -> RejectedRow:
        """A row is rejected for one of its cells."""
        return self._remember(
            RejectedRow(
                number=number,
                line=line,
                column=error.column,
                rule=error.rule,
                value=show(error.text),
            )
        )

    def of_width(self, record: Sequence[str], width: int, *, number: int, line: int) -> RejectedRow:
        """A row is rejected since it has more or fewer cells than there are columns."""
        rule = f"must have {width} columns, and has {len(record)}"
        return self._remember(
            RejectedRow(number=number, line=line, column=None, rule=rule, value=None)
        )

    def require_none(self, *, read: int, rows: int) -> None:
        """The file carries totals: they prove nothing unless every row was read.

        Args:
            read: rows that came here.
            rows: rows that the file has, with those that were no records at all.

        Raises:
            FileRefused: one could not be read.
        """
        if self.first is not None:
            what = self.first.column or "it"
            raise FileRefused(
                f"line {self.first.line} cannot be read: {what} {self.first.rule}; without it the"
                " totals of the file cannot be proved"
            )
        if rows > read:
            raise FileRefused(
                f"{rows - read} of its {rows} rows cannot be read, and without them the totals of"
                " the file cannot be proved"
            )

    def _remember(self, row: RejectedRow) -> RejectedRow:
        self.first = self.first or row
        return row
