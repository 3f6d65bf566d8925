"""What may somebody post who is no processor of ours, or has seen an event of one? Each case is
made of a genuine event that would change its payment, and is wrong in one thing. What PayPal's
scheme has of its own is in `hostile_paypal_events`.
"""

import base64
import gzip
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ops.demo.http_client import Reply

TIMEOUT_SECONDS = 60
TOO_LONG = 5_000
BOM = b"\xef\xbb\xbf"
ARABIC_SECOND = "\u0661" * 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST: its headers, names as they are sent, some more than once."""

    path: str
    headers: tuple[tuple[str, bytes], ...]
    body: bytes

    def without(self, name: str) -> "Delivery":
        """One header less."""
        rest = tuple(one for one in self.headers if one[0].lower() != name.lower())
        return replace(self, headers=rest)

    def saying(self, name: str, *values: str | bytes) -> "Delivery":
        """One header otherwise, once for each value."""
        said = tuple((name, v if isinstance(v, bytes) else v.encode()) for v in values)
        return replace(self, headers=self.without(name).headers + said)

    def value_of(self, name: str) -> str:
        """What a header says."""
        (value,) = (value for found, value in self.headers if found.lower() == name.lower())
        return value.decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """What a forger has, and more: so that each case is wrong in one thing only.

    Attributes:
        delivery: an event as its processor signed it a moment ago.
        another: another such one.
        header: that its signature is in; of PayPal's six the signature's own.
        secret: what it is signed with, by Stripe's scheme.
        secrets: of the other processors, which are not this one's.
        certificates: where PayPal's are.
        trap: a server of the forger's.
        other_webhook: an event that PayPal signed for another webhook than ours.
    """

    delivery: Delivery
    another: Delivery
    header: str
    secret: str = ""
    secrets: tuple[str, ...] = ()
    certificates: str = ""
    trap: str = ""
    other_webhook: Delivery | None = None

    def sign(self, body: bytes, *, age: float = 0, secret: str | None = None) -> str:
        """The header of a body, by Stripe's scheme."""
        return signature_of(body, secret or self.secret, at=int(time.time() - age))

    def signed(self, body: bytes) -> Delivery:
        """A body as its processor would have signed it."""
        return replace(self.delivery, body=body).saying(self.header, self.sign(body))


type Forge = Callable[[Genuine], Delivery]


def signature_of(body: bytes, secret: str, *, at: int, scheme: str = "v1") -> str:
    """The header by Stripe's scheme."""
    digest = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    return f"t={at},{scheme}={digest}"


def said_at(value: str, second: object) -> str:
    """The header with another time."""
    return f"t={second},{value.partition(',')[2]}"


def post(api_url: str, delivery: Delivery) -> Reply:
    """Send it, header by header as it says, on a connection of its own."""
    url = urlsplit(api_url)
    connection = http.client.HTTPConnection(
        str(url.hostname), url.port, timeout=TIMEOUT_SECONDS
    )  # fmt: skip
    try:
        connection.putrequest("POST", url.path + delivery.path, skip_accept_encoding=True)
        for name, value in delivery.headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(delivery.body)))
        connection.endheaders(delivery.body)
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, named, response.read())
    finally:
        connection.close()


def _other_body(make: Callable[[bytes], bytes]) -> Forge:
    """The signature is of another body."""
    return lambda g: replace(g.delivery, body=make(g.delivery.body))


def _signed(make: Callable[[bytes], bytes]) -> Forge:
    return lambda g: g.signed(make(g.delivery.body))


def _header(make: Callable[[Genuine, str], str | bytes]) -> Forge:
    return lambda g: g.delivery.saying(g.header, make(g, g.delivery.value_of(g.header)))


def _no_utf8(body: bytes) -> bytes:
    return body.replace(b"{", b'{"note":"\xff\xfe",', 1)


def _with_half_a_pair(body: bytes) -> bytes:
    return body.replace(b"{", b'{"note":"\\ud800",', 1)


def _of_members(**members: Any) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps({**json.loads(body), **members}).encode()


_ENCODED: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "in base64": base64.b64encode,
    "with a BOM": lambda body: BOM + body,
    "not UTF-8": _no_utf8,
    "in UTF-16": lambda body: body.decode().encode("utf-16"),
    "compressed": gzip.compress,
    "twice": lambda body: body + body,
}

