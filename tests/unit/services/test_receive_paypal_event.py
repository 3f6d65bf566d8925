"""An event of PayPal through the tables: stored once if PayPal signed it, else not at all."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.domain.errors import InvalidRequest, InvalidSignature, StorageUnavailable
from oncepay.domain.inbound_event import EventStatus, Receipt
from oncepay.processors.paypal_certificates import PayPalCertificates
from oncepay.services.receive_paypal_event import receive_paypal_event
from oncepay.storage.database import Database
from tests.books import Books
from tests.processor_world import ProcessorWorld, running_world
from tests.unit.processors.paypal_authority import (
    NOW,
    TRANSMISSION_ID,
    WEBHOOK_ID,
    a_leaf,
    a_root,
    issue,
    pem_of,
)
from tests.unit.processors.paypal_server import CannedServer, canned_server

PATH = "/v1/notifications/certs/CERT-1"
TIME = "2026-11-21T12:00:00Z"
BODY = json.dumps({"id": "WH-1", "event_type": "BILLING.PLAN.CREATED", "resource": {}}).encode()


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


@pytest.fixture
def paypal() -> Iterator[CannedServer]:
    with canned_server() as server:
        yield server.says("GET", PATH, 200, a_leaf().pem)


def headers_of(
    paypal: CannedServer, body: bytes = BODY, changes: dict[str, str] | None = None
) -> dict[str, list[str]]:
    headers = {
        "transmission_id": TRANSMISSION_ID,
        "transmission_time": TIME,
        "transmission_sig": a_leaf().sign(body, TIME),
        "cert_url": paypal.url + PATH,
        "auth_algo": "SHA256withRSA",
        "auth_version": "v2",
    } | (changes or {})
    return {f"paypal-{name.replace('_', '-')}": [value] for name, value in headers.items()}


def receive(
    shop: ProcessorWorld, paypal: CannedServer, headers: Any = None, body: bytes = BODY
) -> Receipt:
    return receive_paypal_event(
        body,
        headers=headers_of(paypal, body) if headers is None else headers,
        webhook_ids=lambda: [WEBHOOK_ID],
        certificates=PayPalCertificates(paypal.url, roots=pem_of(a_root().certificate)),
        tools=shop.tools(),
        now=NOW,
    )


def test_event__that_paypal_signed__is_stored_once(
    shop: ProcessorWorld, paypal: CannedServer, books: Books
) -> None:
    first, second = receive(shop, paypal), receive(shop, paypal)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.event.status is EventStatus.RECEIVED
    (stored,) = books.items("events")
    assert (stored["id"], stored["payload"]) == ("paypal#WH-1", BODY.decode())


@pytest.mark.parametrize(
    "changes",
    [
        {"transmission_id": "other"},
        {"transmission_time": "2026-11-21T12:00:01Z"},
        {"transmission_time": "2026-11-20T12:00:00Z"},
        {"transmission_sig": "AAAA"},
        {"transmission_sig": "%"},
        {"cert_url": "https://evil.example/v1/notifications/certs/CERT-1"},
        {"cert_url": "https://api.paypal.com/v1/notifications/certs/CERT-1"},
        {"auth_algo": "SHA1withRSA"},
        {"auth_version": "v1"},
    ],
    ids=str,
)
def test_event__with_a_hostile_header__is_refused_and_nothing_is_written(
    shop: ProcessorWorld, paypal: CannedServer, books: Books, changes: dict[str, str]
) -> None:
    with pytest.raises(InvalidSignature):
        receive(shop, paypal, headers_of(paypal, changes=changes))
    assert books.items("events") == []


def test_event__with_a_byte_changed__is_refused_and_nothing_is_written(
    shop: ProcessorWorld, paypal: CannedServer, books: Books
) -> None:
    with pytest.raises(InvalidSignature):
        receive(shop, paypal, headers_of(paypal), BODY + b"\n")
    assert books.items("events") == []


def test_event__signed_by_a_stranger__is_refused_and_nothing_is_written(
    shop: ProcessorWorld, books: Books
) -> None:
    stranger = issue("evil.paypal.com", dns=("evil.paypal.com",))
    with canned_server() as server, pytest.raises(InvalidSignature):
        server.says("GET", PATH, 200, stranger.pem)
        headers = headers_of(server, changes={"transmission_sig": stranger.sign(BODY, TIME)})
        receive(shop, server, headers)
    assert books.items("events") == []


def test_event__whose_certificate_cannot_be_fetched__is_to_be_sent_again(
    shop: ProcessorWorld, books: Books
) -> None:
    with canned_server() as server, pytest.raises(StorageUnavailable):
        receive(shop, server.says("GET", PATH, 503))
    assert books.items("events") == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"id":"WH-1"}'])
def test_body__that_is_signed_and_no_event__is_refused_and_nothing_is_written(
    shop: ProcessorWorld, paypal: CannedServer, books: Books, body: bytes
) -> None:
    with pytest.raises(InvalidRequest):
        receive(shop, paypal, body=body)
    assert books.items("events") == []


def test_webhook_ids__are_not_asked_for_nonsense(
    shop: ProcessorWorld, paypal: CannedServer
) -> None:
    def never() -> list[bytes]:
        raise AssertionError("asked")

    with pytest.raises(InvalidSignature):
        receive_paypal_event(
            BODY,
            headers={},
            webhook_ids=never,
            certificates=PayPalCertificates(paypal.url, roots=pem_of(a_root().certificate)),
            tools=shop.tools(),
            now=NOW,
        )
