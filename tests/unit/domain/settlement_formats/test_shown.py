"""What is shown of a cell: its beginning, and nothing that is like a card's number."""

import pytest

from oncepay.domain.settlement_formats.shown import show


def test_show__short_text__is_all_of_it() -> None:
    assert show("x" * 100) == "x" * 100


def test_show__long_text__is_its_beginning() -> None:
    assert show("x" * 101) == "x" * 100 + "..."


@pytest.mark.parametrize(
    "text", ["4111111111111111", "card 4111-1111-1111-1111", "x" * 84 + "4111111111111111"]
)
def test_show__card_number__is_nothing(text: str) -> None:
    assert show(text) is None


def test_show__card_number_after_what_is_shown__does_not_hide_the_beginning() -> None:
    assert show("x" * 100 + " 4111111111111111") == "x" * 100 + "..."
