"""What can be asked of a settlement file, and what is answered?"""

import gzip
from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.settlement_desk import Desk

FORMATS = ("native", "stripe", "paypal", "adyen")


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("native", "settlement-20261121.csv"),
        ("stripe", "payout_reconciliation.itemized.5-20261121.csv"),
        ("paypal", "STL-20261121.01.009.CSV"),
        ("adyen", "settlement_detail_report_batch_2517.csv"),
    ],
)
def test_file__has_its_name_and_type(client: Client, form: str, name: str) -> None:
    headers = Desk(client).file(form).headers
    assert headers["Content-Type"] == "text/csv"
    assert headers["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("encoding", "mark", "codec"),
    [
        ("utf-8", b"row_id", "utf-8"),
        ("utf-8-bom", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16", b"\xff\xfe", "utf-16"),
    ],
)
def test_encoding__is_the_same_text(client: Client, encoding: str, mark: bytes, codec: str) -> None:
    Desk(client).charge("native", "pay_é")
    body = Desk(client).file("native", encoding=encoding).body
    assert body.startswith(mark)
    assert body.decode(codec) == Desk(client).text("native")
    assert "pay_é" in body.decode(codec)


def test_gzip__holds_the_same_bytes_and_says_so(client: Client) -> None:
    Desk(client).charge("paypal", "pay_1")
    reply = Desk(client).file("paypal", encoding="gzip")
    assert gzip.decompress(reply.body) == Desk(client).file("paypal").body
    assert reply.headers["Content-Type"] == "application/gzip"
    name = 'attachment; filename="STL-20261121.01.009.CSV.gz"'
    assert reply.headers["Content-Disposition"] == name


def test_gzip__does_not_say_when_it_was_made(client: Client) -> None:
    # The time is the second four bytes. Source: RFC 1952, section 2.3.
    assert Desk(client).file("native", encoding="gzip").body[4:8] == b"\0\0\0\0"


@pytest.mark.parametrize("form", FORMATS)
def test_file__later__is_the_same(client: Client, clock: HandClock, form: str) -> None:
    Desk(client).charge(form, "pay_1")
    first = Desk(client).text(form)
    clock.pass_by(3 * 86_400)
    assert Desk(client).text(form) == first


@pytest.mark.parametrize(
    ("form", "whose", "payment_id"),
    [
        ("native", None, "pay_native"),
        ("native", "stripe", "pay_stripe"),
        ("native", "paypal", "pay_paypal"),
        ("stripe", None, "pay_stripe"),
        ("paypal", None, "pay_paypal"),
        ("adyen", None, "pay_native"),
        ("adyen", "paypal", "pay_paypal"),
    ],
)
def test_processor__only_its_charges_are_written(
    client: Client, form: str, whose: str | None, payment_id: str
) -> None:
    for each in ("native", "stripe", "paypal"):
        Desk(client).charge(each, f"pay_{each}")
    asked = {} if whose is None else {"processor": whose}
    lines = [line for line in Desk(client).lines(form, **asked) if not line.is_payout]
    assert [line.payment_id for line in lines] == [payment_id]


@pytest.mark.parametrize(
    ("window", "payment_ids"),
    [
        ({}, ["pay_0", "pay_1", "pay_2"]),
        ({"created_from": "2026-11-21T12:01:00Z"}, ["pay_1", "pay_2"]),
        ({"created_to": "2026-11-21T13:01:00+01:00"}, ["pay_0"]),
        (
            {"created_from": "2026-11-21T12:00:00.5Z", "created_to": "2026-11-21T12:02:00Z"},
            ["pay_1"],
        ),
    ],
)
def test_window__begins_with_its_first_moment_and_ends_before_its_last(
    client: Client, clock: HandClock, window: Any, payment_ids: list[str]
) -> None:
    for number in range(3):
        Desk(client).charge("native", f"pay_{number}")
        clock.pass_by(60)
    assert [line.payment_id for line in Desk(client).lines("native", **window)] == payment_ids


def test_window__a_refund_is_in_the_file_of_its_own_time(client: Client, clock: HandClock) -> None:
    charge_id = Desk(client).charge("native", "pay_1")
    clock.pass_by(86_400)
    client.moved(charge_id, "refund", key="re_1", amount_minor=1000)
    midnight = "2026-11-22T00:00:00Z"
    first = Desk(client).lines("native", created_to=midnight)
    second = Desk(client).lines("native", created_from=midnight)
    assert [[line.kind for line in lines] for lines in (first, second)] == [["payment"], ["refund"]]


def test_file__refund_of_another_day__is_below_zero_and_not_paid_out(
    client: Client, clock: HandClock
) -> None:
    charge_id = Desk(client).charge("stripe", "pay_1")
    clock.pass_by(86_400)
    Desk(client).act(f"charges/{charge_id}/refund", amount_minor=1000)
    lines = Desk(client).lines("stripe", created_from="2026-11-22T00:00:00Z")
    assert [(line.kind, line.net) for line in lines] == [("refund", -1000)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "format must be a text of 1 to 2000 characters"),
        ({"format": "xml"}, "format must be one of: native, stripe, paypal, adyen"),
        (
            {"format": "native", "processor": "adyen"},
            "processor must be one of: native, stripe, paypal",
        ),
        ({"format": "stripe", "processor": "native"}, "processor must be one of: stripe"),
        ({"format": "paypal", "processor": "stripe"}, "processor must be one of: paypal"),
        ({"format": "native", "encoding": "latin-1"}, "encoding must be one of: utf-8, utf-8-bom"),
        ({"format": "native", "created_from": "today"}, "created_from must be an RFC 3339 time"),
        (
            {"format": "native", "created_to": "2026-02-30T00:00:00Z"},
            "created_to is not a time that exists",
        ),
        (
            {
                "format": "native",
                "created_from": "2026-11-21T12:00:00Z",
                "created_to": "2026-11-21T12:00:00Z",
            },
            "created_from must be before created_to",
        ),
        ({"format": "native", "breaks": ["amount_mismatch"]}, "breaks must be an object"),
        (
            {"format": "native", "breaks": {"typo": 1}},
            "breaks: there is no field typo; there are amount_mismatch, currency_mismatch",
        ),
        (
            {"format": "native", "breaks": {"amount_mismatch": -1}},
            "breaks: amount_mismatch must be a whole number from 0 to 500",
        ),
        (
            {"format": "native", "breaks": {"missing_in_ledger": 500, "rejected_row": 1}},
            "breaks: there may be 500 of them together",
        ),
        (
            {"format": "stripe", "breaks": {"fee_mismatch": 1}},
            "breaks: the format stripe cannot have fee_mismatch",
        ),
        (
            {"format": "paypal", "breaks": {"rejected_row": 1}},
            "breaks: the format paypal cannot have rejected_row",
        ),
        (
            {"format": "adyen", "breaks": {"rejected_row": 1}},
            "breaks: the format adyen cannot have rejected_row",
        ),
        ({"format": "native", "wrong_totals": "yes"}, "wrong_totals must be true or false"),
        (
            {"format": "native", "wrong_totals": True},
            "wrong_totals: this file of the format native has no total",
        ),
        (
            {"format": "stripe", "wrong_totals": True},
            "wrong_totals: this file of the format stripe has no total",
        ),
        ({"format": "native", "seed": 2**31}, "seed must be a whole number from 0 to 2147483647"),
        (
            {"format": "native", "fee_basis_points": 10_001},
            "fee_basis_points must be a whole number from 0 to 10000",
        ),
        ({"format": "native", "rows": 3}, "there is no field rows"),
    ],
)
def test_bad_input__is_400_and_says_what(client: Client, body: Any, said: str) -> None:
    reply = client.answered("POST", "/control/settlements", body)
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["error"]["message"].startswith(said)


def test_bad_input__no_json__is_400(client: Client) -> None:
    reply = client.answered("POST", "/control/settlements", b"format=native")
    assert (reply.status, reply.json["error"]["message"]) == (400, "the body is not JSON")


def test_file__without_the_secret__is_401(client: Client) -> None:
    headers = {"Authorization": "Bearer nobody"}
    reply = client.answered("POST", "/control/settlements", {"format": "native"}, headers=headers)
    assert reply.status == 401
