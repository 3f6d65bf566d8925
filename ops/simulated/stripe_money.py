"""How does Stripe count money? In minor units of its own, which are not always those of ISO 4217.

    MGA       whole ariary, though ISO gives them two digits
    ISK, UGX  two digits, though ISO gives them none; the two are zeros
    KWD ..    three digits, as ISO says, but the last one is a zero

Source: https://docs.stripe.com/currencies, "Zero-decimal", "Three-decimal" and "Special cases", as
of 2026-11.
"""

from oncepay.domain.currencies import EXPONENTS
from ops.simulated.stripe_errors import StripeError

MAX_AMOUNT = 99_999_999
"""Eight digits. Source: https://docs.stripe.com/api/payment_intents/create, `amount`."""

_COARSER = {"MGA": 100}
_FINER = {"ISK": 100, "UGX": 100}
_MULTIPLES = {"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "ISK": 100, "UGX": 100}
_MOST_DIGITS = 3


def read_currency(code: str) -> str:
    """In our writing.

    Raises: StripeError if Stripe does not know it.
    """
    currency = code.upper()
    if EXPONENTS.get(currency, _MOST_DIGITS + 1) > _MOST_DIGITS:
        raise StripeError(400, f"Invalid currency: {code[:20]}.", param="currency")
    return currency


def from_stripe(amount: int, currency: str, *, param: str) -> int:
    """In minor units of ISO 4217.

    Raises: StripeError if it is more than Stripe takes, or not a whole of what the currency has.
    """
    if amount > MAX_AMOUNT:
        message = f"Amount must be no more than {MAX_AMOUNT} {currency.lower()}"
        raise StripeError(400, message, code="amount_too_large", param=param)
    multiple = _MULTIPLES.get(currency, 1)
    if amount % multiple:
        message = f"Amounts in {currency.lower()} must be divisible by {multiple}"
        raise StripeError(400, message, param=param)
    return amount * _COARSER.get(currency, 1) // _FINER.get(currency, 1)


def to_stripe(amount_minor: int, currency: str) -> int:
    """In Stripe's units."""
    return amount_minor * _FINER.get(currency, 1) // _COARSER.get(currency, 1)
