"""What a checkout's session shows of its payment."""

import pytest

from oncepay.domain.checkout import SessionStatus, payment_id, session_id, session_status
from oncepay.domain.lifecycle import PaymentStatus

STATUSES = {
    "processing": "open",
    "requires_action": "open",
    "authorized": "complete",
    "succeeded": "complete",
    "voided": "complete",
    "declined": "expired",
    "expired": "expired",
}


@pytest.mark.parametrize("status", list(PaymentStatus), ids=str)
def test_session__is_as_far_as_its_payment(status: PaymentStatus) -> None:
    assert session_status(status) is SessionStatus(STATUSES[status.value])


def test_session_id__is_the_payments_by_another_name() -> None:
    assert session_id("pay_abc") == "cs_abc"
    assert payment_id("cs_abc") == "pay_abc"
