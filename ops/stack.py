"""Which stack does the operator mean? The local one of `make up`, or one that is deployed to AWS.

A local stack is always spoken to with made-up credentials at its own address: nothing of the
operator's AWS configuration is read for it or sent to it. A deployed one is found by its name, with
the operator's own credentials.
"""

import json
import os
import socket
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from oncepay.storage.database import Database, Endpoint

DEFAULT_STACK_FILE: Final = Path(".local/stack.json")

OUTPUT_OF_TABLE: Final = {
    "idempotency": "IdempotencyTable",
    "payments": "PaymentsTable",
    "ledger": "LedgerTable",
    "directory": "DirectoryTable",
    "events": "EventsTable",
    "settlements": "SettlementsTable",
}
"""The outputs of template.yaml that name the tables."""

KNOCK_SECONDS: Final = 2.0

LOCAL_ENVIRONMENT: Final = "local"
LOCAL_CREDENTIAL: Final = "test"

_OPERATORS_AWS: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
)
_OPERATORS_FILES: Final = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


class StackError(Exception):
    """The stack cannot be used; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What signs requests to AWS."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedProcessor:
    """Where the simulated payment processor of a local stack is.

    Attributes:
        url: its base.
        secret: the bearer token of every call; it signs its events with it, too.
    """

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running stack.

    Attributes:
        name: of the CloudFormation stack.
        environment: the stage; part of every API key.
        region: where it is.
        tables: name of each table by its role.
        api_url: base of the HTTP API.
        endpoint_url: where a local stack's AWS listens; None for a deployed one.
        credentials: made up for a local stack, the operator's own for a deployed one.
        settlement_bucket: where settlement files are dropped, or None if that is not known.
        simulated_processor: of a local stack; None where there is none.
        admin_api_key: an operator's key, of a local stack; a deployed one's are nobody's to read.
    """

    name: str
    environment: str
    region: str
    tables: Mapping[str, str]
    api_url: str
    endpoint_url: str | None
    credentials: Credentials
    settlement_bucket: str | None = None
    simulated_processor: SimulatedProcessor | None = None
    admin_api_key: str | None = field(default=None, repr=False)

    @property
    def sweep_function(self) -> str:
        """Name of the function that finishes what was left unfinished, as template.yaml has it."""
        return f"{self.name}-sweep"

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return self.endpoint_url is not None

    def open_database(self) -> "Database":
        """The layer's way to the tables."""
        from oncepay.storage.database import open_database

        self._keep_to_itself()
        if self.endpoint_url is not None:
            _require_listener(self.endpoint_url)
        return open_database(self.tables, self._endpoint())

    def dynamodb_client(self) -> "DynamoDBClient":
        """A plain client, to read what is really there."""
        client: DynamoDBClient = self.client("dynamodb")
        return client

    def s3_client(self) -> "S3Client":
        """A plain client, to drop settlement files."""
        client: S3Client = self.client("s3")
        return client

    def client(self, service: str) -> Any:
        """A plain client of any service, with the stack's own credentials and nothing else."""
        import boto3

        self._keep_to_itself()
        options: dict[str, Any] = {
            "region_name": self.region,
            "endpoint_url": self.endpoint_url,
            "aws_access_key_id": self.credentials.access_key_id,
            "aws_secret_access_key": self.credentials.secret_access_key,
            "aws_session_token": self.credentials.session_token,
        }
        return boto3.client(service, **options)  # type: ignore[call-overload]

    def _endpoint(self) -> "Endpoint":
        from oncepay.storage.database import Endpoint

        return Endpoint(
            region=self.region,
            url=self.endpoint_url,
            access_key_id=self.credentials.access_key_id,
            secret_access_key=self.credentials.secret_access_key,
            session_token=self.credentials.session_token,
        )

    def _keep_to_itself(self) -> None:
        if self.endpoint_url is not None:
            forget_operators_aws(os.environ, self.endpoint_url)


def choose_stack(
    *, stack_file: Path | None = None, stack_name: str | None = None, region: str | None = None
) -> Stack:
    """The stack that the options of a command name; the local one if they name none.

    Raises: StackError with one clear line.
    """
    if stack_name is None:
        if region is not None:
            raise StackError("--region goes with --stack-name: a local stack has its own")
        return local_stack(stack_file or DEFAULT_STACK_FILE)
    if stack_file is not None:
        raise StackError("give --stack-file or --stack-name, not both")
    return deployed_stack(stack_name, region)


