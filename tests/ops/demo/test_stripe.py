"""What the demo signs is what Stripe's own library accepts, and only that."""

import time

import pytest
from stripe import SignatureVerificationError, Webhook

from ops.demo import stripe as demo_stripe

SECRET = "whsec_demo"
BODY = demo_stripe.event_body("evt_1", "abc")


def construct(body: bytes, header: str) -> str:
    event = Webhook.construct_event(body, header, SECRET)
    return str(event.id)


def test_signed__just_now__is_accepted_by_stripes_library() -> None:
    assert construct(BODY, demo_stripe.sign(SECRET, BODY, int(time.time()))) == "evt_1"


def test_signed__an_hour_ago__is_not() -> None:
    signed_at = int(time.time()) - demo_stripe.AN_HOUR_SECONDS
    with pytest.raises(SignatureVerificationError, match="tolerance"):
        construct(BODY, demo_stripe.sign(SECRET, BODY, signed_at))


def test_signed__one_byte_changed__is_not() -> None:
    header = demo_stripe.sign(SECRET, BODY, int(time.time()))
    with pytest.raises(SignatureVerificationError, match="No signatures found"):
        construct(BODY.replace(b'"amount":5000', b'"amount":9000'), header)


def test_event__names_its_story_wherever_it_is_stored() -> None:
    assert b"abc" in BODY
    assert BODY.count(b'"amount":5000') == 1
