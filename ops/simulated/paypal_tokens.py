"""Who calls the simulated PayPal? Who has a token, which is given for the client's id and secret.

Tokens are not kept: each says until when it is good, and proves that it was given here. So a token
is still good after the server was started again, as a real one would be.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from ops.simulated.calls import Call, Reply, json_reply
from ops.simulated.credentials import Credentials
from ops.simulated.paypal_errors import token_error

TOKEN_LIFE = timedelta(hours=9)
APP_ID = "APP-80W284485P519543T"
_PREFIX = "A21AA"


class Tokens:
    """Gives them out, and knows them again."""

    def __init__(self, secret: str, credentials: Credentials, now: Callable[[], datetime]) -> None:
        self._secret, self._credentials, self._now = secret, credentials, now

    def give(self, call: Call) -> Reply:
        """Answer a call for a token."""
        known = f"{self._credentials.paypal_client_id}:{self._credentials.paypal_client_secret}"
        if not hmac.compare_digest(_basic(call), known.encode()):
            return token_error(401, "invalid_client", "Client Authentication failed")
        form = parse_qs(call.body.decode("utf-8", "replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return token_error(400, "unsupported_grant_type", "unsupported grant_type")
        now = self._now()
        content = {
            "scope": "https://uri.paypal.com/services/payments/payment/authcapture",
            "access_token": self._write(now + TOKEN_LIFE),
            "token_type": "Bearer",
            "app_id": APP_ID,
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "nonce": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return json_reply(200, content, headers={"Cache-Control": "no-store"})

    def refusal(self, call: Call) -> Reply | None:
        """The answer to a call without a good token; None if it has one."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._is_good(token.strip()):
            return token_error(401, "invalid_token", "The token passed in was not found")
        return None

    def _is_good(self, token: str) -> bool:
        seconds = token.removeprefix(_PREFIX).partition("-")[0]
        if not (seconds.isascii() and seconds.isdigit()) or len(seconds) > 12:
            return False
        expires_at = datetime.fromtimestamp(int(seconds), UTC)
        is_ours = hmac.compare_digest(token.encode(), self._write(expires_at).encode())
        return is_ours and self._now() < expires_at

    def _write(self, expires_at: datetime) -> str:
        seconds = str(int(expires_at.timestamp()))
        proof = hmac.new(self._secret.encode(), f"paypal token {seconds}".encode(), hashlib.sha256)
        return f"{_PREFIX}{seconds}-{proof.hexdigest()}"


def _basic(call: Call) -> bytes:
    """The name and password that were sent, as they stand in the header."""
    scheme, _, given = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
