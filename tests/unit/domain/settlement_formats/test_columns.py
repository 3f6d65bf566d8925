"""Columns are found by their names."""

import pytest

from oncepay.domain.settlement_formats.columns import Columns, fold, require_commas
from oncepay.domain.settlement_formats.row import FileRefused, NotAllGoodError


def refusal(header: list[str], **options) -> str:
    with pytest.raises(FileRefused) as caught:
        Columns(header, required=("gross", "fee"), **options)
    return caught.value.reason


def test_columns__in_any_order__are_given_as_asked_for():
    columns = Columns(["fee", "other", "gross"], required=("gross", "fee"))

    assert columns.cells(["1", "2", "3"]) == ("3", "1")


def test_columns__that_nobody_asks_for__count_for_the_width():
    assert Columns(["fee", "other", "gross"], required=("gross", "fee")).width == 3


def test_column__that_nobody_asks_for_and_is_there_twice__does_not_matter():
    columns = Columns(["x", "fee", "x", "gross"], required=("gross", "fee"))

    assert columns.cells(["1", "2", "3", "4"]) == ("4", "2")


def test_optional_column__that_is_there__follows_the_required_ones():
    columns = Columns(["net", "fee", "gross"], required=("gross", "fee"), optional=("net",))

    assert columns.cells(["1", "2", "3"]) == ("3", "2", "1")


def test_optional_column__that_is_not_there__is_empty():
    columns = Columns(["fee", "gross"], required=("gross", "fee"), optional=("net", "tax"))

    assert columns.cells(["1", "2"]) == ("2", "1", "", "")


def test_record__read__stays_as_it_is():
    record = ["1", "2"]
    Columns(["fee", "gross"], required=("gross", "fee"), optional=("net",)).cells(record)

    assert record == ["1", "2"]


def test_required_column__that_is_not_there__refuses_the_file_by_name():
    assert refusal(["gross", "net"]) == "line 1: the column fee is missing"


def test_missing_column__in_another_line__is_said_to_be_there():
    assert refusal(["gross", "net"], line=4) == "line 4: the column fee is missing"


def test_required_column__that_is_there_twice__refuses_the_file_by_name():
    assert refusal(["gross", "fee", "gross"]) == "line 1: the column gross is there twice"


def test_optional_column__that_is_there_twice__refuses_the_file_by_name():
    reason = refusal(["gross", "fee", "net", "net"], optional=("net",))

    assert reason == "line 1: the column net is there twice"


def test_name__otherwise_spelled__is_another_column():
    assert refusal(["gross", "Fee"]) == "line 1: the column fee is missing"


@pytest.mark.parametrize(
    "name",
    ["Transaction ID", "Transaction  ID", "transaction id", "TransactionID", " Transaction ID "],
)
def test_name__folded__has_neither_blanks_nor_case(name):
    columns = Columns([name, "x"], required=("Transaction ID", "X"), key=fold)

    assert columns.cells(["1", "2"]) == ("1", "2")


def test_names__that_are_the_same_when_folded__are_there_twice():
    with pytest.raises(FileRefused) as caught:
        Columns(["Fee  Amount", "fee amount"], required=("Fee Amount", "x"), key=fold)

    assert caught.value.reason == "line 1: the column Fee Amount is there twice"


@pytest.mark.parametrize(
    ("separator", "called"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_header__with_another_separator__says_which(separator, called):
    with pytest.raises(FileRefused) as caught:
        require_commas([separator.join(["gross", "fee"])], "gross")

    assert caught.value.reason == (
        f"line 1: the columns are separated by {called}, and must be by commas"
    )


@pytest.mark.parametrize("first", [[], ["gross"], ["gross;fee", "net"], ["other;fee"]])
def test_header__that_is_not_of_another_separator__is_let_through(first):
    require_commas(first, "gross")


def test_turned__records__are_the_wanted_columns():
    columns = Columns(["fee", "x", "gross"], required=("gross", "fee"), optional=("net",))

    assert columns.turned([["1", "2", "3"], ["4", "5", "6"]]) == (("3", "6"), ("1", "4"), ("", ""))


@pytest.mark.parametrize("record", [["1"], ["1", "2", "3"], []])
def test_turned__records_of_another_width__are_not_good(record):
    columns = Columns(["fee", "gross"], required=("gross", "fee"))

    with pytest.raises(NotAllGoodError):
        columns.turned([["1", "2"], record])
