"""A small world whose books are right, written item by item as docs/data-model.md says.

Nothing here comes from the project's own code: what the prover is tested on must not repeat the
writers' mistakes. Three merchants' books, one of them hot (two shards), one of them charged no fee.
"""

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
        self.api_key("operator", ["settlements:read"])
        self.api_key(ALICE, ["payments:write"])
        self.deposit("dep_one", ALICE, "USD", 100_000, [(0, 100_000)])
        self.payment("pay_one", ALICE, "USD", 5_000, 100, [(0, 5_000, 100)], refunded=2_500)
        self.refund("pay_one", "re_one", ALICE, "USD", 2_000)
        self.refund("pay_one", "re_two", ALICE, "USD", 500)
        self.payment("pay_poor", ALICE, "USD", 900_000, 18_000, [], status="declined")
        self.deposit("dep_hot", ALICE, "EUR", 1_001, [(0, 501), (1, 500)])
        self.payment("pay_hot", ALICE, "EUR", 600, 12, [(0, 400, 12), (1, 200, 0)])
        self.deposit("dep_bob", BOB, "USD", 777, [(0, 777)])
        self.payment("pay_bob", BOB, "USD", 10, 0, [(0, 10, 0)], fee_basis_points=0)

    def put(self, table: str, id_: str, part: str = "", **attributes: Any) -> None:
        """Store an item."""
        keys = {"id": id_} | ({"part": part} if part else {})
        self.items[table, id_, part] = {n: raw(v) for n, v in (keys | attributes).items()}

    def write(self, client: Any, tables: dict[str, str]) -> None:
        """Write the whole world into tables."""
        for (table, _, _), item in self.items.items():
            client.put_item(TableName=tables[table], Item=item)

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
            version=1,
            list_bucket=f"{merchant}#3",
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
        self, book: tuple[str, str, int], kind: str, item: tuple[str, str], postings: Postings
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
            created_at=AT,
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
        moved = sum(n for account, n in postings if account == "available")
        balance["available_minor"] = raw(int(balance["available_minor"]["N"]) + moved)
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
