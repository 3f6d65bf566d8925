"""Which designs of a payment are measured beside each other? Ours, over both of its transports, and
two peers; each with tables of its own, and an environment that says where they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.dynamodb_engines import LocalEngine

ROOT: Final = Path(__file__).parents[1]
FUNDS_MINOR: Final = 10**12
"""What a merchant has: more than any run takes, and less than the most of a deposit."""
FUNDS_CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A way to make a payment.

    Attributes:
        name: on the command line and in the record.
        title: in tables.
        paying, listing: the files of the functions that pay and that list.
        environment: what the functions read from their environment, but for the engine's address.
        tables: by role.
        deposits: whether a merchant is funded by a deposit to the function that pays.
    """

    name: str
    title: str
    paying: Path
    listing: Path
    environment: Mapping[str, str]
    tables: Mapping[str, str]
    deposits: bool


OURS: Final = "oncepay"
OURS_OVER_BOTOCORE: Final = "oncepay-botocore"
UTILITY: Final = "peer-a"
FIVE_CALLS: Final = "peer-b"
NAMES: Final = (OURS, OURS_OVER_BOTOCORE, UTILITY, FIVE_CALLS)


def make_designs(engine: LocalEngine) -> dict[str, Design]:
    """All of them, with their tables."""
    tables = engine.create_tables("oncepay")
    return {
        design.name: design
        for design in (
            _ours(OURS, "Oncepay", tables, "thin"),
            _ours(OURS_OVER_BOTOCORE, "Oncepay over botocore", tables, "botocore"),
            _utility(engine.client()),
            _five_calls(engine.client()),
        )
    }


def fund(design: Design, client: Any, merchant_id: str) -> None:
    """Put money on a merchant's balance, where the design keeps one that no function fills."""
    if "balances" in design.tables:
        item = {
            "merchant_id": {"S": merchant_id},
            "currency": {"S": FUNDS_CURRENCY},
            "available_minor": {"N": str(FUNDS_MINOR)},
        }
        client.put_item(TableName=design.tables["balances"], Item=item)


def oncepay_environment(tables: Mapping[str, str]) -> dict[str, str]:
    """What template.yaml sets for the functions process_payment and query, without processors."""
    return {
        "POWERTOOLS_SERVICE_NAME": "oncepay",
        "IDEMPOTENCY_TABLE": tables["idempotency"],
        "PAYMENTS_TABLE": tables["payments"],
        "LEDGER_TABLE": tables["ledger"],
        "SETTLEMENTS_TABLE": tables["settlements"],
        "EVENTS_TABLE": tables["events"],
        "FEE_BASIS_POINTS": "200",
        "MINIMUM_DEPOSIT_BTC": "100000",
        "IDEMPOTENCY_RETENTION_HOURS": "24",
        "PROCESSOR_TIMEOUT_SECONDS": "10",
        "FUNCTION_TIMEOUT_SECONDS": "25",
        "CURSOR_SECRET_ID": "cursor",
        "SETTLEMENT_DELAY_DAYS": "",
        "SETTLEMENT_EVERY_DAYS": "",
        "DIRECTORY_TABLE": "directory",
        "USAGE_SAMPLING": "10",
        "STACK_NAME": "oncepay",
        "STACK_REGION": "us-east-1",
        "FUNCTION_ARCHITECTURE": "arm64",
        "FUNCTION_MEMORY_MB": "1024",
    }


def _ours(name: str, title: str, tables: Mapping[str, str], transport: str) -> Design:
    functions = ROOT / "functions"
    return Design(
        name=name,
        title=title,
        paying=functions / "process_payment" / "app.py",
        listing=functions / "query" / "app.py",
        environment=oncepay_environment(tables) | {"ONCEPAY_TRANSPORT": transport},
        tables=tables,
        deposits=True,
    )


def _utility(client: Any) -> Design:
    make = _maker(client, UTILITY)
    tables = {
        "idempotency": make("idempotency", "id"),
        "payments": make("payments", "merchant_id", "id"),
    }
    return _peer(UTILITY, "peer (a): utility, one save", "idempotency_utility", tables)


def _five_calls(client: Any) -> Design:
    make = _maker(client, FIVE_CALLS)
    tables = {
        "idempotency": make("idempotency", "id"),
        "payments": make("payments", "merchant_id", "id"),
        "balances": make("balances", "merchant_id", "currency"),
        "entries": make("entries", "merchant_id", "id"),
    }
    return _peer(FIVE_CALLS, "peer (b): five calls, not atomic", "five_calls", tables)


def _peer(name: str, title: str, folder: str, tables: Mapping[str, str]) -> Design:
    app = ROOT / "benchmarks" / "peers" / folder / "app.py"
    places = {f"{role.upper()}_TABLE": table for role, table in tables.items()}
    return Design(
        name=name,
        title=title,
        paying=app,
        listing=app,
        environment={"POWERTOOLS_SERVICE_NAME": name, **places},
        tables=tables,
        deposits=False,
    )


def _maker(client: Any, prefix: str) -> Callable[..., str]:
    def make(role: str, *key_names: str) -> str:
        name = f"{prefix}-{role}"
        kinds = zip(key_names, ("HASH", "RANGE"), strict=False)
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in key_names],
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in kinds],
        )
        return name

    return make
