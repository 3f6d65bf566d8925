"""Payments and operations at a processor, as the services would store them before asking it."""

import time
from dataclasses import replace

from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import Operation, OperationKind, ProcessorRequest
from oncepay.domain.payment import PROCESSOR, Payment
from oncepay.domain.processor_answer import Answer, Charge, Effect, Found, Prepared
from tests.builders import MERCHANT, NOW
from tests.contract.bench import Bench

KINDS = ("charge", "capture", "void", "refund")
AMOUNT_MINOR = 5_000
WAIT_SECONDS = 20


class Checkout:
    """One payment of 50.00 USD at the processor of a bench."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def payment(self, behaviour: str = "approve", *, manual: bool = False, **later: str) -> Payment:
        """A payment that was not sent yet; `later` says how what follows the charge behaves."""
        return Payment(
            id="pay_1",
            merchant_id=MERCHANT,
            fingerprint="f" * 64,
            amount_minor=AMOUNT_MINOR,
            fee_minor=100,
            fee_basis_points=200,
            currency="USD",
            status=PaymentStatus.PROCESSING,
            funding_type=PROCESSOR,
            captured_minor=0,
            refunded_minor=0,
            created_at=NOW,
            updated_at=NOW,
            processor=self.bench.processor.name,
            payment_method=self.bench.payment_method(behaviour, **later),
            captures_automatically=not manual,
        )

    def charge(self, payment: Payment) -> Operation:
        """Its charge, set up as far as no money moves."""
        processor = self.bench.processor
        request = processor.charge_request(payment)
        operation = self._operation(payment, OperationKind.AUTHORIZE, payment.id, request)
        if not processor.needs_preparation:
            return operation
        prepared = processor.prepare(operation)
        assert isinstance(prepared, Prepared), prepared
        return replace(operation, reference=prepared.reference)

    def charged(self, *, manual: bool = False, **later: str) -> Payment:
        """A payment whose charge succeeded, or is authorized."""
        payment = self.payment(manual=manual, **later)
        charge = charge_of(self.bench.processor.send(self.charge(payment)))
        return replace(
            payment, processor_reference=charge.reference, processor_handle=charge.handle
        )

    def capture(
        self, payment: Payment, amount_minor: int = AMOUNT_MINOR, *, key: str = "cap_1"
    ) -> Operation:
        """A capture of it."""
        request = self.bench.processor.capture_request(payment, amount_minor, operation_id=key)
        return self._operation(payment, OperationKind.CAPTURE, key, request, amount_minor)

    def void(self, payment: Payment, *, key: str = "void_1") -> Operation:
        """A void of it."""
        reference = str(payment.processor_reference)
        request = self.bench.processor.void_request(
            payment, reference, payment.processor_handle, operation_id=key
        )
        return self._operation(payment, OperationKind.VOID, key, request)

    def refund(
        self, payment: Payment, amount_minor: int = AMOUNT_MINOR, *, key: str = "re_1"
    ) -> Operation:
        """A refund of it."""
        reference = str(payment.processor_reference)
        request = self.bench.processor.refund_request(
            payment, reference, payment.processor_handle, amount_minor, operation_id=key
        )
        return self._operation(payment, OperationKind.REFUND, key, request, amount_minor)

    def returned(self, operation: Operation) -> Operation:
        """The same void or refund, of a charge that is an orphan."""
        return replace(operation, kind=OperationKind.RETURN_ORPHAN)

    def prepared(self, kind: str, behaviour: str) -> Operation:
        """An operation of that kind, about to be sent, that will behave so."""
        if kind == "charge":
            return self.charge(self.payment(behaviour))
        payment = self.charged(manual=kind != "refund", **{kind: behaviour})
        match kind:
            case "capture":
                return self.capture(payment)
            case "void":
                return self.void(payment)
        return self.refund(payment)

    def send_impatiently(self, operation: Operation) -> Answer:
        """Send it, and go on only once the processor has it."""
        before = self.bench.received(operation)
        answer = self.bench.impatient.send(operation)
        give_up_at = time.monotonic() + WAIT_SECONDS
        while self.bench.received(operation) == before:
            assert time.monotonic() < give_up_at, "it never arrived"
            time.sleep(0.002)
        return answer

    def times_done(self, kind: str) -> int:
        """How often it was done, in the processor's own record."""
        record = self.bench.record()
        if kind == "charge":
            return len(record)
        return sum(getattr(charge, f"{kind}s") for charge in record)

    def _operation(
        self,
        payment: Payment,
        kind: OperationKind,
        key: str,
        request: ProcessorRequest,
        amount_minor: int = AMOUNT_MINOR,
    ) -> Operation:
        return Operation(
            id=key,
            payment_id=payment.id,
            merchant_id=payment.merchant_id,
            fingerprint=payment.fingerprint,
            kind=kind,
            processor=self.bench.processor.name,
            request=request,
            amount_minor=amount_minor,
            currency=payment.currency,
            created_at=NOW,
            updated_at=NOW,
            due_at=NOW,
            # Before anything is sent, as the services do.
            first_sent_at=NOW,
            last_sent_at=NOW,
        )


def charge_of(answer: object) -> Charge:
    """The answer, which is a charge."""
    assert isinstance(answer, Charge), answer
    return answer


def effect_of(answer: object) -> Effect:
    """The answer, which is a capture, void or refund."""
    assert isinstance(answer, Effect), answer
    return answer


def found_of(answer: object) -> Found:
    """The answer, which is one of both."""
    assert isinstance(answer, Charge | Effect), answer
    return answer
