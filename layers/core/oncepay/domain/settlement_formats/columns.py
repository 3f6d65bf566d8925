"""Where in a record are the columns that a format reads? They are found by their names: the order
does not matter, and columns that nobody asks for are passed over.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter

from oncepay.domain.settlement_formats.row import FileRefused, NotAllGoodError

type Column = tuple[str, ...]

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class Columns:
    """The columns of one header.

    Args:
        header: its names.
        required: what must be there, in the order in which `cells` gives it.
        optional: what follows; the cell of one that is not there is empty.
        line: of the header.
        key: what makes of a name what is compared.

    Attributes:
        width: how many cells every record must have.
        cells: what a record of that width has in the wanted columns, of which there are several.

    Raises:
        FileRefused: a column is missing, or there twice.
    """

    def __init__(
        self,
        header: Sequence[str],
        *,
        required: Sequence[str],
        optional: Sequence[str] = (),
        line: int = 1,
        key: Callable[[str], str] = str,
    ) -> None:
        self.width = len(header)
        names = [key(name) for name in header]
        wanted = [*required, *optional]
        for name in wanted:
            if names.count(key(name)) > 1:
                raise FileRefused(f"line {line}: the column {name} is there twice")
        for name in required:
            if key(name) not in names:
                raise FileRefused(f"line {line}: the column {name} is missing")
        # A cell beyond the last one stands for the columns that are not there.
        places = {name: place for place, name in enumerate(names)}
        pick = itemgetter(*(places.get(key(name), self.width) for name in wanted))
        self.cells: Callable[[Sequence[str]], tuple[str, ...]] = pick
        if any(key(name) not in places for name in wanted):
            self.cells = lambda record: pick([*record, ""])
        self._pick_columns: Callable[[Sequence[Column]], tuple[Column, ...]] = pick

    def turned(self, records: Sequence[Sequence[str]]) -> tuple[Column, ...]:
        """What records have in the wanted columns, column by column.

        Raises:
            NotAllGoodError: one is not of the right width.
        """
        if set(map(len, records)) != {self.width}:
            raise NotAllGoodError
        return self._pick_columns([*zip(*records, strict=True), ("",) * len(records)])


def fold(name: str) -> str:
    """A name without blanks and in lower case: `Transaction  ID` is the same as `TransactionID`."""
    return "".join(name.split()).casefold()


def require_commas(first: Sequence[str], mark: str) -> None:
    """Say so if a record is one cell only since other separators than commas are between its names.

    Raises:
        FileRefused: it has `mark` in it, and another separator.
    """
    if len(first) != 1 or mark not in first[0]:
        return
    for separator, called in _OTHER_SEPARATORS.items():
        if separator in first[0]:
            raise FileRefused(
                f"line 1: the columns are separated by {called}, and must be by commas"
            )
