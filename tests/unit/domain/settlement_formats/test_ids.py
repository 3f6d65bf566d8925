"""Ids that are kept are short and plain; ours are told from what others wrote in their place."""

import pytest

from oncepay.domain.settlement_formats.ids import (
    are_all_plain,
    are_plain,
    our_payment_id,
    our_payment_ids,
    require_plain,
)
from oncepay.domain.settlement_formats.row import UnreadableCellError


@pytest.mark.parametrize(
    "text",
    [
        "pay_1",
        "pay_abcdefghijklmnop2345234567",
        "pay_A.b:c/d#e-f_g",
        "pay_" + "a" * 96,
        "pay_123456789012",
    ],
)
def test_text__that_can_be_an_id_of_ours__is_one(text):
    assert our_payment_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pay_",
        "pay",
        "re_1",
        " pay_1",
        "pay_1 ",
        "pay_1\n",
        "pay_=1",
        "pay_\u00e4",
        "PAY_1",
        "pay_" + "a" * 97,
        "pay_4242424242424242",
        "pay_4242-4242-4242-4242",
    ],
)
def test_text__that_is_something_else__is_none(text):
    assert our_payment_id(text) is None


@pytest.mark.parametrize(
    "texts",
    [("",), ("txn_1", ""), ("8810000000000001",), ("TX 1, batch 7",), ("a" * 100, "b" * 100)],
)
def test_ids__that_are_short_and_printable__are_kept(texts):
    assert are_plain(*texts)


@pytest.mark.parametrize(
    "texts",
    [("a" * 101,), ("a", "b" * 101), ("\u00e4",), ("a", "\n"), ("\0",), ("\x7f",), ("\u200b",)],
)
def test_ids__of_which_one_is_not__are_not(texts):
    assert not are_plain(*texts)


def test_id__that_cannot_be_kept__is_named_by_its_column():
    with pytest.raises(UnreadableCellError) as caught:
        require_plain(**{"Psp Reference": "a", "Batch Number": "\u00e4"})

    assert (caught.value.column, caught.value.text) == ("Batch Number", "\u00e4")


def test_ids__that_can_all_be_kept__are_let_through():
    require_plain(one="a", other="")


MADE_BY_US = "pay_abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([MADE_BY_US, MADE_BY_US], id="made_by_us"),
        pytest.param([MADE_BY_US, "", MADE_BY_US], id="none_of_one"),
        pytest.param(["", ""], id="none"),
        pytest.param([MADE_BY_US, "pay_01", "theirs"], id="of_others"),
        pytest.param([MADE_BY_US, MADE_BY_US.upper()], id="not_made_so"),
        pytest.param([MADE_BY_US, "pay_4111111111111111"], id="card_number"),
        pytest.param([MADE_BY_US, "pay_4111-1111-1111-1111"], id="card_number_in_groups"),
    ],
)
def test_our_payment_ids__of_many__are_those_of_each(texts):
    assert list(our_payment_ids(texts)) == [our_payment_id(text) for text in texts]


def test_our_payment_ids__like_a_card_number__are_none():
    assert list(our_payment_ids([MADE_BY_US, "pay_4111111111111111"])) == [MADE_BY_US, None]


@pytest.mark.parametrize(
    ("columns", "plain"),
    [
        pytest.param([("a", "b"), ("c", "d")], True, id="plain"),
        pytest.param([("", ""), ("", "")], True, id="empty"),
        pytest.param([("", ""), ("", "\u00e9")], False, id="not_ascii"),
        pytest.param([("a", "\t"), ("", "")], False, id="not_printable"),
        pytest.param([("x" * 100,) * 3], True, id="longest"),
        pytest.param([("a", "b"), ("", "x" * 101)], False, id="too_long"),
    ],
)
def test_are_all_plain__columns__are_as_each_of_their_cells(columns, plain):
    assert are_all_plain(columns) is plain
