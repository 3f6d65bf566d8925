"""Where are the tables? Their names and a client, for a local stack or for a deployed one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session as BotocoreSession

from ops.verify.tables import CouldNotReadError, DynamoReader

OUTPUT_NAMES: Final = {
    "idempotency": "IdempotencyTable",
    "payments": "PaymentsTable",
    "ledger": "LedgerTable",
    "directory": "DirectoryTable",
    "events": "EventsTable",
    "settlements": "SettlementsTable",
}
"""The outputs of template.yaml that name the tables."""

LOCAL_CREDENTIAL: Final = "test"
"""A local stack takes any credentials; the operator's real ones must never be sent to it."""

LOCAL_CONFIG: Final = Config(
    connect_timeout=3, read_timeout=30, retries={"mode": "standard", "max_attempts": 2}
)
DEPLOYED_CONFIG: Final = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 10}
)


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack whose books can be read."""

    tables: dict[str, str]
    client: DynamoReader


def local_stack(path: Path) -> Stack:
    """Open the stack that `make up` described in a file.

    Raises: CouldNotReadError if the file is not there or is not such a description.
    """
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CouldNotReadError(
            f"There is no {path}: start a local stack with `make up`, or name a deployed one "
            "with --stack-name."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise CouldNotReadError(f"{path} cannot be read as JSON: {error}") from error
    endpoint_url, region, tables = _described(path, described)
    try:
        client = _session_of_nobody().client(
            "dynamodb",
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=LOCAL_CREDENTIAL,
            aws_secret_access_key=LOCAL_CREDENTIAL,
            config=LOCAL_CONFIG,
        )
    except (BotoCoreError, ValueError) as error:
        raise CouldNotReadError(f"{path} names no usable endpoint: {error}") from error
    return Stack(tables, _reader(client))


def deployed_stack(name: str, region: str | None) -> Stack:
    """Find a deployed stack by its CloudFormation outputs, with the operator's own credentials.

    Raises: CouldNotReadError if there is no such stack or it cannot be read.
    """
    try:
        session = boto3.Session(region_name=region)
        formation = session.client("cloudformation", config=DEPLOYED_CONFIG)
        stacks = formation.describe_stacks(StackName=name)["Stacks"]
        client = session.client("dynamodb", config=DEPLOYED_CONFIG)
    except (BotoCoreError, ClientError, ValueError) as error:
        raise CouldNotReadError(f"The stack {name} could not be found: {error}") from error
    outputs = {
        output.get("OutputKey"): output.get("OutputValue")
        for stack in stacks
        for output in stack.get("Outputs", [])
    }
    tables = {table: outputs.get(output) for table, output in OUTPUT_NAMES.items()}
    missing = [OUTPUT_NAMES[table] for table, found in tables.items() if not found]
    if missing:
        said = f"The stack {name} has no output {', '.join(missing)}"
        if len(missing) < len(OUTPUT_NAMES):
            said += ": an older Oncepay deployed it; deploy it again with this one"
        raise CouldNotReadError(f"{said}.")
    return Stack({table: found for table, found in tables.items() if found}, _reader(client))


def _session_of_nobody() -> boto3.Session:
    """A session that asks for no profile: a broken AWS profile must not stop a local stack."""
    no_profile = {"profile": (None, None, None, None)}
    return boto3.Session(botocore_session=BotocoreSession(session_vars=no_profile))


def _reader(client: object) -> DynamoReader:
    return cast(DynamoReader, client)


def _described(path: Path, described: Any) -> tuple[str, str, dict[str, str]]:
    if not isinstance(described, dict):
        raise CouldNotReadError(f"{path} does not describe a stack: it is not a JSON object.")
    for name in ("endpoint_url", "region"):
        if not isinstance(described.get(name), str):
            raise CouldNotReadError(f"{path} does not describe a stack: it has no {name}.")
    tables = described.get("tables")
    names = tables if isinstance(tables, dict) else {}
    missing = [table for table in OUTPUT_NAMES if not isinstance(names.get(table), str)]
    if missing:
        said = f"{path} names no table for: {', '.join(missing)}; run `make up` again."
        raise CouldNotReadError(said)
    return (
        described["endpoint_url"],
        described["region"],
        {table: names[table] for table in OUTPUT_NAMES},
    )
