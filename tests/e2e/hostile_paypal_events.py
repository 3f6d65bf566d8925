"""What may somebody post who is not PayPal? Each of its six headers missing, malformed or
otherwise, and the certificate at any place but its own.
"""

import base64
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from tests.e2e.hostile_events import Delivery, Forge, Genuine

TOO_LONG = 1_100
HEADERS = _ID, _TIME, _SIG, _URL, _ALGO, _VERSION = (
    "PAYPAL-TRANSMISSION-ID",
    "PAYPAL-TRANSMISSION-TIME",
    "PAYPAL-TRANSMISSION-SIG",
    "PAYPAL-CERT-URL",
    "PAYPAL-AUTH-ALGO",
    "PAYPAL-AUTH-VERSION",
)
CERTIFICATES = "/v1/notifications/certs/"


def _saying(name: str, make: Callable[[Genuine], str | bytes]) -> Forge:
    return lambda g: g.delivery.saying(name, make(g))


def _each_header(what: str, make: Callable[[Delivery, str], Delivery]) -> dict[str, Forge]:
    def forge(name: str) -> Forge:
        return lambda g: make(g.delivery, name)

    return {f"{name} {what}": forge(name) for name in HEADERS}


def _in_seconds(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def _other_webhook(genuine: Genuine) -> Delivery:
    if genuine.other_webhook is None:
        raise ValueError("there is no event of another webhook")
    return genuine.other_webhook


def _at(make: Callable[[str, str, str], str]) -> Forge:
    """The certificate elsewhere; of the host and port of PayPal's, the forger's, and the name."""

    def forge(g: Genuine) -> Delivery:
        genuine = g.delivery.value_of(_URL)
        ours, name = urlsplit(g.certificates).netloc, genuine.rpartition("/")[2]
        return g.delivery.saying(_URL, make(ours, urlsplit(g.trap).netloc, name))

    return forge


CERTIFICATE_URLS: Mapping[str, Callable[[str, str, str], str]] = {
    "at the forger's": lambda ours, trap, name: f"http://{trap}/paypal{CERTIFICATES}{name}",
    "at PayPal's own, by https": lambda *_: f"https://api.paypal.com{CERTIFICATES}CERT-1",
    "at PayPal's sandbox": lambda *_: f"https://api.sandbox.paypal.com{CERTIFICATES}CERT-1",
    "at PayPal's own, by http": lambda *_: f"http://api.paypal.com{CERTIFICATES}CERT-1",
    "at a host that ends like it": lambda *_: f"https://api.paypal.com.evil.test{CERTIFICATES}C",
    "at a host that begins otherwise": lambda *_: f"https://evilapi.paypal.com{CERTIFICATES}C",
    "by another scheme": lambda ours, _, name: f"https://{ours}/paypal{CERTIFICATES}{name}",
    "in a file": lambda *_: "file:///etc/ssl/certs/ca-certificates.crt",
    "in itself": lambda *_: "data:application/x-pem-file;base64,LS0tLS0=",
    "without a scheme": lambda ours, _, name: f"//{ours}/paypal{CERTIFICATES}{name}",
    "at another port": lambda ours, _, name: (
        f"http://{ours.partition(':')[0]}:1/paypal{CERTIFICATES}{name}"
    ),
    "at a port of more digits": lambda ours, _, name: (
        f"http://{ours}0/paypal{CERTIFICATES}{name}"
    ),
    "with a user": lambda ours, _, name: f"http://me:it@{ours}/paypal{CERTIFICATES}{name}",
    "with our host as user": lambda ours, trap, name: (
        f"http://{ours}@{trap}/paypal{CERTIFICATES}{name}"
    ),
    "with a backslash": lambda ours, trap, name: (
        f"http://{trap}\\@{ours}/paypal{CERTIFICATES}{name}"
    ),
    "behind a fragment": lambda ours, trap, name: (
        f"http://{trap}#{ours}/paypal{CERTIFICATES}{name}"
    ),
    "behind a query": lambda ours, trap, name: (
        f"http://{trap}/?u=http://{ours}/paypal{CERTIFICATES}{name}"
    ),
    "with dots": lambda ours, _, name: f"http://{ours}/paypal{CERTIFICATES}../certs/{name}",
    "with dots encoded": lambda ours, _, name: (
        f"http://{ours}/paypal{CERTIFICATES}%2e%2e/certs/{name}"
    ),
    "with slashes": lambda ours, _, name: f"http://{ours}/paypal/{CERTIFICATES}{name}",
    "with a query": lambda ours, _, name: f"http://{ours}/paypal{CERTIFICATES}{name}?a=1",
    "with a fragment": lambda ours, _, name: f"http://{ours}/paypal{CERTIFICATES}{name}#a",
    "with a blank after it": lambda ours, _, name: f"http://{ours}/paypal{CERTIFICATES}{name} x",
    "in capitals": lambda ours, _, name: f"HTTP://{ours}/paypal{CERTIFICATES.upper()}{name}",
    "at another path": lambda ours, _, name: f"http://{ours}/paypal/v2/checkout/orders/{name}",
    "of no name": lambda ours, *_: f"http://{ours}/paypal{CERTIFICATES}",
    "of another form of name": lambda ours, *_: f"http://{ours}/paypal{CERTIFICATES}root.pem",
    "that is not there": lambda ours, *_: f"http://{ours}/paypal{CERTIFICATES}CERT-0-0",
}  # fmt: skip

BY_PAYPALS_SCHEME: Mapping[str, Forge] = (
    _each_header("missing", lambda delivery, name: delivery.without(name))
    | _each_header("empty", lambda delivery, name: delivery.saying(name, ""))
    | _each_header("nonsense", lambda delivery, name: delivery.saying(name, "non sense"))
    | _each_header("not ASCII", lambda d, name: d.saying(name, d.value_of(name) + "é"))
    | _each_header("not UTF-8", lambda d, name: d.saying(name, d.value_of(name).encode() + b"\xff"))
    | _each_header("too long", lambda d, name: d.saying(name, f"{d.value_of(name):0<{TOO_LONG}}"))
    | _each_header("twice", lambda d, name: d.saying(name, *[d.value_of(name)] * 2))
    | {f"certificate {what}": _at(make) for what, make in CERTIFICATE_URLS.items()}
    | {
        "another transmission": _saying(_ID, lambda _: "11111111-2222-3333-4444-555555555555"),
        "a transmission with a bar": _saying(_ID, lambda g: g.delivery.value_of(_ID) + "|x"),
        "310 seconds old": _saying(_TIME, lambda _: _in_seconds(-310)),
        "310 seconds ahead": _saying(_TIME, lambda _: _in_seconds(310)),
        "two seconds later": _saying(_TIME, lambda _: _in_seconds(2)),
        "time with an offset": _saying(_TIME, lambda _: _in_seconds(0)[:-1] + "+00:00"),
        "time without a zone": _saying(_TIME, lambda _: _in_seconds(0)[:-1]),
        "time of no day": _saying(_TIME, lambda _: "2026-02-30T00:00:00Z"),
        "time in seconds": _saying(_TIME, lambda _: str(int(time.time()))),
        "signature not base64": _saying(_SIG, lambda g: "!" + g.delivery.value_of(_SIG)[1:]),
        "signature cut off": _saying(_SIG, lambda g: g.delivery.value_of(_SIG)[:-4]),
        "signature of zeros": _saying(_SIG, lambda _: base64.b64encode(bytes(256))),
        "signature of another event": _saying(_SIG, lambda g: g.another.value_of(_SIG)),
        "SHA1withRSA": _saying(_ALGO, lambda _: "SHA1withRSA"),
        "SHA256withRSA in lower case": _saying(_ALGO, lambda _: "sha256withrsa"),
        "no algorithm at all": _saying(_ALGO, lambda _: "none"),
        "version v1": _saying(_VERSION, lambda _: "v1"),
        "for another webhook": _other_webhook,
    }
)  # fmt: skip
