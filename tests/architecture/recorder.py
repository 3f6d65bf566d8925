"""Which permissions would the calls of a function have needed? Recorded as botocore, and our own
client of DynamoDB, make them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

from oncepay.storage.wire import WireClient
from tests.architecture.roles import Permission
from tests.template_tables import ROLES

# Source: DynamoDB developer guide, "IAM and transactions", as of 2026-11: the parts need their own
# permissions, the transaction itself none.
ACTION_OF_PART = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}


class Recorder:
    """Permissions by resource of the template.

    Args:
        tables: name of each table by its role.
        others: resource of the template by the id of a secret, the name of a bucket, the URL of a
            queue.
    """

    def __init__(self, tables: Mapping[str, str], others: Mapping[str, str]) -> None:
        self.used: set[Permission] = set()
        self.leading_keys: dict[Permission, set[str]] = defaultdict(set)
        self._is_paused = False
        self._resource_of = {tables[role]: resource for role, resource in ROLES.items()}
        self._resource_of |= others

    @contextmanager
    def recording(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Record what is called inside of the block: a function's calls, not the test's own."""
        send = BaseClient._make_api_call  # type: ignore[attr-defined]

        def recorded(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            if not self._is_paused:
                self._note(client.meta.service_model.service_name, operation, parameters)
            return send(client, operation, parameters)

        send_thinly = WireClient._make_api_call

        def recorded_thinly(client: WireClient, operation: str, parameters: dict[str, Any]) -> Any:
            if not self._is_paused:
                self._note("dynamodb", operation, parameters)
            return send_thinly(client, operation, parameters)

        with monkeypatch.context() as patched:
            patched.setattr(BaseClient, "_make_api_call", recorded)
            patched.setattr(WireClient, "_make_api_call", recorded_thinly)
            yield

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Another function's calls, in the middle of those that are recorded."""
        self._is_paused = True
        try:
            yield
        finally:
            self._is_paused = False

    def _note(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        match service:
            case "dynamodb":
                self._note_dynamodb(operation, parameters)
            case "cloudwatch":
                self.used.add(("*", f"{service}:{operation}"))
            case "secretsmanager":
                self._use(parameters["SecretId"], f"{service}:{operation}")
            case "sqs":
                self._use(parameters["QueueUrl"], f"{service}:{operation}")
            case "s3":
                # Source: Amazon S3 user guide, "Required permissions", as of 2026-11: a version
                # that is named needs a permission of its own.
                version = "Version" if parameters.get("VersionId") else ""
                # Of the results it is said that they may be written, and of nothing else.
                below = "/results/*" if parameters["Key"].startswith("results/") else "/*"
                self._use(parameters["Bucket"], f"{service}:{operation}{version}", below)
            case _:
                raise AssertionError(f"a function called {service}:{operation}")

    def _note_dynamodb(self, operation: str, parameters: dict[str, Any]) -> None:
        if operation.startswith("Transact"):
            for part in parameters["TransactItems"]:
                ((kind, details),) = part.items()
                action = f"dynamodb:{ACTION_OF_PART[kind]}"
                self._use(details["TableName"], action)
                self._note_key(details["TableName"], action, details.get("Key") or details["Item"])
        elif operation.startswith("Batch"):
            for table, asked in parameters["RequestItems"].items():
                self._use(table, f"dynamodb:{operation}")
                for key in asked["Keys"]:
                    self._note_key(table, f"dynamodb:{operation}", key)
        else:
            index = parameters.get("IndexName")
            below = f"/index/{index}" if index else ""
            self._use(parameters["TableName"], f"dynamodb:{operation}", below)

    def _note_key(self, table: str, action: str, key: Mapping[str, Any]) -> None:
        # Source: DynamoDB developer guide, "Specifying conditions", as of 2026-11: a leading key
        # is the value of the partition key, here of every table the attribute `id`.
        self.leading_keys[self._resource_of[table], action].add(key["id"]["S"])

    def _use(self, name: str, action: str, below: str = "") -> None:
        self.used.add((self._resource_of[name] + below, action))
