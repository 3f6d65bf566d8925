"""The official library of Stripe, as a caller of the simulated processor's Stripe face."""

from typing import Any

from stripe import StripeClient

from ops.simulated.server import SimulatedProcessor

RETURN_URL = "https://shop.test/back"


def a_client(processor: SimulatedProcessor, key: str | None = None) -> StripeClient:
    """It sends everything once."""
    return StripeClient(
        key or processor.credentials.stripe_api_key,
        base_addresses={"api": f"{processor.url}/stripe"},
        max_network_retries=0,
    )


class Shop:
    """A merchant's backend, with 50.00 USD to take."""

    def __init__(self, processor: SimulatedProcessor) -> None:
        self.processor, self.stripe = processor, a_client(processor)

    def charge(
        self, behaviour: str = "approve", *, key: str = "pay_1", manual: bool = False, **more: Any
    ) -> Any:
        """A payment intent, created and confirmed."""
        return self.stripe.v1.payment_intents.create(
            an_intent(behaviour, manual=manual, key=key, **more), {"idempotency_key": key}
        )

    def capture(self, intent_id: str, *, key: str = "cap_1", **more: Any) -> Any:
        """Take what is authorized."""
        return self.stripe.v1.payment_intents.capture(intent_id, more, {"idempotency_key": key})

    def cancel(self, intent_id: str, *, key: str = "void_1", **more: Any) -> Any:
        """Release it."""
        return self.stripe.v1.payment_intents.cancel(intent_id, more, {"idempotency_key": key})

    def refund(self, intent_id: str, *, key: str = "re_1", **more: Any) -> Any:
        """Give it back."""
        tags = {"payment_id": "pay_1", "operation_id": key}
        params = {"payment_intent": intent_id, "metadata": tags, **more}
        return self.stripe.v1.refunds.create(params, {"idempotency_key": key})

    def intent(self, intent_id: str, **more: Any) -> Any:
        """As it is now."""
        return self.stripe.v1.payment_intents.retrieve(intent_id, more)

    def session(self, *, key: str = "pay_1", **more: Any) -> Any:
        """A checkout session."""
        return self.stripe.v1.checkout.sessions.create(
            {**a_session(), **more}, {"idempotency_key": key}
        )


def an_intent(
    behaviour: str = "approve", *, manual: bool = False, key: str = "pay_1", **more: Any
) -> Any:
    """What a payment intent is asked for with."""
    return {
        "amount": 5000,
        "currency": "usd",
        "payment_method": f"pm_{behaviour}",
        "confirm": True,
        "capture_method": "manual" if manual else "automatic",
        "return_url": RETURN_URL,
        "metadata": {"payment_id": "pay_1", "operation_id": key},
        **more,
    }


def a_session() -> dict[str, Any]:
    """What a checkout session is asked for with: two of 25.00 USD."""
    price = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Tea"}}
    tags = {"payment_id": "pay_1", "operation_id": "pay_1"}
    return {
        "mode": "payment",
        "success_url": "https://shop.test/paid/{CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/basket",
        "line_items": [{"price_data": price, "quantity": 2}],
        "client_reference_id": "pay_1",
        "metadata": tags,
        "payment_intent_data": {"metadata": {**tags, "checkout": "1"}},
    }
