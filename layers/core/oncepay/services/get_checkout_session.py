"""One checkout session, as its payment is now. Never lags."""

from oncepay.domain.checkout import SESSION_PREFIX, payment_id
from oncepay.domain.errors import NotFound
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.payment import Payment
from oncepay.storage import payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def get_checkout_session(
    merchant_id: str, session: str, *, database: Database, budget: Budget
) -> Payment:
    """Read the payment of a session.

    Raises:
        NotFound: there is no such session, or it is another merchant's.
    """
    if not is_derived_id(SESSION_PREFIX.removesuffix("_"), session):
        raise NotFound("no such checkout session")
    raw = database.get("payments", payment_id(session), "payment", budget)
    payment = payments.payment_from_raw(raw) if raw else None
    if payment is None or payment.checkout is None or payment.merchant_id != merchant_id:
        raise NotFound("no such checkout session")
    return payment