BODIES: Mapping[str, Forge] = {
    f"body {what}": _other_body(make)
    for what, make in {
        **_ENCODED,
        "with one byte changed": lambda b: b[:99] + bytes([b[99] ^ 1]) + b[100:],
        "with one byte more": lambda b: b + b" ",
        "with one byte less": lambda b: b[:-1],
        "written anew": lambda b: json.dumps(json.loads(b), indent=1).encode(),
        "of another event": lambda _: b'{"id":"evt_forged","type":"charge.succeeded"}',
    }.items()
} | {"headers of another event": lambda g: replace(g.another, body=g.delivery.body)}
"""Under either scheme: the signature is genuine, and of something else."""

SIGNED_BODIES: Mapping[str, Forge] = {
    f"signed body {what}": _signed(make)
    for what, make in {
        **_ENCODED,
        "that is no object": lambda _: b"[]",
        "that is cut off": lambda b: b[:-1],
        "without an id": _of_members(id=None),
        "of an id with blanks": _of_members(id="evt 1"),
        "of an id too long": _of_members(id="e" * 256),
        "without a type": _of_members(type=None),
        "of a time that is none": _of_members(created="yesterday"),
        "with NaN": _of_members(note=float("nan")),
        "with a number too long": lambda b: b.replace(b"{", b'{"note":' + b"1" * 5_000 + b",", 1),
        "with half a surrogate pair": _with_half_a_pair,
        "nested too deep": lambda b: b.replace(b"{", b'{"note":' + b"[" * 50_000, 1),
    }.items()
}
"""Under Stripe's scheme: the signature holds, and it is no event."""

BY_STRIPES_SCHEME: Mapping[str, Forge] = {
    "header missing": lambda g: g.delivery.without(g.header),
    "header empty": _header(lambda *_: ""),
    "header of another name": lambda g: g.delivery.without(g.header).saying(
        "X-Signature", g.delivery.value_of(g.header)
    ),
    "header nonsense": _header(lambda *_: "nonsense"),
    "header twice": lambda g: g.delivery.saying(g.header, *[g.delivery.value_of(g.header)] * 2),
    "header twice, forged last": lambda g: g.delivery.saying(
        g.header, g.delivery.value_of(g.header), g.sign(g.delivery.body, secret="whsec_forged")
    ),
    "header too long": _header(lambda _, value: f"{value},v0={'0' * TOO_LONG}"),
    "header of too many entries": _header(lambda _, value: value + ",v1=00" * 40),
    "header not ASCII": _header(lambda _, value: f"{value},v1=é"),
    "header not UTF-8": _header(lambda _, value: value.encode() + b",\xff\xfe"),
    "header without a time": _header(lambda _, value: value.partition(",")[2]),
    "header of two times": _header(lambda _, value: f"t=1,{value}"),
    "header without a signature": _header(lambda _, value: value.partition(",")[0]),
    "time empty": _header(lambda _, value: said_at(value, "")),
    "time below zero": _header(lambda _, value: said_at(value, "-1")),
    "time of too many digits": _header(lambda _, value: value.replace("t=", "t=" + "0" * 12)),
    "time in other digits": _header(lambda _, value: said_at(value, ARABIC_SECOND)),
    "time of another second": _header(lambda _, value: said_at(value, int(time.time()) + 9)),
    "signature in upper case": _header(lambda _, value: value[:-64] + value[-64:].upper()),
    "signature cut off": _header(lambda _, value: value[:-1]),
    "signature of zeros": _header(lambda _, value: f"{value.partition(',')[0]},v1={'0' * 64}"),
    "signature of another scheme": _header(
        lambda g, _: signature_of(g.delivery.body, g.secret, at=int(time.time()), scheme="v0")
    ),
    "secret made up": _header(lambda g, _: g.sign(g.delivery.body, secret="whsec_forged")),
    "secret of another processor": _header(
        lambda g, _: g.sign(g.delivery.body, secret=g.secrets[0])
    ),
    "secret without its prefix": _header(
        lambda g, _: g.sign(g.delivery.body, secret=g.secret.partition("_")[2])
    ),
    "310 seconds old": _header(lambda g, _: g.sign(g.delivery.body, age=310)),
    "310 seconds ahead": _header(lambda g, _: g.sign(g.delivery.body, age=-310)),
    "of 1970": _header(lambda g, _: signature_of(g.delivery.body, g.secret, at=0)),
    "of the year 33658": _header(
        lambda g, _: signature_of(g.delivery.body, g.secret, at=999_999_999_999)
    ),
}  # fmt: skip
