"""Card data is seen wherever it hides, and little else is taken for it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain import card_data
from oncepay.domain.card_data import holds_card_number, is_card_field

# Test numbers that the schemes and processors publish.
CARDS = [
    "4111111111111111",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "6200000000000005",
    "6759649826438453",
]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "hide",
    [
        "{}",
        "card {} please",
        "x{}x",
        "{} 05/27 123",
        "12/27 {}",
        "order 7, {}",
    ],
)
def test_card__anywhere__is_seen(card: str, hide: str) -> None:
    assert holds_card_number(hide.format(card))
    grouped = " ".join(card[i : i + 4] for i in range(0, len(card), 4))
    assert holds_card_number(hide.format(grouped))
    assert holds_card_number(hide.format(grouped.replace(" ", "-")))
    assert holds_card_number(hide.format(grouped.replace(" ", " - ")))
    for between in "\t\n\u00a0\u2013\u2212\u200b\u2003":
        assert holds_card_number(hide.format(grouped.replace(" ", between)))
    wide = card.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert holds_card_number(hide.format(wide))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",
        "9111111111111111",
        "411111111111111111111111",
        "2026-11-21 12:00:00",
        "1732190400000",
        "+49 30 1234567",
        "order 41111111",
        "a1b2c3d4e5f60718293a4b5c6d7e8f90",
        "41111111-1111-4111-9111-111111111111",
    ],
    ids=["empty", "luhn", "scheme", "long", "time", "epoch", "phone", "short", "hex", "uuid"],
)
def test_text__that_is_no_card__is_let_through(text: str) -> None:
    assert not holds_card_number(text)


def test_text__a_megabyte_of_single_digits__is_judged_in_linear_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Found by trying: slicing the rest of the run at each digit took minutes."""
    looked_at = 0

    def count(digits: str) -> bool:
        nonlocal looked_at
        looked_at += 1
        return False

    monkeypatch.setattr(card_data, "_passes_luhn", count)
    assert not holds_card_number("5 1 " * 50_000)
    assert looked_at <= 100_000 * 7


@given(st.uuids())
def test_uuid__any__is_let_through(value: uuid.UUID) -> None:
    assert not holds_card_number(str(value))
    assert not holds_card_number(f"order-{value}")


@given(st.text(max_size=60))
def test_text__any__is_judged(text: str) -> None:
    assert isinstance(holds_card_number(text), bool)
    assert isinstance(is_card_field(text), bool)


@pytest.mark.parametrize(
    "name",
    ["cvv", "CVV", "cvv2", "cvc", "card_cvc", "cardCvv", "pan", "PAN", "card_number", "cardNumber",
     "card-number", "Card Number", "customer_card_number", "track", "track2", "track_data",
     "security_code"],
)  # fmt: skip
def test_field__named_like_card_data__is_seen(name: str) -> None:
    assert is_card_field(name)


@pytest.mark.parametrize(
    "name",
    ["company", "panel", "span", "tracking_number", "track_id", "soundtrack", "card_brand",
     "amount_minor", "number", "account_number", "idempotency_key"],
)  # fmt: skip
def test_field__named_otherwise__is_let_through(name: str) -> None:
    assert not is_card_field(name)
