"""Two readings of one damaged file, the project's and the naive one, find the same rows."""

import io
import random

import pytest

from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.row import FileRefused, RejectedRow
from tests.settlements.generator import generate
from tests.settlements.oracle import expect

SPLINTERS = (
    b'"', b'""', b'"\n"', b",", b"\n", b"\r", b"\r\n", b" ", b"\0", b"\xc3\xa9", b"\xff",
    b"\xe2\x80\xa8", b"\x0b", b"\x0c", b"\xc2\x85", b"\x1c",
)  # fmt: skip

STRICTER = (
    "the quotes of line",
    "quotes make one row",
    "is longer than",
    "is not closed for too long",
)
"""Where the project refuses a file whole and the naive reading rejects a row: it will not guess how
many rows a quote has swallowed."""


def a_damaged_file(chance: random.Random) -> bytes:
    case = generate(
        chance.randrange(50),
        rows=12,
        merchant_ids=["mer_a"],
        rejected_share=0.25,
        newline=chance.choice(["\n", "\r\n", "\r"]),
    )
    content = bytearray(case.content)
    header_ends = content.index(b"occurred_at") + len(b"occurred_at")
    for _ in range(chance.randint(1, 4)):
        place = chance.randint(header_ends, len(content))
        match chance.randrange(6):
            case 0:
                del content[place:]
            case 1 | 2:
                del content[place : place + chance.randint(1, 3)]
            case _:
                content[place:place] = chance.choice(SPLINTERS)
    return bytes(content)


@pytest.mark.parametrize("seed", range(300))
def test_damaged_file__has_the_same_rows_in_both_readings(seed: int) -> None:
    content = a_damaged_file(random.Random(seed))
    expected = expect({}, content)
    wanted = [(one.row, one.line, one.kind == "rejected_row") for one in expected.rows]
    try:
        rows = list(SettlementFile(io.BufferedReader(io.BytesIO(content))))
    except FileRefused as refused:
        is_stricter = any(words in refused.reason for words in STRICTER)
        assert expected.status == "quarantined" or is_stricter, refused.reason
        return
    assert expected.status == "completed"
    assert [(one.number, one.line, isinstance(one, RejectedRow)) for one in rows] == wanted


def test_damaged_files__are_read_and_refused_both() -> None:
    """The test above sees both ends: not all files are refused, and not all are read."""
    found = {expect({}, a_damaged_file(random.Random(seed))).status for seed in range(40)}
    assert found == {"completed", "quarantined"}
