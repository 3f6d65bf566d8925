"""What is answered when something was made? Made before the write, since the answer is stored in
the same transaction.
"""

from oncepay.api.problems import Place, problem_of_decline
from oncepay.api.representations import answer, deposit_json, payment_json
from oncepay.domain.idempotency import Answer
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.payment import Deposit, Payment
from oncepay.services.replay import Present

CREATED = 201
ACCEPTED = 202


def present_deposit(deposit: Deposit) -> Answer:
    """201 and the deposit."""
    return answer(CREATED, deposit_json(deposit))


def present_payment(place: Place) -> Present[Payment]:
    """201 and the payment, 202 while nobody knows its outcome, or 402 if it was declined."""

    def present(payment: Payment) -> Answer:
        if payment.status is PaymentStatus.DECLINED:
            return problem_of_decline(payment, place)
        if payment.status is PaymentStatus.PROCESSING:
            return answer(ACCEPTED, payment_json(payment))
        return answer(CREATED, payment_json(payment))

    return present
