"""A stack in memory that has just been loaded, and the record of it: two merchants, every kind of
request, copies, lost answers, refusals, charges and events. Everything agrees until a test breaks
it.
"""

import json
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loadtests.audit.asked import Asked
from loadtests.audit.money_audit import audit_from
from loadtests.audit.sources import Sources
from loadtests.record import Kind
from ops.verify.findings import Finding, Key, Rule
from ops.verify.report import Report
from ops.verify.tables import Tables

RICH, POOR = "mer_rich", "mer_poor"
KEYS = {RICH: "sk_rich", POOR: "sk_poor"}
DEPOSITS = "/v1/deposits"
PAYMENTS = "/v1/payments"
SESSIONS = "/v1/checkout-sessions"
STRIPE = "/webhooks/stripe"
FEE_BASIS_POINTS = 200
TABLES = {"payments": "P", "idempotency": "I", "events": "E"}

type Document = dict[str, Any]


def fee(amount_minor: int) -> int:
    """Two of a hundred, rounded down."""
    return amount_minor * FEE_BASIS_POINTS // 10_000


@dataclass
class World:
    """What is there, as the API and the tables show it, and the lines of the record."""

    lines: list[Document] = field(default_factory=list)
    payments: dict[str, dict[str, Document]] = field(default_factory=dict)
    refunds: dict[str, list[Document]] = field(default_factory=dict)
    entries: dict[str, list[Document]] = field(default_factory=dict)
    balances: dict[str, list[int]] = field(default_factory=dict)
    before: dict[str, list[int]] = field(default_factory=dict)
    items: dict[str, dict[Key, Document]] = field(default_factory=dict)
    charges: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)
    listed_twice: set[str] = field(default_factory=set)
    torn: str = ""
    clock: int = 0
    gets: int = 0
    sweeps: list[Callable[[], None]] = field(default_factory=list)
    hour: int = 4
    charge_fee: Callable[[int], int] = fee
    batches: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for merchant in (RICH, POOR):
            self.payments[merchant] = {}
            self.entries[merchant] = []
            self.balances[merchant] = [10_000, 500]
            self.before[merchant] = [10_000, 500]
        self.items = {name: {} for name in TABLES}

    def now(self) -> str:
        self.clock += 1
        return f"2026-11-22T03:00:{self.clock // 1_000_000:02}.{self.clock % 1_000_000:06}Z"

    # What a client sends, and gets.

    def send(self, kind: Kind, path: str, key: str, body: Document, merchant: str = RICH) -> int:
        n: int = sum(line["phase"] == "sent" for line in self.lines) + 1
        self.lines.append(
            {
                "phase": "sent",
                "n": n,
                "at": self.now(),
                "merchant": merchant,
                "kind": kind.value,
                "method": "POST",
                "path": path,
                "key": key,
                "amount_minor": body.get("amount_minor"),
                "currency": body.get("currency"),
                "body": body,
            }
        )
        return n

    def answer(self, n: int, status: int, body: Any, *, replayed: bool = False) -> None:
        named = body.get("payment_id" if status >= 400 else "id") if body else None
        self.lines.append(
            {
                "phase": "answered",
                "n": n,
                "at": self.now(),
                "status": status,
                "ms": 1.0,
                "id": named,
                "code": body.get("code") if body else None,
                "replayed": replayed,
                "answer": deepcopy(body),
            }
        )

    def answered(self, key: str, number: int = 0) -> Document:
        """The line of the answer to an attempt of a key."""
        sent = [one["n"] for one in self.lines if one.get("key") == key]
        return next(
            one for one in self.lines if one["phase"] == "answered" and one["n"] == sent[number]
        )

    def forget_answer(self, key: str) -> None:
        self.lines.remove(self.answered(key))

    # What the stack does.

    def id_of(self, kind: Kind, path: str, key: str, merchant: str = RICH) -> str:
        return asked(kind, path, key, merchant).derived_id

    def keep_record(self, one: Asked, item_id: str) -> None:
        self.items["idempotency"][Key(one.record_id)] = {
            "id": {"S": one.record_id},
            "state": {"S": "COMPLETED"},
            "item_id": {"S": item_id},
        }

    def post(
        self, merchant: str, kind: str, payment_id: str | None, *postings: tuple[str, int]
    ) -> Document:
        entry = {
            "id": f"le_{len(self.entries[merchant]):032}",
            "kind": kind,
            "payment_id": payment_id,
            "currency": "USD",
            "postings": [{"account": name, "amount_minor": minor} for name, minor in postings],
            "created_at": self.now(),
        }
        self.entries[merchant].append(entry)
        for account, minor in postings:
            if account in ("available", "pending"):
                self.balances[merchant][account == "pending"] += minor
        return entry

    def deposit(self, key: str, amount_minor: int, merchant: str = RICH) -> Document:
        postings = (("external:bank", -amount_minor), ("available", amount_minor))
        entry = self.post(merchant, "deposit", None, *postings)
        id_ = self.id_of(Kind.DEPOSIT, DEPOSITS, key, merchant)
        self.items["payments"][Key(id_, "deposit")] = {
            "id": {"S": id_},
            "part": {"S": "deposit"},
            "amount_minor": {"N": str(amount_minor)},
            "currency": {"S": "USD"},
            "created_at": {"S": entry["created_at"]},
        }
        self.keep_record(asked(Kind.DEPOSIT, DEPOSITS, key, merchant), id_)
        return {
            "id": id_,
            "amount_minor": amount_minor,
            "currency": "USD",
            "created_at": entry["created_at"],
        }

    def pay(
        self,
        key: str,
        amount_minor: int,
        merchant: str = RICH,
        *,
        status: str = "succeeded",
        kind: Kind = Kind.PAYMENT,
        named: str | None = None,
    ) -> Document:
        path = SESSIONS if kind is Kind.CHECKOUT_SESSION else PAYMENTS
        id_ = named or self.id_of(kind, path, key, merchant)
        is_taken = status == "succeeded"
        funding: Document = {"type": "balance"}
        processor = None
        if kind is not Kind.PAYMENT:
            funding = {"type": "processor", "processor": "simulated"}
            processor = {"name": "simulated", "reference": f"ch_{id_}"}
        if kind is Kind.CHARGE:
            funding["payment_method"] = "pm_approve"
        payment = {
            "id": id_,
            "amount_minor": amount_minor,
            "fee_minor": self.charge_fee(amount_minor),
            "currency": "USD",
            "status": status,
            "funding": funding,
            "captured_minor": amount_minor if is_taken else 0,
            "refunded_minor": 0,
            "metadata": {"load_key": key},
            "processor": processor,
            "settlement_id": None,
            "created_at": self.now(),
        }
        self.payments[merchant][id_] = payment
        self.keep_record(asked(kind, path, key, merchant), id_)
        self.items["payments"][Key(id_, "payment")] = {
            "id": {"S": id_},
            "part": {"S": "payment"},
            "merchant_id": {"S": merchant},
        }
        if is_taken and kind is Kind.PAYMENT:
            self.post_payment(payment, merchant)
        elif is_taken:
            self.post_capture(payment, merchant)
            self.charges.append(charge_of(payment, self.now()))
        return payment

    def post_payment(self, payment: Document, merchant: str = RICH) -> None:
        minor = payment["amount_minor"]
        cost = payment["fee_minor"]
        postings = (("available", -minor - cost), ("external:bank", minor), ("fees", cost))
        self.post(merchant, "payment", payment["id"], *postings)

    def post_capture(self, payment: Document, merchant: str = RICH) -> None:
        minor = payment["amount_minor"]
        cost = payment["fee_minor"]
        postings = (("external:simulated", -minor), ("pending", minor - cost), ("fees", cost))
        self.post(merchant, "capture", payment["id"], *postings)

    def refund(self, key: str, payment: Document, amount_minor: int) -> Document:
        path = f"{PAYMENTS}/{payment['id']}/refunds"
        one = asked(Kind.REFUND, path, key, RICH)
        if payment["funding"]["type"] == "balance":
            postings = (("external:bank", -amount_minor), ("available", amount_minor))
            self.post(RICH, "refund", payment["id"], *postings)
        else:
            self.post(
                RICH,
                "refund_reserved",
                payment["id"],
                ("pending", -amount_minor),
                ("refunding", amount_minor),
            )
            self.post(
                RICH,
                "refund_succeeded",
                payment["id"],
                ("refunding", -amount_minor),
                ("external:simulated", amount_minor),
            )
            (charge,) = (c for c in self.charges if c["payment_id"] == payment["id"])
            charge["refunded_minor"] += amount_minor
            charge["refunds"].append({"amount_minor": amount_minor, "status": "succeeded"})
        payment["refunded_minor"] += amount_minor
        self.keep_record(one, payment["id"])
        refund = {
            "id": one.derived_id,
            "payment_id": payment["id"],
            "amount_minor": amount_minor,
            "currency": "USD",
            "status": "succeeded",
            "created_at": self.now(),
        }
        self.refunds.setdefault(payment["id"], []).append(refund)
        return refund

    def take_event(self, event_id: str, payment_id: str | None) -> None:
        key = Key(f"stripe#{event_id}")
        self.items["events"][key] = {
            "id": {"S": key.id},
            "status": {"S": "received" if payment_id is None else "applied"},
            **({} if payment_id is None else {"payment_id": {"S": payment_id}}),
        }

    # What is read.

    def get(self, api_key: str, path: str) -> tuple[int, Any]:
        self.gets += 1
        merchant = next(name for name, key in KEYS.items() if key == api_key)
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == PAYMENTS:
            there = self.payments[merchant]
            listed = [one for id_, one in there.items() if id_ not in self.unlisted]
            listed += [one for id_, one in there.items() if id_ in self.listed_twice]
            return 200, page_of(listed, query)
        if parts.path == "/v1/ledger/entries":
            return 200, page_of(self.entries[merchant], query)
        if parts.path == "/v1/balances":
            available, pending = self.balances[merchant]
            shown = {"currency": "USD", "available_minor": available, "pending_minor": pending}
            return 200, page_of([shown], query)
        if parts.path.startswith(f"{PAYMENTS}/"):
            payment = self.payments[merchant].get(parts.path.rpartition("/")[2])
            if payment is None:
                return 404, {"code": "not_found"}
            return 200, {**payment, "refunds": self.refunds.get(payment["id"], [])}
        assert parts.path == "/v1/events"
        own = (one for one in self.items["events"].values() if "payment_id" in one)
        return 200, page_of([event_of(one) for one in own if merchant == RICH], query)

    def batch_get_item(self, *, RequestItems: Document) -> Document:  # noqa: N803 - boto3's
        ((name, wanted),) = RequestItems.items()
        (table,) = (role for role, there in TABLES.items() if there == name)
        keys = [Key(k["id"]["S"], k.get("part", {}).get("S", "")) for k in wanted["Keys"]]
        there = self.items[table]
        self.batches[table] += 1
        return {"Responses": {name: [there[key] for key in keys if key in there]}}

    def sources(self, *, is_local: bool = True) -> Sources:
        if not is_local:
            return Sources(get=self.get, now=self.looked_at)
        return Sources(
            get=self.get,
            tables=Tables(self, TABLES),  # type: ignore[arg-type]
            prove=lambda: Report({Rule.I1: 9}, self.findings, [], {}),
            charges=lambda: self.charges,
            sweep=self.sweep,
            now=self.looked_at,
        )

    def looked_at(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=self.hour)

    def sweep(self) -> None:
        for finish in self.sweeps:
            finish()

    def write(self, folder: Path) -> Path:
        text = "".join(json.dumps(line) + "\n" for line in self.lines) + self.torn
        (folder / "requests.jsonl").write_text(text, encoding="utf-8")
        told = [
            {
                "id": merchant,
                "api_key": KEYS[merchant],
                "balances": [
                    {"currency": "USD", "available_minor": had[0], "pending_minor": had[1]}
                ],
            }
            for merchant, had in self.before.items()
        ]
        (folder / "merchants.json").write_text(json.dumps({"merchants": told}), encoding="utf-8")
        return folder

    def audit(self, folder: Path, *, is_local: bool = True, looks: int = 1) -> dict[str, str]:
        """The broken checks, with their details."""
        sources = self.sources(is_local=is_local)
        checks = audit_from(self.write(folder), sources, pauses_seconds=(0.0,) * (looks - 1))
        return {check.name: check.detail for check in checks if not check.ok}


