"""Packed answers: what the writers pack, verify reads with a dictionary of its own."""

import pytest

from oncepay.domain.packed_text import pack
from ops.verify.packed import unpacked

ANSWER = '{"id":"pay_' + "a" * 26 + '","object":"payment","merchant_id":"mer_b","status":"open"}'


@pytest.mark.parametrize(
    "text", ["", "{}", ANSWER, ANSWER * 100, "z1:", "Łódź" * 100], ids=lambda text: text[:9]
)
def test_unpacked__what_the_writers_pack__is_what_they_packed(text: str) -> None:
    assert unpacked(pack(text)) == text


def test_pack__an_answer__is_packed() -> None:
    # Otherwise the test above has shown little.
    assert pack(ANSWER).startswith("z1:")


@pytest.mark.parametrize(
    "stored",
    [
        "z1:",
        "z1:not base64",
        "z1:////",
        pack(ANSWER)[:-8],
        "z1:" + "AAAA" + pack(ANSWER)[3:],
    ],
    ids=["nothing", "no base64", "no stream", "cut off", "something before it"],
)
def test_unpacked__damaged__is_nothing(stored: str) -> None:
    assert unpacked(stored) is None
