"""Tables for tests, exactly as template.yaml says: a test never runs on a key or an index that is
not deployed."""

from functools import cache
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent

ROLES = {
    "idempotency": "IdempotencyTable",
    "payments": "PaymentsTable",
    "ledger": "LedgerTable",
    "directory": "DirectoryTable",
    "events": "EventsTable",
    "settlements": "SettlementsTable",
}
_CREATE = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


@cache
def template() -> dict[str, Any]:
    """template.yaml, its intrinsic functions as one-key objects."""
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


def create_tables(client: Any, prefix: str) -> dict[str, str]:
    """Create all tables under names of that prefix; returns the name of each role."""
    names = {}
    for role, resource in ROLES.items():
        properties = template()["Resources"][resource]["Properties"]
        names[role] = f"{prefix}-{resource}"
        client.create_table(
            TableName=names[role], **{k: v for k, v in properties.items() if k in _CREATE}
        )
    return names