def local_stack(path: Path) -> Stack:
    """The stack that `make up` described in a file.

    Raises: StackError if the file is not there or does not describe a stack.
    """
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StackError(
            f"there is no {path}: run `make up` first, or name a deployed stack with --stack-name"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise StackError(f"{path} cannot be read as JSON: {_one_line(error)}") from None
    if not isinstance(described, dict):
        raise StackError(f"{path} does not describe a stack: it is not a JSON object")
    tables = described.get("tables")
    names = tables if isinstance(tables, dict) else {}
    return Stack(
        name=str(described.get("stack_name") or "oncepay-local"),
        environment=str(described.get("environment") or LOCAL_ENVIRONMENT),
        region=_text(path, described, "region"),
        tables={role: _text(path, names, role) for role in OUTPUT_OF_TABLE},
        api_url=_text(path, described, "api_url").rstrip("/"),
        endpoint_url=_text(path, described, "endpoint_url"),
        credentials=Credentials(access_key_id=LOCAL_CREDENTIAL, secret_access_key=LOCAL_CREDENTIAL),
        settlement_bucket=described.get("settlement_bucket"),
        simulated_processor=_simulated_processor(described),
        admin_api_key=described.get("admin_api_key"),
    )


def deployed_stack(name: str, region: str | None = None) -> Stack:
    """A stack in AWS, found by its CloudFormation outputs with the operator's own credentials.

    Raises: StackError if there are no credentials, no region, no such stack, or not all outputs.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        # boto3 itself does not look at AWS_REGION, which the aws command does.
        session = boto3.Session(region_name=region or os.environ.get("AWS_REGION"))
        if session.region_name is None:
            raise StackError("no AWS region: give --region, or set AWS_REGION")
        found = session.get_credentials()
        if found is None:
            raise StackError("no AWS credentials: set AWS_PROFILE, or run `aws configure`")
        signing = found.get_frozen_credentials()
        formation = session.client("cloudformation")
        stacks = formation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        details = error.response.get("Error", {})
        if "does not exist" in str(details.get("Message", "")):
            raise StackError(f"there is no stack {name} in {session.region_name}") from None
        said = f"{details.get('Code', 'error')}: {details.get('Message', '')}"
        raise StackError(f"AWS refused to describe the stack {name}: {_one_line(said)}") from None
    except (BotoCoreError, ValueError) as error:
        raise StackError(f"the stack {name} could not be found: {_one_line(error)}") from None
    outputs = {
        output.get("OutputKey", ""): output.get("OutputValue", "")
        for stack in stacks
        for output in stack.get("Outputs", [])
    }
    wanted = (*OUTPUT_OF_TABLE.values(), "ApiUrl", "Environment")
    missing = [output for output in wanted if not outputs.get(output)]
    if missing and any(outputs.get(output) for output in OUTPUT_OF_TABLE.values()):
        raise StackError(
            f"the stack {name} has no output {missing[0]}: an older Oncepay deployed it; deploy it"
            " again with this one"
        )
    if missing:
        raise StackError(f"the stack {name} is not Oncepay's: it has no output {missing[0]}")
    return Stack(
        name=name,
        environment=outputs["Environment"],
        region=session.region_name,
        tables={role: outputs[output] for role, output in OUTPUT_OF_TABLE.items()},
        api_url=outputs["ApiUrl"].rstrip("/"),
        endpoint_url=None,
        credentials=Credentials(
            access_key_id=str(signing.access_key),
            secret_access_key=str(signing.secret_key),
            session_token=signing.token,
        ),
        settlement_bucket=outputs.get("SettlementBucket"),
    )


def _simulated_processor(described: Mapping[str, Any]) -> SimulatedProcessor | None:
    said = described.get("simulated_processor")
    if not isinstance(said, dict):
        return None
    url, secret = said.get("url"), said.get("secret")
    if not isinstance(url, str) or not isinstance(secret, str):
        return None
    return SimulatedProcessor(url=url.rstrip("/"), secret=secret)


def _require_listener(endpoint_url: str) -> None:
    """Say at once that nobody is there, instead of asking again for as long as a command may."""
    parts = urlsplit(endpoint_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), KNOCK_SECONDS).close()
    except (OSError, ValueError):
        raise StackError(f"no local stack answers at {endpoint_url}; run `make up`") from None


def forget_operators_aws(environ: MutableMapping[str, str], endpoint_url: str) -> None:
    """Take the operator's AWS configuration, and any proxy, out of the way of a local stack.

    botocore reads profiles and files even when it is given credentials, and fails on a profile that
    is not there.
    """
    for name in _OPERATORS_AWS:
        environ.pop(name, None)
    for name in _OPERATORS_FILES:
        environ[name] = os.devnull
    host = urlsplit(endpoint_url).hostname or "127.0.0.1"
    for name in ("NO_PROXY", "no_proxy"):
        past = environ.get(name, "")
        if host not in past.split(","):
            environ[name] = f"{past},{host}".lstrip(",")


def _text(path: Path, described: Mapping[str, Any], name: str) -> str:
    value = described.get(name)
    if not isinstance(value, str) or not value:
        raise StackError(f"{path} does not describe a stack: it has no {name}; run `make up` again")
    return value


def _one_line(said: object) -> str:
    return " ".join(str(said).split())
