"""Who tells the story? A merchant made for it, with its own key and the calls that it makes."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from oncepay.domain.principal import MERCHANT_SCOPES
from oncepay.services.add_merchant import add_merchant
from oncepay.services.create_api_key import create_api_key
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.demo.http_client import HttpClient, Reply
from ops.stack import Stack

CURRENCY = "USD"
ITEM = "A pair of shoes"
PAID_URL = "https://shop.example/thanks"
CANCELED_URL = "https://shop.example/basket"
DIRECTORY_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A merchant, and a client that calls with its key."""

    merchant_id: str
    api_key: str
    client: HttpClient

    def deposit(self, amount_minor: int, *, key: str) -> Reply:
        """Put money on the balance."""
        body = {"amount_minor": amount_minor, "currency": CURRENCY}
        return self.client.call("POST", "/v1/deposits", body=body, key=key)

    def pay(self, amount_minor: int, *, key: str, customer_id: str | None = None) -> Reply:
        """Pay from the balance."""
        body = payment_body(amount_minor, customer_id=customer_id)
        return self.client.call("POST", "/v1/payments", body=body, key=key)

    def charge(
        self,
        amount_minor: int,
        payment_method: str,
        *,
        key: str,
        manual: bool = False,
        processor: str = "simulated",
    ) -> Reply:
        """Pay through a processor, captured at once or later."""
        body = charge_body(amount_minor, payment_method, manual=manual, processor=processor)
        return self.client.call("POST", "/v1/payments", body=body, key=key)

    def check_out(self, amount_minor: int, *, key: str, processor: str) -> Reply:
        """A page of the processor's on which a payer pays, or does not."""
        body = checkout_body(amount_minor, processor)
        return self.client.call("POST", "/v1/checkout-sessions", body=body, key=key)

    def capture(self, payment_id: str, amount_minor: int | None, *, key: str) -> Reply:
        """Take a part, or all that is authorized."""
        body: dict[str, Any] = {} if amount_minor is None else {"amount_minor": amount_minor}
        return self.client.call("POST", f"/v1/payments/{payment_id}/capture", body=body, key=key)

    def void(self, payment_id: str, *, key: str) -> Reply:
        """Release what is authorized."""
        return self.client.call("POST", f"/v1/payments/{payment_id}/void", body={}, key=key)

    def refund(self, payment_id: str, amount_minor: int | None, *, key: str) -> Reply:
        """Give back a part, or all that is left."""
        body: dict[str, Any] = {} if amount_minor is None else {"amount_minor": amount_minor}
        return self.client.call("POST", f"/v1/payments/{payment_id}/refunds", body=body, key=key)

    def get(self, path: str) -> Reply:
        """Read something."""
        return self.client.call("GET", path)

    def payments(self, payment_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Payments, each read by its id, and so never out of date."""
        return [self.get(f"/v1/payments/{payment_id}").json for payment_id in payment_ids]

    def available_minor(self) -> Any:
        """What may be spent, as the API says it."""
        return self._balance("available_minor")

    def pending_minor(self) -> Any:
        """What was captured at the processor and is not settled yet, as the API says it."""
        return self._balance("pending_minor")

    def _balance(self, name: str) -> Any:
        body = self.get("/v1/balances").json
        balances = body.get("data", []) if isinstance(body, dict) else []
        return next((one.get(name) for one in balances if one.get("currency") == CURRENCY), None)


def payment_body(amount_minor: int, *, customer_id: str | None = None) -> dict[str, Any]:
    """The body of a payment from the balance."""
    body: dict[str, Any] = {
        "amount_minor": amount_minor,
        "currency": CURRENCY,
        "funding": {"type": "balance"},
    }
    return body if customer_id is None else {**body, "customer_id": customer_id}


def charge_body(
    amount_minor: int,
    payment_method: str,
    *,
    manual: bool = False,
    processor: str = "simulated",
) -> dict[str, Any]:
    """The body of a payment through a processor."""
    body: dict[str, Any] = {
        "amount_minor": amount_minor,
        "currency": CURRENCY,
        "funding": {
            "type": "processor",
            "processor": processor,
            "payment_method": payment_method,
        },
    }
    return {**body, "capture_method": "manual"} if manual else body


def checkout_body(amount_minor: int, processor: str) -> dict[str, Any]:
    """The body of a checkout session of one pair of shoes."""
    return {
        "amount_minor": amount_minor,
        "currency": CURRENCY,
        "processor": processor,
        "success_url": PAID_URL,
        "cancel_url": CANCELED_URL,
        "line_items": [{"name": ITEM, "quantity": 1, "amount_minor": amount_minor}],
    }


def open_shop(name: str, *, stack: Stack, database: Database, fee_basis_points: int | None) -> Shop:
    """A new merchant with a key that may do everything a merchant may.

    Raises: PaymentsError if the stack's directory does not answer.
    """
    now = datetime.now(UTC)
    merchant = add_merchant(
        name=f"{name} (demo {secrets.token_hex(3)})",
        fee_basis_points=fee_basis_points,
        database=database,
        now=now,
        budget=Budget(DIRECTORY_SECONDS),
    )
    _, api_key = create_api_key(
        owner_id=merchant.id,
        environment=stack.environment,
        scopes=MERCHANT_SCOPES,
        name="demo",
        expires_at=None,
        database=database,
        now=now,
        budget=Budget(DIRECTORY_SECONDS),
    )
    return Shop(merchant_id=merchant.id, api_key=api_key, client=HttpClient(stack.api_url, api_key))
