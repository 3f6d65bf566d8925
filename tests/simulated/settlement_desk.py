"""A merchant's bookkeeper: asks the simulated processor for settlement files, and reads them with
nothing but the csv module and arithmetic.
"""

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.simulated.client import Client, Reply, a_charge
from tests.simulated.paypal_client import PayPal, usd
from tests.simulated.stripe_client import Shop

OUR_FEE_BASIS_POINTS = 200
_PAYOUTS = {"payout", "MerchantPayout", "Balancetransfer", "T0400"}
_PAYMENTS = {"payment", "charge", "Settled", "T0006"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row; its amounts are None where they cannot be read. `cost` is what the processor keeps,
    `fee` ours.
    """

    kind: str
    payment_id: str
    gross: int | None
    cost: int
    net: int | None
    currency: str
    fee: int | None = None

    @property
    def is_payout(self) -> bool:
        return self.kind in _PAYOUTS

    @property
    def is_payment(self) -> bool:
        return self.kind in _PAYMENTS


class Desk:
    """One processor's files."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def ask(self, form: str, **body: Any) -> Reply:
        return self.client.answered("POST", "/control/settlements", {"format": form, **body})

    def file(self, form: str, **body: Any) -> Reply:
        """The same, and insist on a file."""
        reply = self.ask(form, **body)
        assert reply.status == 200, reply.body
        return reply

    def text(self, form: str, **body: Any) -> str:
        return self.file(form, **body).body.decode()

    def lines(self, form: str, **body: Any) -> list[Line]:
        return read(form, self.text(form, **body))

    def act(self, path: str, **body: Any) -> Any:
        """At the processor's back door."""
        reply = self.client.answered("POST", f"/control/{path}", body)
        assert reply.status == 200, reply.body
        return reply.json

    def charge(self, form: str, payment_id: str) -> str:
        """5000 USD through the face that a format is of; returns what the control knows it by."""
        if form == "stripe":
            metadata = {"payment_id": payment_id, "operation_id": payment_id}
            shop = Shop(self.client.processor)
            return str(shop.charge(key=payment_id, metadata=metadata).id)
        if form == "paypal":
            order, _ = PayPal(self.client).captured(custom_id=payment_id, invoice_id=payment_id)
            return order
        return self.charge_of(payment_id=payment_id)

    def charge_of(self, **body: Any) -> str:
        """What is asked for, through the native face; returns its id."""
        key = f"key {len(self.client.answered('GET', '/control/record').json['charges'])}"
        reply = self.client.answered("POST", "/v1/charges", {**a_charge(), **body}, key=key)
        assert reply.status == 201, reply.body
        return str(reply.json["id"])

    def charges(self, form: str, count: int) -> list[str]:
        """So many, pay_1 and so on; returns the payments."""
        payment_ids = [f"pay_{number}" for number in range(1, count + 1)]
        for payment_id in payment_ids:
            self.charge(form, payment_id)
        return payment_ids


def breaks_of(reply: Reply) -> Any:
    return json.loads(reply.headers["X-Settlement-Breaks"])


def paypal_refund(paypal: PayPal, capture_id: str, value: str, *, key: str) -> str:
    """As our adapter asks for it; returns its id."""
    body = {"amount": usd(value), "custom_id": "pay_1", "invoice_id": key}
    reply = paypal.refunded(capture_id, body, key=key)
    assert reply.status == 201, reply.body
    return str(reply.json["id"])


def read(form: str, text: str) -> list[Line]:
    return {
        "native": _read_native,
        "stripe": _read_stripe,
        "paypal": _read_paypal,
        "adyen": _read_adyen,
    }[form](text)


def sums(lines: list[Line]) -> dict[str, int]:
    """The nets of some rows, by currency."""
    found: dict[str, int] = defaultdict(int)
    for line in lines:
        assert line.net is not None
        found[line.currency] += line.net
    return dict(found)


def records(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


def _table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), strict=True))


def _read_native(text: str) -> list[Line]:
    lines = []
    for row in _table(text):
        amount = int(row["amount_minor"]) if row["amount_minor"].isdecimal() else None
        sign = -1 if row["type"] == "refund" else 1
        gross = None if amount is None else sign * amount
        fee = int(row["fee_minor"])
        lines.append(Line(row["type"], row["payment_id"], gross, 0, gross, row["currency"], fee))
    return lines


def _read_stripe(text: str) -> list[Line]:
    return [
        Line(
            row["reporting_category"],
            row["payment_metadata[payment_id]"],
            _cents(row["gross"]),
            _cents(row["fee"]),
            _cents(row["net"]),
            row["currency"].upper(),
        )
        for row in _table(text)
    ]


def _read_paypal(text: str) -> list[Line]:
    rows = records(text)
    names = next(row for row in rows if row[0] == "CH")
    lines = []
    for row in (dict(zip(names, row, strict=True)) for row in rows if row[0] == "SB"):
        gross = _signed(row["Transaction Debit or Credit"], row["Gross Transaction Amount"])
        fee = _signed(row["Fee Debit or Credit"], row["Fee Amount"])
        code, currency = row["Transaction Event Code"], row["Gross Transaction Currency"]
        lines.append(Line(code, row["Custom Field"], gross, -fee, gross + fee, currency))
    return lines


def _read_adyen(text: str) -> list[Line]:
    lines = []
    for row in _table(text):
        gross = _cents(row["Gross Credit (GC)"]) - _cents(row["Gross Debit (GC)"])
        net = _cents(row["Net Credit (NC)"]) - _cents(row["Net Debit (NC)"])
        payment_id, cost = row["Merchant Reference"], _cents(row["Commission (NC)"])
        lines.append(Line(row["Type"], payment_id, gross, cost, net, row["Net Currency"]))
    return lines


def _cents(text: str) -> int:
    """Of a currency with two decimals; an empty cell is nothing."""
    return int(Decimal(text or "0") * 100)


def _signed(side: str, amount: str) -> int:
    return {"CR": 1, "DR": -1}[side] * int(amount)
