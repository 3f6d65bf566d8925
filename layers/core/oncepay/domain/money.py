"""What is an amount, and what fee does it carry? Integers in minor units, never floats."""

from oncepay.domain.currencies import require_currency
from oncepay.domain.errors import AmountTooLarge, DepositBelowMinimum, InvalidRequest

MAX_AMOUNT_MINOR = 10**15
"""Greatest amount of one request; its sums stay far inside DynamoDB's 38 digits."""

BASIS_POINTS = 10_000
MAX_FEE_BASIS_POINTS = BASIS_POINTS


def require_amount(amount_minor: object, *, param: str = "amount_minor") -> int:
    """Return the amount, in minor units, if it is an integer of 1..10^15.

    Raises:
        InvalidRequest: if it is not an integer (a bool is not one), or below 1.
        AmountTooLarge: above 10^15.
    """
    if isinstance(amount_minor, bool) or not isinstance(amount_minor, int):
        raise InvalidRequest(f"{param} must be an integer, in minor units", param=param)
    if amount_minor < 1:
        raise InvalidRequest(f"{param} must be at least 1", param=param)
    if amount_minor > MAX_AMOUNT_MINOR:
        raise AmountTooLarge(f"{param} must be at most {MAX_AMOUNT_MINOR}", param=param)
    return amount_minor


def fee_of(amount_minor: int, fee_basis_points: int) -> int:
    """The fee in minor units, rounded down: amount x basis points // 10000."""
    if not 0 <= fee_basis_points <= MAX_FEE_BASIS_POINTS:
        raise ValueError(f"fee_basis_points must be 0..{MAX_FEE_BASIS_POINTS}")
    return amount_minor * fee_basis_points // BASIS_POINTS


def require_deposit(amount_minor: int, currency: str, *, minimum_minor: int) -> None:
    """Check a deposit against the least deposit of its currency.

    Raises:
        CurrencyNotSupported: for an unknown currency.
        DepositBelowMinimum: below `minimum_minor`, in minor units.
    """
    require_currency(currency)
    if amount_minor < minimum_minor:
        raise DepositBelowMinimum(
            f"the least deposit in {currency} is {minimum_minor} minor units", param="amount_minor"
        )
