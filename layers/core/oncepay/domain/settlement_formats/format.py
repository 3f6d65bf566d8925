"""What must a format be able to do? To know its files by their first record, to read their records
one by one, and to prove in the end that the file is whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from oncepay.domain.settlement_formats.row import RejectedRow, SettlementRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is paid out together, in one currency, in minor units.

    Attributes:
        net_minor: of all rows but the payout itself.
        payout_minor: what the file says was sent to the bank, above zero; None if it does not say.
    """

    net_minor: int
    payout_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a whole file comes to, by currency; payouts are not in the sums.

    Attributes:
        rows: the rejected ones too.
        batches: by name and currency.
    """

    rows: int
    gross_minor: Mapping[str, int]
    cost_minor: Mapping[str, int]
    batches: Mapping[tuple[str, str], Batch]


class RowReader(Protocol):
    """Reads the records of one file."""

    def read(
        self, record: Sequence[str], *, number: int, line: int
    ) -> SettlementRow | RejectedRow | None:
        """A record after the first one; None if it is no row, such as a header or a total.

        Args:
            record: its fields, as the csv module gives them.
            number: that it has if it is a row.
            line: line of the file in which it begins.

        Raises:
            FileRefused: nothing can be said of the file any more.
        """

    def count_rows(self, block: str) -> int | None:
        """How many rows a block of lines has, if that can be said without reading them, and if
        nothing that it says must be known to read what follows; else None.
        """

    def prove(self, totals: Totals) -> None:
        """The file is at its end: hold what was read against what the file itself says.

        Raises:
            FileRefused: it does not agree, or is cut off; the reason names both numbers.
        """


class Format(Protocol):
    """One kind of file.

    Attributes:
        name: as it is stored and shown.
        title: for a person.
    """

    name: str
    title: str

    def open(self, first: Sequence[str]) -> RowReader | None:
        """A reader, if a file that begins with this record is of this format; else None.

        Raises:
            FileRefused: it is, and cannot be read: a column is missing, or there twice.
        """
