"""Which files are tried? hypothesis draws a world, a file, and a second file that corrects it; each
from few bytes, so that 2,000 of them take seconds, and what fails can be made small.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import strategies as st

from tests.settlements.formats import writes_adyen, writes_native, writes_paypal, writes_stripe
from tests.settlements.formats.choices import Choices
from tests.settlements.formats.layout import BAD_ENCODINGS, ENCODINGS, TYPOS, Layout
from tests.settlements.formats.tellings import (
    FILE_SPOILS,
    SPOILS,
    Telling,
    decode_tellings,
    paid_by,
)
from tests.settlements.formats.worlds import decode_world
from tests.settlements.world import World

MOST_PAYMENTS: Final = 8
MOST_ROWS: Final = 30
MOST_MORE_ROWS: Final = 5
MOST_IN_A_CHUNK: Final = 79

WRITERS: Final[Mapping[str, Callable[[Sequence[Telling], Layout], list[str]]]] = {
    "native": writes_native.write,
    "stripe": writes_stripe.write,
    "paypal": writes_paypal.write,
    "adyen": writes_adyen.write,
}
FORMATS: Final = tuple(WRITERS)
_NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A world, and files that come one after another.

    Attributes:
        paid: what the processor told of payouts before, in minor units.
        contents: of the files; the second one corrects the first.
        chunk_rows: how many rows are offered at once to be planned.
        tolerance: in minor units.
    """

    world: World
    paid: Mapping[str, int]
    contents: tuple[bytes, bytes]
    chunk_rows: int
    tolerance: int


def cases(file_format: str) -> st.SearchStrategy[Case]:
    """Of a format."""
    return st.builds(
        _decode,
        st.just(file_format),
        _numbers(1, MOST_PAYMENTS),
        _numbers(0, MOST_ROWS),
        _numbers(0, MOST_MORE_ROWS),
        st.binary(min_size=4 * _NUMBER_BYTES, max_size=4 * _NUMBER_BYTES).map(_split),
        st.integers(1, MOST_IN_A_CHUNK),
    )


def _numbers(least: int, most: int) -> st.SearchStrategy[list[int]]:
    # The length of a list is drawn apart: hypothesis prefers very short ones.
    return st.integers(least, most).flatmap(
        lambda count: st.binary(min_size=count * _NUMBER_BYTES, max_size=count * _NUMBER_BYTES).map(
            _split
        )
    )


def _split(drawn: bytes) -> list[int]:
    return [
        int.from_bytes(drawn[start : start + _NUMBER_BYTES], "big")
        for start in range(0, len(drawn), _NUMBER_BYTES)
    ]


def _decode(
    file_format: str,
    payments: Sequence[int],
    rows: Sequence[int],
    more_rows: Sequence[int],
    rest: Sequence[int],
    chunk_rows: int,
) -> Case:
    world = decode_world(payments, file_format)
    choose = Choices(rest[0])
    spoils = _spoils(choose, file_format)
    tellings = decode_tellings(rows, world, file_format, spoils=spoils)
    corrected = _correct(Choices(rest[1]), tellings, more_rows, world, file_format)
    write = WRITERS[file_format]
    contents = []
    for one, layout in (
        (tellings, _layout(choose, file_format, may_be_damaged=True)),
        (corrected, _layout(Choices(rest[2]), file_format, may_be_damaged=False)),
    ):
        contents.append(layout.encode(write(one, layout)))
    return Case(
        world=world,
        paid=paid_by([*tellings, *corrected], rest[3]),
        contents=(contents[0], contents[1]),
        chunk_rows=chunk_rows,
        tolerance=choose.of(0, 0, 0, 2),
    )


def _spoils(choose: Choices, file_format: str) -> Sequence[str]:
    """Where totals are proved, one unreadable row is a file's end: few files have one."""
    few = 5 if file_format in {"paypal", "adyen"} else 2
    if choose.below(few):
        return ()
    return choose.of(SPOILS, SPOILS, SPOILS, FILE_SPOILS)


def _layout(choose: Choices, file_format: str, *, may_be_damaged: bool) -> Layout:
    # Most of Stripe's files have none; of PayPal's only the whole report's can be missing.
    missing = {"stripe": 10, "paypal": 2}.get(file_format, 0)
    layout = Layout(
        totals=choose.of(*["right"] * 6, *["missing"] * missing, "wrong"),
        quoting=choose.of("none", "none", "some", "all"),
        order=choose.below(7),
        empty_lines=choose.of(0, 0, 3),
        newline=choose.of("\n", "\n", "\r\n", "\r"),
        encoding=choose.of(*["utf-8"] * 6, *ENCODINGS),
        is_ended=choose.below(3) > 0,
    )
    if not may_be_damaged:
        return layout
    match choose.below(16):
        case 15:
            return replace(layout, cut=choose.below(1_000))
        case 14:
            return replace(layout, encoding=choose.of(*BAD_ENCODINGS))
        case 13:
            # The last few characters: of a footer, or of the last row.
            return replace(layout, cut=999 - choose.below(40))
        case 12 | 11 | 10:
            return replace(layout, typo=(choose.of(*TYPOS), choose.below(1_000)))
    return layout


def _correct(
    choose: Choices,
    tellings: Sequence[Telling],
    more_rows: Sequence[int],
    world: World,
    file_format: str,
) -> list[Telling]:
    """The same file once more: without its unreadable rows, some rows gone, some new."""
    kept = [telling for telling in tellings if telling.spoil is None and choose.below(8)]
    more = decode_tellings(more_rows, world, file_format)
    at = choose.below(len(kept) + 1)
    named = [replace(one, row_id=f"more-{place}") for place, one in enumerate(more)]
    return [*kept[:at], *named, *kept[at:]]
