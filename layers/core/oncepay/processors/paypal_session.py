"""How is PayPal called? With a token that it gives for our id and secret, and keeps for hours.

A call that finds no token, or whose token is not taken, did nothing: it is not sent. One time limit
is for all of it: the token, the call, and what a call needs to be understood.
"""

import base64
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from oncepay.domain.errors import InvalidRequest, StorageUnavailable
from oncepay.domain.processor_answer import NotSent, Unknown
from oncepay.processors.event_body import read_object, read_text
from oncepay.processors.http_exchange import Reply, exchange

TOKEN_PATH = "/v1/oauth2/token"  # noqa: S105

TOKEN_SHARE = 0.4
"""Of the time that is left: a token that takes longer proves that nothing was sent, and the rest is
enough for the call."""

EARLIER = timedelta(minutes=1)
"""So long before its end a token is not used any more: clocks differ, and calls take a while."""

MAX_TOKEN_SECONDS = 100_000
"""PayPal gives nine hours; a year would outlive a secret that was taken back."""

MAX_TOKEN_CHARACTERS = 4_096


class TimeLimit:
    """Of all that is done for one call of ours."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def left(self) -> float:
        """In seconds; none of it means that nothing is sent any more."""
        return max(0.0, self._ends_at - time.monotonic())


class PayPalSession:
    """Calls PayPal.

    Args:
        base_url: where its API is.
        credentials: gives `{"client_id": .., "client_secret": ..}`; called for every new token, so
            that a rotated one is taken up.
        clock: what time it is.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Callable[[], bytes | str],
        clock: Callable[[], datetime],
    ) -> None:
        self._base_url, self._credentials, self._clock = base_url.rstrip("/"), credentials, clock
        self._token: tuple[str, datetime] | None = None

    def get(self, path: str, limit: TimeLimit) -> Reply | NotSent | Unknown:
        """Read something."""
        return self._call("GET", path, None, {}, limit)

    def post(
        self, path: str, body: str, *, key: str, limit: TimeLimit
    ) -> Reply | NotSent | Unknown:
        """Do something, under a key; the answer is to be whole."""
        headers = {
            "Content-Type": "application/json",
            "PayPal-Request-Id": key,
            "Prefer": "return=representation",
        }
        return self._call("POST", path, body.encode(), headers, limit)

    def _call(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], limit: TimeLimit
    ) -> Reply | NotSent | Unknown:
        token = self._read_token(limit)
        if isinstance(token, NotSent):
            return token
        reply = exchange(
            self._base_url + path,
            method=method,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", **headers},
            body=body,
            timeout_seconds=limit.left(),
        )
        if isinstance(reply, Reply) and reply.status == 401:
            self._token = None
        return unread(reply) or reply

    def _read_token(self, limit: TimeLimit) -> str | NotSent:
        kept = self._token
        if kept is not None and self._clock() < kept[1]:
            return kept[0]
        asked_at = self._clock()
        reply = self._ask_token(limit)
        if not isinstance(reply, Reply):
            # A token that was given for nothing is no payment.
            return NotSent(reply.reason)
        if reply.status != 200:
            return NotSent("unauthorized" if reply.status in (400, 401, 403) else "no_token")
        try:
            given = read_object(read_text(reply.body))
        except InvalidRequest:
            return NotSent("no_token")
        token, seconds = given.get("access_token"), given.get("expires_in")
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
            return NotSent("no_token")
        if not token.isascii() or not token.isprintable() or " " in token:
            return NotSent("no_token")
        if isinstance(seconds, int) and not isinstance(seconds, bool):
            lasts = timedelta(seconds=min(max(0, seconds), MAX_TOKEN_SECONDS))
            self._token = token, asked_at + lasts - EARLIER
        return token

    def _ask_token(self, limit: TimeLimit) -> Reply | NotSent | Unknown:
        try:
            known = json.loads(self._credentials())
            name, word = known["client_id"], known["client_secret"]
        except StorageUnavailable:
            return NotSent("secret_unavailable")
        except (ValueError, TypeError, KeyError):
            return NotSent("unusable_secret")
        if not isinstance(name, str) or not isinstance(word, str) or not name or not word:
            return NotSent("unusable_secret")
        basic = base64.b64encode(f"{name}:{word}".encode("utf-8", "surrogatepass")).decode()
        reply = exchange(
            self._base_url + TOKEN_PATH,
            method="POST",
            headers={
                "Authorization": f"Basic {basic}",
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=b"grant_type=client_credentials",
            timeout_seconds=limit.left() * TOKEN_SHARE,
        )
        if isinstance(reply, Reply) and reply.status == 429:
            return NotSent("rate_limited")
        return reply


def unread(reply: Reply | NotSent | Unknown) -> NotSent | Unknown | None:
    """What the status alone says; None if the answer is to be read."""
    if not isinstance(reply, Reply):
        return None
    if reply.status == 429:
        return NotSent("rate_limited")
    if reply.status in (401, 403):
        return NotSent("unauthorized")
    if reply.status >= 500:
        return Unknown("server_error", replays=True)
    return None


def at(collection: str, name: str, action: str = "") -> str:
    """The path of one thing of a collection, or of what is done to it."""
    return f"{collection}/{quote(name, safe='')}" + (f"/{action}" if action else "")
