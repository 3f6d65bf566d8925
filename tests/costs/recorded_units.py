"""How many units does AWS charge for what the code asks of DynamoDB? Every request of the thin
client is noted as it goes to moto, with the items that it names before and after, and counted by
AWS's rules.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from benchmarks.request_recorder import Recorder, describe
from benchmarks.request_units import Request, Table, Touched, Units, units_of
from oncepay.storage.wire import WireClient

OK, REFUSED = 200, 400


class RecordedUnits:
    """What was asked since the last time, counted."""

    def __init__(self, tables: Mapping[str, str]) -> None:
        self._client = boto3.client("dynamodb")
        self.tables: dict[str, Table] = {
            name: describe(self._client, name) for name in tables.values()
        }
        self._named = Recorder(self._client, self.tables)
        self._requests: list[Request] = []
        self._is_looking = False

    def take(self) -> Units:
        """Units of all requests since the last time."""
        taken, self._requests = self._requests, []
        return sum((units_of(request, self.tables) for request in taken), Units())

    def note(self, operation: str, body: Mapping[str, Any], call: Any) -> Any:
        """Make the call, and note it."""
        named = list(self._named.named(operation, body))
        before = [self._item(table, key) for table, key, _ in named]
        status, answer = OK, {}
        try:
            answer = call()
        except ClientError:
            status = REFUSED
            raise
        finally:
            touched = [
                Touched(table=table, before=was, after=self._item(table, key), asked=asked)
                for (table, key, asked), was in zip(named, before, strict=True)
            ]
            self._requests.append(
                Request(
                    operation=operation,
                    body=json.loads(json.dumps(body)),
                    status=status,
                    answer=answer,
                    touched=touched,
                )
            )
        return answer

    def _item(self, table: str, key: Any) -> Any:
        found = self._client.get_item(TableName=table, Key=key, ConsistentRead=True)
        return found.get("Item")


@contextmanager
def recorded_units(
    monkeypatch: pytest.MonkeyPatch, tables: Mapping[str, str]
) -> Iterator[RecordedUnits]:
    """Count what every thin client asks from now on."""
    recorded = RecordedUnits(tables)
    send = WireClient._make_api_call

    def noted(client: WireClient, operation: str, body: dict[str, Any]) -> Any:
        return recorded.note(operation, body, lambda: send(client, operation, body))

    monkeypatch.setattr(WireClient, "_make_api_call", noted)
    yield recorded
