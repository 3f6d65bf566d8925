"""Stored answers come back byte for byte, however small they were made."""

import base64
import hashlib
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain import packed_text
from oncepay.domain.packed_text import MARK, pack, unpack

ANSWER = json.dumps(
    {
        "id": "pay_abcdefghijklmnopqrstuvwxyz",
        "object": "payment",
        "merchant_id": "mer_aaaaaaaaaaaaaaaa",
        "amount_minor": 5000,
        "fee_minor": 100,
        "currency": "USD",
        "status": "succeeded",
        "funding": {"type": "balance"},
        "captured_minor": 5000,
        "refunded_minor": 0,
        "customer_id": "anna",
        "description": "Two pairs of shoes",
        "metadata": {"order": "1001", "note": "leave it with the neighbour"},
        "processor": None,
        "failure": None,
        "settlement_id": None,
        "settled_at": None,
        "created_at": "2026-11-21T12:00:00.123456Z",
        "updated_at": "2026-11-21T12:00:00.123456Z",
        "version": 1,
    },
    separators=(",", ":"),
)


def test_dictionary__never_changes() -> None:
    # What was packed with it could not be read any more: another one needs a mark of its own.
    digest = hashlib.sha256(packed_text._DICTIONARY).hexdigest()
    assert digest == "dfdf6932649d25a2d32c363251022c65ce9b34d987168d32f91db592e5cdd8ff"


def test_pack__a_usual_answer__takes_less_than_half() -> None:
    assert len(pack(ANSWER)) < len(ANSWER) / 2


def test_unpack__a_usual_answer__is_the_same() -> None:
    assert unpack(pack(ANSWER)) == ANSWER


@given(st.text() | st.text().map(lambda text: MARK + text) | st.text().map(lambda t: ANSWER + t))
def test_unpack__any_text__is_the_same(text: str) -> None:
    assert unpack(pack(text)) == text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=50))
def test_pack__never_makes_longer_what_has_no_mark(text: str) -> None:
    assert text.startswith(MARK) or len(pack(text)) <= len(text)


def test_unpack__of_what_was_stored_as_it_is__is_it() -> None:
    assert unpack('{"received":true}') == '{"received":true}'


@pytest.mark.parametrize(
    "damaged",
    [
        MARK + "not base64!",
        MARK + "AAAA",
        pack(ANSWER)[:-8],
        MARK + base64.b64encode(zlib.compress(b"of another kind")).decode(),
        MARK,
    ],
)
def test_unpack__damaged__is_refused(damaged: str) -> None:
    with pytest.raises(ValueError, match=r"stored answer|base64|padding|codec"):
        unpack(damaged)
