"""Callers of the simulated PayPal: its official client library, pointed at our server, and bare
HTTP for what the library does not show (bytes, headers, no answer at all).
"""

import base64
import json
import zlib
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from paypalserversdk.configuration import Configuration, Server
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from tests.simulated.client import Client, Reply

USD_50 = {"currency_code": "USD", "value": "50.00"}
FULL = "return=representation"


class OurConfiguration(Configuration):  # type: ignore[misc]  # the library has no types
    """The library has a list of PayPal's two addresses; this is how it is given another."""

    def __init__(self, base_url: str, **more: Any) -> None:
        super().__init__(**more)
        self._base_url = base_url

    def get_base_uri(self, server: Server = Server.DEFAULT) -> str:
        return self._base_url


class PayPal:
    """One merchant's two ways to call. What is made here is of 50 USD unless told otherwise."""

    def __init__(self, client: Client) -> None:
        self.client, self.processor = client, client.processor
        self.url = f"{self.processor.url}/paypal"
        self._intents: dict[str, str] = {}
        known = self.processor.credentials
        self.library = PaypalServersdkClient(
            config=OurConfiguration(
                self.url,
                client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
                    known.paypal_client_id, known.paypal_client_secret
                ),
            )
        )

    def token(self) -> str:
        reply = ask_token(self.client)
        assert reply.status == 200, reply.body
        return str(reply.json["access_token"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        full: bool = False,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> Reply | None:
        """Over bare HTTP; None if nobody answered."""
        sent = {
            "Authorization": f"Bearer {self.token()}",
            "Content-Type": "application/json",
            **({} if key is None else {"PayPal-Request-Id": key}),
            **({"Prefer": FULL} if full else {}),
            **(headers or {}),
        }
        return self.client.call(method, f"/paypal{path}", body, headers=sent, **more)

    def answered(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        """The same, and insist on an answer."""
        reply = self.call(method, path, body, **more)
        assert reply is not None, "nobody answered"
        return reply

    def order(self, intent: str = "CAPTURE", *, key: str | None = None, **unit: Any) -> str:
        """Make an order; returns its id."""
        reply = self.answered("POST", "/v2/checkout/orders", an_order(intent, **unit), key=key)
        assert reply.status == 201, reply.body
        order_id = str(reply.json["id"])
        self._intents[order_id] = intent
        return order_id

    def pay(
        self, order_id: str, method: str | None = "approve", *, key: str = "pay_1", **more: Any
    ) -> Reply | None:
        """Capture an order, or authorize it, by what it was made for."""
        return self.call("POST", self._action(order_id), source(method), key=key, **more)

    def paid(self, order_id: str, method: str | None = "approve", **more: Any) -> Reply:
        """The same, and insist on an answer."""
        reply = self.pay(order_id, method, **more)
        assert reply is not None, "nobody answered"
        return reply

    def shown(self, order_id: str) -> Any:
        reply = self.answered("GET", f"/v2/checkout/orders/{order_id}")
        assert reply.status == 200, reply.body
        return reply.json

    def payments(self, order_id: str) -> Any:
        """What was paid, and done to it."""
        return self.shown(order_id)["purchase_units"][0]["payments"]

    def captured(self, method: str = "approve", **unit: Any) -> tuple[str, str]:
        """An order that was captured: its id and the capture's."""
        order_id = self.order(**unit)
        reply = self.paid(order_id, method, key=f"pay-{order_id}")
        assert reply.status == 201, reply.body
        return order_id, self.payments(order_id)["captures"][0]["id"]

    def authorized(self, method: str = "approve", **unit: Any) -> tuple[str, str]:
        """An order that was authorized: its id and the authorization's."""
        order_id = self.order("AUTHORIZE", **unit)
        reply = self.paid(order_id, method, key=f"pay-{order_id}")
        assert reply.status == 201, reply.body
        return order_id, self.payments(order_id)["authorizations"][0]["id"]

    def refund(self, capture_id: str, body: Any = None, **more: Any) -> Reply | None:
        return self.call("POST", f"/v2/payments/captures/{capture_id}/refund", body or {}, **more)

    def refunded(self, capture_id: str, body: Any = None, **more: Any) -> Reply:
        reply = self.refund(capture_id, body, **more)
        assert reply is not None, "nobody answered"
        return reply

    def act(self, authorization_id: str, action: str, body: Any = None, **more: Any) -> Reply:
        """Capture or void an authorization, and insist on an answer."""
        path = f"/v2/payments/authorizations/{authorization_id}/{action}"
        return self.answered("POST", path, body, **more)

    def _action(self, order_id: str) -> str:
        action = {"CAPTURE": "capture", "AUTHORIZE": "authorize"}[self._intents[order_id]]
        return f"/v2/checkout/orders/{order_id}/{action}"


def ask_token(client: Client, *, user: str | None = None, form: bytes | None = None) -> Reply:
    """Ask for a token; with whatever name and password."""
    known = client.processor.credentials
    user = f"{known.paypal_client_id}:{known.paypal_client_secret}" if user is None else user
    return client.answered(
        "POST",
        "/paypal/v1/oauth2/token",
        b"grant_type=client_credentials" if form is None else form,
        headers={
            "Authorization": f"Basic {base64.b64encode(user.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )


def an_order(intent: str = "CAPTURE", **unit: Any) -> dict[str, Any]:
    """The body of an order of 50 USD; members of None are left out."""
    whole = {"amount": USD_50, "custom_id": "pay_1", **unit}
    given = {name: value for name, value in whole.items() if value is not None}
    return {"intent": intent, "purchase_units": [given]}


def source(method: str | None) -> dict[str, Any]:
    """The body of a call that pays an order."""
    if method is None:
        return {}
    token = {"id": f"pm_{method}", "type": "PAYMENT_METHOD_TOKEN"}
    return {"payment_source": {"token": token}}


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


def issue(reply: Reply) -> tuple[int, str, str]:
    """The status of an error, its name and its issue."""
    content = reply.json
    assert set(content) == {"name", "message", "debug_id", "details", "links"}
    return reply.status, content["name"], content["details"][0]["issue"]


def verify(
    headers: dict[str, str],
    body: bytes,
    *,
    webhook_id: str,
    leaf: bytes,
    root: bytes,
    now: datetime,
) -> None:
    """Check a delivery as PayPal's documentation says, with nothing of the server's own.

    Raises: InvalidSignature of `cryptography`, AssertionError.
    """
    given = {name.upper(): value for name, value in headers.items()}
    assert given["PAYPAL-AUTH-ALGO"] == "SHA256withRSA"
    assert given["PAYPAL-AUTH-VERSION"] == "v2"
    authority, certificate = (
        x509.load_pem_x509_certificate(root), x509.load_pem_x509_certificate(leaf)
    )  # fmt: skip
    for each in (authority, certificate):
        assert each.not_valid_before_utc <= now <= each.not_valid_after_utc
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["messageverificationcerts.paypal.com"]
    assert isinstance(authority.public_key(), ec.EllipticCurvePublicKey)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed = "|".join(
        [
            given["PAYPAL-TRANSMISSION-ID"],
            given["PAYPAL-TRANSMISSION-TIME"],
            webhook_id,
            str(zlib.crc32(body) & 0xFFFFFFFF),
        ]
    )
    key.verify(
        base64.b64decode(given["PAYPAL-TRANSMISSION-SIG"], validate=True),
        signed.encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def types_of(bodies: list[bytes]) -> list[str]:
    return [json.loads(body)["event_type"] for body in bodies]
