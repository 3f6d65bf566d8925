"""Rows of processors' files that are skipped: as many as were asked for, none of them read, and
those that follow are as if all had been read.
"""

import io
from typing import Any

import pytest

from oncepay.domain.settlement_formats.adyen import AdyenReader
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.paypal import PayPalReader
from oncepay.domain.settlement_formats.row import RejectedRow, SettlementRow
from oncepay.domain.settlement_formats.stripe import StripeReader
from tests.unit.domain.settlement_formats import test_adyen, test_paypal, test_stripe

ROWS = 1_500
SAMPLES = {
    "stripe": test_stripe.SAMPLE,
    "paypal": test_paypal.SAMPLE,
    "adyen": test_adyen.SAMPLE,
}
READERS: dict[str, Any] = {"stripe": StripeReader, "paypal": PayPalReader, "adyen": AdyenReader}


def a_file(name: str, *others: str) -> bytes:
    """Of many blocks; what else is to be in it comes after every 500th row."""
    lines = SAMPLES[name].splitlines()
    head = lines[:4] if name == "paypal" else lines[:1]
    rows = [lines[len(head)]] * (ROWS // 3)
    return "".join(f"{line}\n" for line in [*head, *[*rows, *others] * 3]).encode()


def rows_of(content: bytes, *, skipped: int = 0) -> list[SettlementRow | RejectedRow]:
    file = SettlementFile(io.BytesIO(content))
    file.skip(skipped)
    return list(file)


SECTION_ENDS = tuple(test_paypal.SAMPLE.splitlines()[-2:])
SECTION_BEGINS = tuple(test_paypal.SAMPLE.splitlines()[2:4])


@pytest.mark.parametrize(
    ("name", "others", "more_rows"),
    [
        pytest.param("stripe", (), 0, id="stripe"),
        pytest.param("paypal", (), 0, id="paypal"),
        pytest.param("adyen", (), 0, id="adyen"),
        pytest.param("stripe", ("", "short", '"a,b",c', ""), 2, id="stripe_with_bad_rows"),
        pytest.param("adyen", ("", '"two', 'lines"', '"x"y'), 2, id="adyen_with_bad_rows"),
        pytest.param("paypal", ('"SB"', '"SB",x', '"SB"x,', '"SB","a,b"', ""), 4, id="paypal_bad"),
        pytest.param("paypal", (*SECTION_ENDS, *SECTION_BEGINS), 0, id="paypal_sections"),
    ],
)
def test_skip__any_number_of_rows__leaves_those_that_follow(
    name: str, others: tuple[str, ...], more_rows: int
) -> None:
    content = a_file(name, *others)
    rows = rows_of(content)
    assert len(rows) == ROWS + 3 * more_rows
    for skipped in (0, 1, 130, 499, 500, 501, 502, 505, 777, 1_000, 1_010, len(rows) - 1, 9_999):
        assert rows_of(content, skipped=skipped) == rows[skipped:]


def test_skip__sections__are_counted_on() -> None:
    content = a_file("paypal", *SECTION_ENDS, *SECTION_BEGINS)
    assert [row.batch for row in rows_of(content, skipped=998) if isinstance(row, SettlementRow)][
        :3
    ] == ["2", "2", "3"]


@pytest.mark.parametrize("name", SAMPLES)
def test_skip__rows_of_a_processor__reads_few_of_them(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reader = READERS[name]
    read, read_many, numbers = reader.read, reader.read_many, set[int]()

    def recorded(self: Any, record: Any, *, number: int, line: int) -> Any:
        numbers.add(number)
        return read(self, record, number=number, line=line)

    def many_recorded(self: Any, records: Any, *, number: int, line: int) -> Any:
        numbers.update(range(number, number + len(records)))
        return read_many(self, records, number=number, line=line)

    monkeypatch.setattr(reader, "read", recorded)
    monkeypatch.setattr(reader, "read_many", many_recorded)
    assert [row.number for row in rows_of(a_file(name), skipped=ROWS - 1)] == [ROWS]
    # PayPal's first rows are in a block with the records that name their columns.
    assert 1 <= len(numbers) <= (600 if name == "paypal" else 300)


@pytest.mark.parametrize("name", SAMPLES)
def test_parts__of_a_file__are_its_rows(name: str) -> None:
    content = a_file(name, "")
    parts = SettlementFile(io.BytesIO(content)).parts()
    assert [row for part in parts for row in part] == rows_of(content)
