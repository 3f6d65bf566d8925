"""A small world whose books are right, written item by item as docs/data-model.md says.

Nothing here comes from the project's own code: what the prover is tested on must not repeat the
writers' mistakes. Three merchants' books, one of them hot (two shards), one of them charged no fee;
a settlement file that settled a payment and a refund and has breaks, one that settled a payment and
has only an unreadable row, a copy of the first, a quarantined one, and one that is half booked.
"""

import base64
import hashlib
import json
from typing import Any

from ops.verify.command import Report

AT = "2026-11-21T12:00:00.000001Z"
FINGERPRINT = "f" * 64
type Raw = dict[str, Any]
type Address = tuple[str, str, str]
type Postings = list[tuple[str, int]]
type Found = set[tuple[str, Address]]

LATER = "2026-11-21T13:00:00.000002Z"
BUCKET = "settlements"
CONTENT, SECOND_CONTENT, THIRD_CONTENT = "c" * 64, "d" * 64, "e" * 64

ALICE, BOB = "mer_alice", "mer_bob"
ALICE_USD, ALICE_EUR, BOB_USD = "mer_alice#USD#0", "mer_alice#EUR", "mer_bob#USD#0"


def raw(value: object) -> Raw:
    """A plain value as DynamoDB has it."""
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [raw(one) for one in value]}
        case dict():
            return {"M": {name: raw(one) for name, one in value.items()}}
        case _:
            raise TypeError(value)


def record_id(public_id: str) -> str:
    """The id of the idempotency record of what has that id."""
    return hashlib.sha256(public_id.encode()).hexdigest()


def run_id(key: str, version: str = "v1", bucket: str = BUCKET) -> str:
    """The id of the run of that version of a file."""
    hashed = hashlib.sha256()
    for part in (bucket, key, version):
        hashed.update(f"{len(part)}:{part}".encode())
    return "set_" + base64.b32encode(hashed.digest()).decode()[:26].lower()


def entries(*addresses: Address) -> Raw:
    """The list of entries that an item keeps."""
    return raw([{"id": id_, "part": part} for _, id_, part in addresses])


def found_by(report: Report) -> Found:
    """What a report says is wrong, as pairs of rule and item."""
    assert (report.exit_code, report.not_proved) == (1 if report.findings else 0, [])
    return {(str(one.rule), (one.table, *one.key)) for one in report.findings}


