"""The world that a settlement file is measured with is what the code itself would have stored."""

from pathlib import Path

import pytest

from benchmarks.reconcile_world import Items, Place, bucket_of, payment_of, readable_rows, stored
from benchmarks.settlement_samples import SAMPLES, write_sample
from oncepay.domain.settlement_formats.row import RowKind, SettlementRow
from oncepay.storage.payments import payment_item

FORMATS = ("stripe", "paypal", "adyen", "native")


def a_place(processor: str = "stripe") -> Place:
    return Place(
        table="payments",
        endpoint_url="",
        region="us-east-1",
        processor=processor,
        merchant_ids=["mer_one", "mer_two"],
    )


def rows_of(folder: Path, format_name: str, rows: int) -> list[SettlementRow]:
    path = folder / "sample.csv"
    write_sample(path, SAMPLES[format_name](rows))
    return list(readable_rows(path))


@pytest.mark.parametrize("format_name", FORMATS)
def test_items__payment__are_as_the_code_stores_it(format_name: str, tmp_path: Path) -> None:
    place, rows = a_place(), rows_of(tmp_path, format_name, 9)
    made = Items(place)
    payments = [row for row in rows if row.kind is RowKind.PAYMENT]
    expected = [
        stored(payment_item(payment)) for row in payments if (payment := payment_of(row, place))
    ]
    assert [made.of(row) for row in payments] == [[item] for item in expected]


def test_items__refund__has_its_payment_given_back_whole(tmp_path: Path) -> None:
    row = rows_of(tmp_path, "native", 10)[9]
    payment, refund = Items(a_place()).of(row)
    assert (payment["captured_minor"], payment["refunded_minor"]) == (refund["amount_minor"],) * 2
    assert refund["amount_minor"] == {"N": str(-row.gross_minor)}


def test_items__merchants__take_turns(tmp_path: Path) -> None:
    made = Items(a_place())
    owners = [made.of(row)[0]["merchant_id"]["S"] for row in rows_of(tmp_path, "stripe", 5)[:3]]
    assert owners == ["mer_two", "mer_one", "mer_two"]


def test_items__payout__has_none(tmp_path: Path) -> None:
    assert Items(a_place()).of(rows_of(tmp_path, "stripe", 3)[2]) == []


@pytest.mark.parametrize(
    ("number", "bucket", "captured_minor"),
    [(249, "matched", 4_000), (250, "amount_mismatch", 4_001), (1_250, "amount_mismatch", 4_001)],
)
def test_world__one_row_in_a_thousand__is_one_off(
    number: int, bucket: str, captured_minor: int, tmp_path: Path
) -> None:
    row = rows_of(tmp_path, "stripe", 2)[0]._replace(number=number, gross_minor=4_000)
    [item] = Items(a_place()).of(row)
    assert (bucket_of(row), item["captured_minor"]["N"]) == (bucket, str(captured_minor))


def test_world__one_row_in_five_thousand__is_not_known(tmp_path: Path) -> None:
    row = rows_of(tmp_path, "stripe", 2)[0]._replace(number=2_500)
    assert (bucket_of(row), Items(a_place()).of(row)) == ("missing_in_ledger", [])


def test_world__refund_with_a_fee__is_to_be_a_break(tmp_path: Path) -> None:
    assert bucket_of(rows_of(tmp_path, "native", 10)[9]) == "fee_mismatch"