def asked(kind: Kind, path: str, key: str, merchant: str) -> Asked:
    return Asked(merchant=merchant, method="POST", path=path, key=key, kind=kind)


def event_of(item: Document) -> Document:
    provider, _, event_id = item["id"]["S"].partition("#")
    return {
        "provider": provider,
        "provider_event_id": event_id,
        "status": item["status"]["S"],
        "payment_id": item["payment_id"]["S"],
        "received_at": "2026-11-22T03:00:00.000000Z",
    }


def page_of(items: list[Document], query: dict[str, str]) -> Document:
    """Pages are short, and the first is empty: a list is read to its end."""
    since = query.get("created_from", "")
    listed = [one for one in items if one.get("created_at", "z") >= since]
    if "cursor" not in query:
        return {"data": [], "has_more": True, "next_cursor": "0"}
    start = int(query["cursor"])
    has_more = start + 3 < len(listed)
    return {
        "data": deepcopy(listed[start : start + 3]),
        "has_more": has_more,
        "next_cursor": str(start + 3) if has_more else None,
    }


def charge_of(payment: Document, created_at: str) -> Document:
    return {
        "id": f"ch_{payment['id']}",
        "face": "simulated",
        "payment_id": payment["id"],
        "idempotency_key": payment["id"],
        "status": "succeeded",
        "amount_minor": payment["amount_minor"],
        "currency": "USD",
        "captured_minor": payment["amount_minor"],
        "refunded_minor": 0,
        "refunds": [],
        "created_at": created_at,
    }


