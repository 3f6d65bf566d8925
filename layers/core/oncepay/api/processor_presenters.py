"""What is answered to a request whose work is done at a processor, or may be, as things stand?"""

from oncepay.api.presenters import ACCEPTED, CREATED, present_payment
from oncepay.api.problems import Place, problem, problem_of_decline, problem_of_failure
from oncepay.api.processor_representations import session_json
from oncepay.api.representations import OK, answer, payment_json, refund_json
from oncepay.domain.idempotency import Answer
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import OperationKind, OperationState
from oncepay.domain.payment import NO_FUNDS_TO_REFUND, Payment, Refund
from oncepay.domain.steps import Completion, Family
from oncepay.services.answer_request import Present as PresentFamily
from oncepay.services.replay import Present


def present_created(place: Place) -> PresentFamily:
    """`present_payment` of a payment read whole."""
    return lambda family: present_payment(place)(family.payment)


def present_session(place: Place) -> PresentFamily:
    """201 and the session, 202 while nobody knows whether there is a page, 402 if the processor
    would not make one.
    """
    return lambda family: _answer_session(family.payment, place)


def _answer_session(payment: Payment, place: Place) -> Answer:
    if payment.status is PaymentStatus.DECLINED:
        return problem_of_decline(payment, place)
    status_code = ACCEPTED if payment.status is PaymentStatus.PROCESSING else CREATED
    return answer(status_code, session_json(payment))


def present_moved(operation_id: str) -> PresentFamily:
    """200 and the payment after a capture or void, 202 while nobody knows its outcome, 402 if the
    processor would not, 409 if the payment ended otherwise meanwhile.
    """

    def present(family: Family) -> Answer:
        payment, operation = family.payment, family.operations.get(operation_id)
        if operation is not None and operation.is_open:
            return answer(ACCEPTED, payment_json(payment))
        if operation is None or operation.origin is None:
            return answer(OK, payment_json(payment))
        place = Place(operation.origin.instance, operation.origin.request_id)
        # The answer that was kept has expired: what failed is still not told as done.
        if operation.state is OperationState.FAILED:
            refused = "the processor refused"
            return problem("card_declined", refused, place, payment_id=payment.id)
        if operation.state is OperationState.OVERTAKEN:
            return problem("invalid_transition", f"the payment is {payment.status}", place)
        return answer(OK, payment_json(payment))

    return present


def present_refund(place: Place) -> Present[Refund]:
    """201 and the refund, or 402 if the merchant's funds did not suffice."""

    def present(refund: Refund) -> Answer:
        if refund.failure == NO_FUNDS_TO_REFUND:
            return problem_of_failure(refund.failure, refund.payment_id, place)
        return answer(CREATED, refund_json(refund))

    return present


def answer_completion(completion: Completion) -> Answer:
    """The final answer to a request whose operation has ended, whoever ended it."""
    place = Place(completion.origin.instance, completion.origin.request_id)
    if completion.conflict is not None:
        return problem("invalid_transition", completion.conflict, place)
    if completion.refused is not None:
        # Whatever the processor's own word for it: the merchant's balance is not what is short.
        detail = completion.refused.message
        return problem("card_declined", detail, place, payment_id=completion.payment.id)
    if completion.refund is not None:
        return present_refund(place)(completion.refund)
    if completion.payment.checkout is not None and completion.kind is OperationKind.AUTHORIZE:
        return _answer_session(completion.payment, place)
    if completion.kind is OperationKind.AUTHORIZE:
        return present_payment(place)(completion.payment)
    return answer(OK, payment_json(completion.payment))
