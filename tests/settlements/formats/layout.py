"""How is a file laid out? Everything about it that changes no row, and what damages it."""

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ENCODINGS: Final = (
    "utf-8",
    "utf-8-sig",
    "utf-16-le",
    "utf-16-be",
    "gzip",
    "two gzip members",
    "gzip of utf-16-le",
)
TYPOS: Final = (",", '"', ";", "0", "-", ".", " ", "A", "\n", "\t", "\0", "\u00e9", "\u0665")
BAD_ENCODINGS: Final = ("utf-16 without a mark", "not utf-8", "gzip and more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Of one file.

    Attributes:
        totals: `right`, `wrong` by so little as can be, or `missing`, where the format allows it.
        quoting: none, all, or some of the cells.
        order: in which the columns stand, where the format allows any; nought is the usual one.
        empty_lines: after every so many lines; nought for none.
        is_ended: whether the last line has an end.
        cut: after so many thousandths of its bytes it is cut off; None if it is whole.
        typo: a character that somebody has put in by mistake, and after how many thousandths of the
            text; None if nobody has.
    """

    totals: str = "right"
    quoting: str = "none"
    order: int = 0
    empty_lines: int = 0
    newline: str = "\n"
    encoding: str = "utf-8"
    is_ended: bool = True
    cut: int | None = None
    typo: tuple[str, int] | None = None

    def quotes(self, place: int) -> bool:
        """Whether the cell of that place is quoted without need."""
        return self.quoting == "all" or (self.quoting == "some" and place % 3 == 1)

    def arrange(self, names: Sequence[str]) -> list[str]:
        """Columns in their order."""
        arranged = list(names)
        if self.order:
            random.Random(self.order).shuffle(arranged)
        return arranged

    def encode(self, lines: Sequence[str]) -> bytes:
        """The file's bytes."""
        laid: list[str] = []
        for place, line in enumerate(lines, start=1):
            laid.append(line)
            if self.empty_lines and place % self.empty_lines == 0 and place < len(lines):
                laid.append("")
        text = self.newline.join(laid) + (self.newline if self.is_ended else "")
        if self.typo is not None:
            character, thousandths = self.typo
            place = len(text) * thousandths // 1_000
            text = text[:place] + character + text[place:]
        content = self._bytes(text)
        return content if self.cut is None else content[: len(content) * self.cut // 1_000]

    def _bytes(self, text: str) -> bytes:
        match self.encoding:
            case "utf-16-le" | "utf-16-be":
                return ("\ufeff" + text).encode(self.encoding)
            case "gzip":
                return gzip.compress(text.encode(), compresslevel=1, mtime=0)
            case "two gzip members":
                raw = text.encode()
                half = len(raw) // 2
                return b"".join(
                    gzip.compress(part, compresslevel=1, mtime=0)
                    for part in (raw[:half], raw[half:])
                )
            case "gzip of utf-16-le":
                return gzip.compress(("\ufeff" + text).encode("utf-16-le"), 1, mtime=0)
            case "gzip and more":
                return gzip.compress(text.encode(), compresslevel=1, mtime=0) + b"more"
            case "utf-16 without a mark":
                return text.encode("utf-16-le")
            case "not utf-8":
                return text.encode() + b"\xe9\n"
            case name:
                return text.encode(name)
