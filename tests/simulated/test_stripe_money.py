"""How Stripe counts money: there and back again, for every currency that it could know."""

import pytest

from oncepay.domain.currencies import EXPONENTS
from ops.simulated.stripe_errors import StripeError
from ops.simulated.stripe_money import from_stripe, read_currency, to_stripe

STRANGE = {"BTC", "CLF", "UYW"}


@pytest.mark.parametrize("currency", sorted(set(EXPONENTS) - STRANGE))
def test_amount__in_steps_that_every_currency_has__comes_back(currency: str) -> None:
    assert read_currency(currency.lower()) == currency
    assert to_stripe(from_stripe(12_300, currency, param="amount"), currency) == 12_300


@pytest.mark.parametrize("currency", [*sorted(STRANGE), "XXX", ""])
def test_currency__of_more_digits_or_none__is_refused(currency: str) -> None:
    with pytest.raises(StripeError, match="Invalid currency"):
        read_currency(currency.lower())


@pytest.mark.parametrize(
    ("amount", "currency"), [(12_301, "KWD"), (12_350, "ISK"), (12_310, "UGX"), (5, "TND")]
)
def test_amount__that_the_currency_does_not_have__is_refused(amount: int, currency: str) -> None:
    with pytest.raises(StripeError, match="must be divisible by"):
        from_stripe(amount, currency, param="amount")


def test_amount__of_nine_digits__is_refused() -> None:
    assert from_stripe(99_999_999, "USD", param="amount") == 99_999_999
    with pytest.raises(StripeError) as caught:
        from_stripe(100_000_000, "USD", param="amount")
    assert caught.value.more == {"code": "amount_too_large", "param": "amount"}
