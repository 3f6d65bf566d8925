"""Does the estimate hold? A mixed load goes through the functions as they are deployed; what it
took is counted by AWS's rules from the items that were really written and read, and held against
the estimate of the same counts.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from statistics import median
from typing import Any

import boto3
import pytest
from moto import mock_aws

from oncepay.domain.capacity import item_size_bytes
from oncepay.domain.costs.bill import Used
from oncepay.domain.costs.item_sizes import PLAIN_BYTES
from oncepay.domain.costs.prices import Line
from oncepay.domain.costs.usage import usage_of
from oncepay.domain.costs.workload import Workload
from oncepay.storage.database import Endpoint, open_database
from ops.simulated.outbox import Delivery
from tests.costs.recorded_units import RecordedUnits, recorded_units
from tests.dropped_files import Drop, a_file, a_line
from tests.events import LambdaContext, Reply, load_function
from tests.processor_handlers import ProcessorHandlers, running_handlers
from tests.template_tables import create_tables
from tests.unit.functions.test_reconcile import a_message, a_record

TOLERANCE = Decimal("0.05")
PAYMENT = {"amount_minor": 5_000, "currency": "USD", "funding": {"type": "balance"}}
EVENT_BYTES = 1340


class Load:
    """Calls of all kinds, counted by the names of a workload."""

    def __init__(
        self, handlers: ProcessorHandlers, recorded: RecordedUnits, tables: dict[str, str]
    ) -> None:
        self.handlers, self.recorded, self.tables = handlers, recorded, tables
        self.counts: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self.reads: dict[str, Decimal] = {}

    def did(self, kind: str, reply: Reply | None = None, *, status: int = 201) -> Any:
        """Count a call of that kind, and what it took."""
        assert reply is None or reply.status == status, reply.text
        units = self.recorded.take()
        self.counts[kind] += 1
        self.writes[kind] += units.write
        self.reads[kind] = self.reads.get(kind, Decimal(0)) + units.read
        return reply.json if reply is not None and reply.text else None

    def events(self) -> list[Delivery]:
        """What the processor has to tell."""
        return self.handlers.events()


def pay_from_the_balance(load: Load) -> list[str]:
    """Deposits, payments, replays, declines, refunds."""
    post = load.handlers.post
    for number in range(2):
        body = {"amount_minor": 10_000, "currency": "USD"}
        load.did("deposits", post("/v1/deposits", body, key=f"d{number}"))
    ids = [
        load.did("payments", post("/v1/payments", PAYMENT, key=f"p{number}"))["id"]
        for number in range(12)
    ]
    for number in range(2):
        load.did("replays", post("/v1/payments", PAYMENT, key=f"p{number}"))
    too_much = {**PAYMENT, "amount_minor": 900_000_000}
    load.did("declines", post("/v1/payments", too_much, key="x"), status=402)
    for number in range(2):
        moved = load.handlers.move(ids[number], "refunds", {"amount_minor": 100}, key=f"r{number}")
        load.did("refunds", moved)
    return ids


def pay_at_the_processor(load: Load) -> list[str]:
    """Charges, authorizations and what follows; sessions; and the events of all of them."""
    handlers = load.handlers
    charged = [load.did("charges", handlers.charge(key=f"c{number}"))["id"] for number in range(4)]
    for delivery in load.events():
        load.did("events_known", handlers.bring(delivery), status=200)
        load.did("events_repeated", handlers.bring(delivery), status=200)
    held = [
        load.did("authorizations", handlers.charge(manual=True, key=f"a{number}"))["id"]
        for number in range(3)
    ]
    load.events()
    for number, payment_id in enumerate(held[:2]):
        moved = handlers.move(payment_id, "capture", key=f"cap{number}")
        load.did("captures", moved, status=200)
    load.did("voids", handlers.move(held[2], "void", key="v"), status=200)
    load.did("processor_refunds", handlers.move(held[0], "refunds", key="rf"))
    load.did("checkout_sessions", handlers.checkout())
    load.events()
    load.did("unknown_charges", handlers.charge("timeout_after", key="u"), status=202)
    for delivery in load.events():
        load.did("events_settling", handlers.bring(delivery), status=200)
    return charged


def read(load: Load, payment_ids: list[str]) -> None:
    """What merchants look at."""
    get = load.handlers.get
    for payment_id in payment_ids[4:]:
        found = get("/v1/payments/{id}", parameters={"id": payment_id})
        load.did("payment_reads", found, status=200)
    for _ in range(5):
        load.did("list_reads", get("/v1/payments", query={"limit": ["3"]}), status=200)
    load.did("balance_reads", get("/v1/balances"), status=200)
    load.did("statement_reads", get("/v1/ledger/entries", query={"limit": ["8"]}), status=200)


def settle(load: Load, drop: Drop, paid: list[str], charged: list[str]) -> None:
    """A settlement file: rows of both kinds of payment, a refund, and rows that nobody knows."""
    reconcile = load_function("reconcile")
    refund = a_line(paid[0], 100, 0, type_="refund", row_id="refund")
    lines = [
        *(a_line(one, row_id=one) for one in paid),
        *(a_line(one, row_id=one) for one in charged),
        refund,
        *(a_line(one, row_id=f"again-{one}") for one in paid[:3]),
    ]
    source = drop.put(a_file(*lines))
    load.recorded.take()
    done = reconcile.handler(
        {"Records": [a_message({"Records": [a_record(source)]})]}, LambdaContext(300_000)
    )
    assert done == {"batchItemFailures": []}
    load.did("settlement_files")
    rows = {"payment_rows": len(paid), "charge_rows": len(charged), "refund_rows": 1,
            "break_rows": 3}  # fmt: skip
    load.counts.update(rows)


@pytest.fixture(scope="module")
def mixed() -> Iterator[Load]:
    """The load, done once for all tests here."""
    with mock_aws(), pytest.MonkeyPatch.context() as monkeypatch:
        tables = create_tables(boto3.client("dynamodb"), "test")
        database = open_database(tables, Endpoint(region="us-east-1"))
        boto3.client("secretsmanager").create_secret(Name="cursor", SecretString="not much of one")
        with (
            running_handlers(monkeypatch, tables, faces=("stripe",)) as handlers,
            recorded_units(monkeypatch, tables) as recorded,
        ):
            # The first deposit opens the balance, which a merchant's later ones do not.
            body = {"amount_minor": 100_000_000, "currency": "USD"}
            assert handlers.post("/v1/deposits", body, key="first").status == 201
            recorded.take()
            load = Load(handlers, recorded, tables)
            paid = pay_from_the_balance(load)
            charged = pay_at_the_processor(load)
            read(load, paid)
            queue = boto3.client("sqs").create_queue(QueueName="settlements")["QueueUrl"]
            monkeypatch.setenv("SETTLEMENT_QUEUE_URL", queue)
            settle(load, Drop(database, tables), paid, charged)
            yield load


def estimated(load: Load) -> list[Used]:
    """What the estimate says of the same counts, without what time alone brings."""
    members = {**load.counts, "event_bytes": EVENT_BYTES}
    used = usage_of(Workload.of(members))
    return [one for one in used if not one.is_fixed and "look-ups of a key" not in one.how]


def of_line(used: list[Used], line: Line) -> Decimal:
    return sum((one.quantity for one in used if one.line is line), Decimal(0))


def within(found: Decimal, counted: Decimal) -> bool:
    return abs(found - counted) <= TOLERANCE * counted


def test_estimate__of_a_mixed_load__is_within_five_percent_of_what_was_written(
    mixed: Load,
) -> None:
    used = estimated(mixed)
    writes = Decimal(sum(mixed.writes.values()))
    reads = sum(mixed.reads.values(), Decimal(0))
    assert within(of_line(used, Line.WRITES), writes), (used, mixed.writes)
    assert within(of_line(used, Line.READS), reads), (used, mixed.reads)


def test_each_kind__but_files__is_estimated_to_the_unit(mixed: Load) -> None:
    wrong = {}
    for kind, count in mixed.counts.items():
        if "settlement" in kind or kind.endswith("_rows"):
            continue
        members = {kind: count, "event_bytes": EVENT_BYTES}
        used = [one for one in usage_of(Workload.of(members))
                if not one.is_fixed and "look-ups" not in one.how]  # fmt: skip
        found = of_line(used, Line.WRITES), of_line(used, Line.READS)
        counted = Decimal(mixed.writes[kind]), mixed.reads[kind]
        if found != counted:
            wrong[kind] = found, counted
    assert not wrong


def usual(dynamodb: Any, table: str, kind: Callable[[dict[str, Any]], bool]) -> int:
    found = [item_size_bytes(item) for item in dynamodb.scan(TableName=table)["Items"]
             if kind(item)]  # fmt: skip
    return int(median(found))


def test_sizes__are_those_of_what_was_written(mixed: Load) -> None:
    tables, dynamodb = mixed.tables, boto3.client("dynamodb")

    def part(beginning: str) -> Callable[[dict[str, Any]], bool]:
        return lambda item: item["part"]["S"].startswith(beginning)

    def of_processor(item: dict[str, Any]) -> bool:
        return part("payment")(item) and "processor" in item

    payments, ledger, settlements = tables["payments"], tables["ledger"], tables["settlements"]
    measured = {
        "record": usual(dynamodb, tables["idempotency"], lambda item: True),
        "card payment": usual(dynamodb, payments, of_processor),
        "payment": usual(
            dynamodb, payments, lambda item: part("payment")(item) and "processor" not in item
        ),
        "deposit": usual(dynamodb, payments, part("deposit")),
        "refund": usual(dynamodb, payments, part("refund")),
        "operation": usual(dynamodb, payments, part("operation")),
        "page": max(
            item_size_bytes(item)
            for item in dynamodb.scan(TableName=payments)["Items"]
            if part("operation")(item)
        ),
        "pointer": usual(dynamodb, payments, part("reference")),
        "entry": usual(dynamodb, ledger, part("entry")),
        "balance": usual(dynamodb, ledger, part("balance")),
        "run": usual(dynamodb, settlements, part("run")),
        "break": usual(dynamodb, settlements, part("break")),
        "claim": usual(dynamodb, settlements, part("claim")),
        "latest": usual(dynamodb, settlements, part("file")),
        "source": usual(dynamodb, settlements, lambda item: item["id"]["S"].startswith("source#")),
    }
    off = {name: (size, PLAIN_BYTES[name]) for name, size in measured.items()
           if abs(size - PLAIN_BYTES[name]) > 0.15 * size}  # fmt: skip
    assert not off