def payment_body(key: str, amount_minor: int) -> Document:
    return {"amount_minor": amount_minor, "currency": "USD", "metadata": {"load_key": key}}


def loaded_world() -> World:
    """Two merchants were loaded, and everything is as it should be."""
    world = World()
    n = world.send(Kind.DEPOSIT, DEPOSITS, "d1", {"amount_minor": 7_000, "currency": "USD"})
    world.answer(n, 201, world.deposit("d1", 7_000))
    world.send(Kind.DEPOSIT, DEPOSITS, "d-lost", {"amount_minor": 40, "currency": "USD"})
    world.deposit("d-lost", 40)
    for number in range(1, 5):
        key = f"p{number}"
        n = world.send(Kind.PAYMENT, PAYMENTS, key, payment_body(key, number * 100))
        world.answer(n, 201, world.pay(key, number * 100))
    # A copy of a request is answered as the first was.
    n = world.send(Kind.PAYMENT, PAYMENTS, "p1", payment_body("p1", 100))
    world.answer(n, 201, world.answered("p1")["answer"], replayed=True)
    n = world.send(Kind.PAYMENT, PAYMENTS, "poor", payment_body("poor", 99_999), POOR)
    declined = world.pay("poor", 99_999, POOR, status="declined")
    problem = {"code": "insufficient_funds", "payment_id": declined["id"], "request_id": "r-1"}
    world.answer(n, 402, problem)
    n = world.send(Kind.PAYMENT, PAYMENTS, "poor", payment_body("poor", 99_999), POOR)
    world.answer(n, 402, problem, replayed=True)
    # Answers that were lost, of what was done and of what was not, and a refusal.
    n = world.send(Kind.PAYMENT, PAYMENTS, "lost", payment_body("lost", 77))
    world.pay("lost", 77)
    world.answer(n, 0, None)
    world.send(Kind.PAYMENT, PAYMENTS, "never", payment_body("never", 66), POOR)
    n = world.send(Kind.PAYMENT, PAYMENTS, "hasty", payment_body("hasty", 55))
    world.answer(n, 429, {"code": "rate_limited"})
    first = world.payments[RICH][world.id_of(Kind.PAYMENT, PAYMENTS, "p2")]
    n = world.send(
        Kind.REFUND,
        f"{PAYMENTS}/{first['id']}/refunds",
        "r1",
        {"amount_minor": 30, "currency": "USD"},
    )
    world.answer(n, 201, world.refund("r1", first, 30))
    n = world.send(Kind.CHARGE, PAYMENTS, "c1", payment_body("c1", 900))
    charged = world.pay("c1", 900, kind=Kind.CHARGE)
    world.answer(n, 201, charged)
    n = world.send(Kind.REFUND, f"{PAYMENTS}/{charged['id']}/refunds", "r2", {})
    world.answer(n, 201, world.refund("r2", charged, 900))
    n = world.send(Kind.CHECKOUT_SESSION, SESSIONS, "s1", payment_body("s1", 450))
    paid = world.pay("s1", 450, kind=Kind.CHECKOUT_SESSION)
    session = {**paid, "id": paid["id"].replace("pay_", "cs_"), "payment_id": paid["id"]}
    world.answer(n, 201, {**session, "status": "open"})
    n = world.send(Kind.CHECKOUT_SESSION, SESSIONS, "s2", payment_body("s2", 460))
    waiting = world.pay("s2", 460, kind=Kind.CHECKOUT_SESSION, status="requires_action")
    session = {**waiting, "id": waiting["id"].replace("pay_", "cs_"), "payment_id": waiting["id"]}
    world.answer(n, 201, {**session, "status": "open"})
    event = {
        "id": "evt_1",
        "type": "checkout.session.completed",
        "data": {"object": {"metadata": {"oncepay_payment_id": paid["id"]}}},
    }
    n = world.send(Kind.EVENT, STRIPE, "evt_1", event, "")
    world.take_event("evt_1", paid["id"])
    world.answer(n, 200, {"received": True})
    n = world.send(Kind.EVENT, STRIPE, "evt_1", event, "")
    world.answer(n, 200, {"received": True, "duplicate": True}, replayed=True)
    n = world.send(Kind.EVENT, STRIPE, "evt_2", {"id": "evt_2", "type": "product.created"}, "")
    world.take_event("evt_2", None)
    world.answer(n, 200, {"received": True})
    return world
