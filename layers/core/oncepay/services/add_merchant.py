"""A new merchant."""

import secrets
from datetime import datetime

from oncepay.domain.api_key import MERCHANT_ID_BYTES, Merchant, base32
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.money import MAX_FEE_BASIS_POINTS
from oncepay.storage import directory
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Transaction

MAX_NAME_CHARACTERS = 200


def add_merchant(
    *,
    name: str,
    fee_basis_points: int | None,
    database: Database,
    now: datetime,
    budget: Budget,
) -> Merchant:
    """Write a merchant with a new id.

    Args:
        name: 1..200 characters.
        fee_basis_points: 0..10000, or None for the stage's fee.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Raises:
        InvalidRequest: for a name or a fee out of range.
        OutcomeUnknown, RateLimited: see `domain.errors`.
    """
    if not 1 <= len(name.strip()) <= MAX_NAME_CHARACTERS:
        raise InvalidRequest(f"name must be 1..{MAX_NAME_CHARACTERS} characters", param="name")
    if fee_basis_points is not None and not 0 <= fee_basis_points <= MAX_FEE_BASIS_POINTS:
        raise InvalidRequest(
            f"fee_basis_points must be 0..{MAX_FEE_BASIS_POINTS}", param="fee_basis_points"
        )
    merchant = Merchant(
        id=f"mer_{base32(secrets.token_bytes(MERCHANT_ID_BYTES))}",
        name=name.strip(),
        fee_basis_points=fee_basis_points,
        created_at=now,
    )
    transaction = Transaction()
    transaction.put("merchant", directory.merchant_item(merchant))
    if database.write(transaction, budget) is not None:
        raise InvalidRequest("the new merchant's id is taken; try again")
    return merchant
