"""Ids that are kept are short and plain; ours are told from what others wrote in their place."""

import pytest

from oncepay.domain.settlement_formats.ids import are_plain, our_payment_id, require_plain
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