class SmallWorld:
    """All items by (table, id, part), to be corrupted one by one and then written."""

    def __init__(self) -> None:
        self.items: dict[Address, Raw] = {}
        self._entry_number = 0
        for merchant in (ALICE, BOB):
            self.put("directory", merchant, "merchant", name="Shop", created_at=AT, version=1)
        self.give_shards(ALICE, 2)
        self.api_key("operator", ["settlements:read"])
        self.api_key(ALICE, ["payments:write"])
        self.deposit("dep_one", ALICE, "USD", 100_000, [(0, 100_000)])
        whole = [(0, 5_000, 100)]
        self.payment("pay_one", ALICE, "USD", 5_000, 100, whole, refunded=2_500, version=3)
        self.refund("pay_one", "re_one", ALICE, "USD", 2_000)
        self.refund("pay_one", "re_two", ALICE, "USD", 500)
        self.payment("pay_poor", ALICE, "USD", 900_000, 18_000, [], status="declined")
        self.deposit("dep_hot", ALICE, "EUR", 1_001, [(0, 501), (1, 500)])
        self.items["ledger", f"{ALICE_EUR}#0", "balance"]["shards"] = raw(2)
        self.payment("pay_hot", ALICE, "EUR", 600, 12, [(0, 400, 12), (1, 200, 0)])
        self.deposit("dep_bob", BOB, "USD", 777, [(0, 777)])
        self.payment("pay_bob", BOB, "USD", 10, 0, [(0, 10, 0)], fee_basis_points=0)
        self.settle_files()
        self.event("evt_one")

    def put(self, table: str, id_: str, part: str = "", **attributes: Any) -> None:
        """Store an item."""
        keys = {"id": id_} | ({"part": part} if part else {})
        self.items[table, id_, part] = {n: raw(v) for n, v in (keys | attributes).items()}

    def corrupted(
        self, address: Address, change: dict[str, Raw | None] | None
    ) -> dict[Address, Raw]:
        """The items with one of them changed, or gone; an attribute that is None is gone."""
        items = dict(self.items)
        original = items.pop(address)
        if change is not None:
            items[address] = {n: v for n, v in (original | change).items() if v is not None}
        return dict(sorted(items.items()))

    def write(self, client: Any, tables: dict[str, str]) -> None:
        """Write the whole world into tables."""
        for (table, _, _), item in self.items.items():
            client.put_item(TableName=tables[table], Item=item)

    def give_shards(self, merchant: str, shards: int) -> None:
        """A merchant has so many, and the sweep knows it."""
        self.items["directory", merchant, "merchant"]["shards"] = raw(shards)
        byte = hashlib.sha256(merchant.encode()).digest()[0]
        self.put(
            "payments",
            merchant,
            "shards",
            merchant_id=merchant,
            shards=shards,
            due_bucket=f"work#{byte % 16}",
            due_at=LATER,
            created_at=AT,
            updated_at=LATER,
            version=2,
        )

    def api_key(self, owner: str, scopes: list[str]) -> None:
        self.put(
            "directory",
            owner,
            "api_key#k1",
            secret_sha256="a" * 64,
            scopes=scopes,
            name="first",
            created_at=AT,
            version=1,
        )

    def deposit(
        self, id_: str, merchant: str, currency: str, amount: int, shards: list[tuple[int, int]]
    ) -> None:
        entries = [
            self.entry(
                (merchant, currency, shard),
                "deposit",
                (id_, "deposit"),
                [("external:bank", -part), ("available", part)],
            )
            for shard, part in shards
        ]
        self.put(
            "payments",
            id_,
            "deposit",
            merchant_id=merchant,
            fingerprint=FINGERPRINT,
            amount_minor=amount,
            currency=currency,
            created_at=AT,
            entries=entries,
            version=1,
        )
        self.record(id_, merchant, (id_, "deposit"), 201, amount, currency)

    def payment(
        self,
        id_: str,
        merchant: str,
        currency: str,
        amount: int,
        fee: int,
        shards: list[tuple[int, int, int]],
        *,
        status: str = "succeeded",
        refunded: int = 0,
        fee_basis_points: int = 200,
        version: int = 1,
    ) -> None:
        entries = [
            self.entry(
                (merchant, currency, shard),
                "payment",
                (id_, "payment"),
                [("available", -(part + its_fee)), ("external:bank", part)]
                + ([("fees", its_fee)] if its_fee else []),
            )
            for shard, part, its_fee in shards
        ]
        is_declined = status == "declined"
        self.put(
            "payments",
            id_,
            "payment",
            merchant_id=merchant,
            fingerprint=FINGERPRINT,
            currency=currency,
            created_at=AT,
            updated_at=AT,
            amount_minor=amount,
            fee_minor=fee,
            fee_basis_points=fee_basis_points,
            captured_minor=0 if is_declined else amount,
            refunded_minor=refunded,
            status=status,
            funding_type="balance",
            metadata={"order": "42"},
            version=version,
            list_bucket=f"{merchant}#{shards[0][0] if shards else 0}",
            list_position=f"{AT}#{id_}",
            **({"failure_code": "insufficient_funds"} if is_declined else {"entries": entries}),
        )
        self.record(id_, merchant, (id_, "payment"), 402 if is_declined else 201, amount, currency)

    def refund(self, payment_id: str, id_: str, merchant: str, currency: str, amount: int) -> None:
        part = f"refund#{id_}"
        entry = self.entry(
            (merchant, currency, 0),
            "refund",
            (payment_id, part),
            [("external:bank", -amount), ("available", amount)],
        )
        self.put(
            "payments",
            payment_id,
            part,
            merchant_id=merchant,
            fingerprint=FINGERPRINT,
            amount_minor=amount,
            currency=currency,
            status="succeeded",
            created_at=AT,
            updated_at=AT,
            entries=[entry],
            version=1,
        )
        self.record(id_, merchant, (payment_id, part), 201, amount, currency)

    def entry(
        self,
        book: tuple[str, str, int],
        kind: str,
        item: tuple[str, str],
        postings: Postings,
        *,
        at: str = AT,
    ) -> dict[str, str]:
        """Post an entry, move the balance, and return the entry's key."""
        merchant, currency, shard = book
        id_ = f"{merchant}#{currency}#{shard}"
        self._entry_number += 1
        part = f"entry#le_{self._entry_number:04}"
        of_payment = {} if kind == "deposit" else {"payment_id": item[0]}
        self.put(
            "ledger",
            id_,
            part,
            kind=kind,
            item_id=item[0],
            item_part=item[1],
            currency=currency,
            created_at=at,
            postings=[{"account": account, "amount_minor": n} for account, n in postings],
            **of_payment,
        )
        if ("ledger", id_, "balance") not in self.items:
            self.put(
                "ledger",
                id_,
                "balance",
                merchant_id=merchant,
                currency=currency,
                available_minor=0,
                entry_count=0,
            )
        balance = self.items["ledger", id_, "balance"]
        for account, moved in postings:
            if account in ("available", "pending", "refunding", "disputed"):
                before = balance.get(f"{account}_minor", raw(0))
                balance[f"{account}_minor"] = raw(int(before["N"]) + moved)
        balance["entry_count"] = raw(int(balance["entry_count"]["N"]) + 1)
        return {"id": id_, "part": part}

    def record(
        self,
        public_id: str,
        merchant: str,
        item: tuple[str, str],
        status_code: int,
        amount: int,
        currency: str,
    ) -> None:
        made = {"id": public_id, "amount_minor": amount, "currency": currency}
        body = made if status_code == 201 else {"status": 402, "payment_id": public_id}
        self.put(
            "idempotency",
            record_id(public_id),
            merchant_id=merchant,
            fingerprint=FINGERPRINT,
            state="COMPLETED",
            item_id=item[0],
            item_part=item[1],
            status_code=status_code,
            body=json.dumps(body),
            created_at=AT,
            expires_at=1_795_000_000,
        )

    def settle_files(self) -> None:
        """The five runs; the first one has a break of each of two kinds."""
        first, second = run_id("incoming/one.csv"), run_id("incoming/two.csv")
        self.run(
            "incoming/one.csv",
            content=CONTENT,
            total_rows=4,
            matched=2,
            breaks_by_kind={"amount_mismatch": 1, "rejected_row": 1},
            gross_minor={"USD": 3_007},
            fee_minor={"USD": 100},
            broken_minor={"USD": 7},
        )
        self.mark(("pay_one", "payment"), first)
        self.mark(("pay_one", "refund#re_one"), first)
        self.row_break(first, 2, "amount_mismatch", gross=7, payment_id="pay_bob")
        self.row_break(first, 4, "rejected_row")
        self.run(
            "incoming/two.csv",
            content=SECOND_CONTENT,
            total_rows=2,
            matched=1,
            breaks_by_kind={"rejected_row": 1},
            gross_minor={"USD": 10},
            fee_minor={"USD": 0},
        )
        self.mark(("pay_bob", "payment"), second)
        self.row_break(second, 1, "rejected_row")
        self.run(
            "incoming/one.csv",
            "v2",
            content=CONTENT,
            total_rows=0,
            is_holder=False,
            duplicate_of=first,
        )
        self.run("incoming/bad.csv", status="quarantined", reason="the file is empty")
        self.run(
            "incoming/half.csv",
            status="processing",
            content=THIRD_CONTENT,
            total_rows=3,
            matched=1,
            gross_minor={"EUR": 1_800},
            fee_minor={"EUR": 36},
            matched_minor={"EUR": 600},
        )
        self.put("settlements", "latest#native", "file", run_id=second, at=LATER)
        self.mark(("pay_hot", "payment"), run_id("incoming/half.csv"))

    def run(
        self,
        key: str,
        version_id: str = "v1",
        *,
        status: str = "completed",
        content: str | None = None,
        total_rows: int = 0,
        matched: int = 0,
        breaks_by_kind: dict[str, int] | None = None,
        gross_minor: dict[str, int] | None = None,
        fee_minor: dict[str, int] | None = None,
        matched_minor: dict[str, int] | None = None,
        broken_minor: dict[str, int] | None = None,
        file_format: str = "native",
        is_holder: bool = True,
        **more: str,
    ) -> str:
        """A run with its pointer, and with the claim to its content; returns its id.

        What is not broken matched, unless told otherwise.
        """
        id_ = run_id(key, version_id)
        has_ended = status in ("completed", "quarantined")
        totals: dict[str, Any] = {
            "format": file_format,
            "sha256": content,
            "size_bytes": 400,
            "total_rows": total_rows,
            "gross_minor": gross_minor or {},
            "fee_minor": fee_minor or {},
        }
        broken = broken_minor or {}
        if matched_minor is None:
            matched_minor = {n: sum_ - broken.get(n, 0) for n, sum_ in (gross_minor or {}).items()}
        if content and "duplicate_of" not in more:
            more = {"measured_at": LATER} | more
        self.put(
            "settlements",
            id_,
            "run",
            list_bucket=AT[:7],
            list_position=f"{AT}#{id_}",
            source_bucket=BUCKET,
            source_key=key,
            source_version_id=version_id,
            source_etag="0123abcd",
            status=status,
            matched=matched,
            breaks_by_kind=breaks_by_kind or {},
            matched_minor=matched_minor,
            broken_minor=broken,
            started_at=AT,
            updated_at=LATER,
            version=3,
            **({"completed_at": LATER} if has_ended else {}),
            **(totals if content else {}),
            **more,
        )
        self.put("settlements", f"source#{key}", f"{AT}#{id_}", run_id=id_)
        if content and is_holder:
            self.put("settlements", f"content#{content}", "claim", run_id=id_)
        return id_

    def row_break(
        self,
        run: str,
        row: int,
        kind: str,
        *,
        gross: int = 0,
        cost: int = 0,
        currency: str = "USD",
        **more: Any,
    ) -> str:
        """A break of a run, open unless told otherwise; returns its id."""
        if kind != "rejected_row":
            more = {"currency": currency} | more
        if more.get("status", "open") == "open":
            more = {"open_bucket": f"open#{row % 8}"} | more
        self.put(
            "settlements",
            run,
            f"break#{row:010}",
            **{
                "row": row,
                "line": row + 1,
                "kind": kind,
                "status": "open",
                "expected": {"rule": "must be so"},
                "found": {"line": row + 1, "value": "12.50"},
                "reason": f"line {row + 1}: it is not so",
                "gross_minor": gross,
                "cost_minor": cost,
                "opened_at": LATER,
                "version": 1,
            }
            | more,
        )
        return f"brk_{run.removeprefix('set_')}_{row}"

    def mark(self, item: tuple[str, str], run: str, at: str = LATER) -> None:
        """A payment or refund is settled by a run."""
        stored = self.items["payments", *item]
        version = raw(int(stored["version"]["N"]) + 1)
        stored |= {"settlement_id": raw(run), "settled_at": raw(at), "updated_at": raw(at)}
        for name in ("due_at", "due_bucket"):
            stored.pop(name, None)
        stored["version"] = version

    def event(self, event_id: str, **members: Any) -> None:
        """An event of Stripe, received at AT."""
        sent = {"id": event_id, "type": "charge.refunded", "created": 1_795_262_400}
        sent |= {"livemode": False} | members
        self.put(
            "events",
            f"stripe#{event_id}",
            provider="stripe",
            event_id=event_id,
            type=sent["type"],
            created="2026-11-21T12:00:00.000000Z",
            payload=json.dumps(sent),
            received_at=AT,
            status="received",
            list_bucket=f"operator#{AT[:7]}",
            list_position=f"{AT}#stripe#{event_id}",
            expires_at=1_795_262_400 + 30 * 86_400,
        )
        self.items["events", f"stripe#{event_id}", ""]["livemode"] = {"BOOL": sent["livemode"]}
