"""Where is it played? On empty tables and with a processor that knows nothing: made once for a
process, and emptied for each run, since making them takes longer than a run.
"""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
from boto3.dynamodb.types import TypeDeserializer
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import ResponseSerializer

from oncepay.domain.times import format_time
from oncepay.storage.database import Database, Endpoint, open_database
from ops.simulated.server import SimulatedProcessor, running_simulated_processor
from ops.verify.command import verify
from tests.dropped_files import Drop
from tests.kills.workers import Gate
from tests.processor_world import AT_ONCE, ProcessorWorld, calls_out_of_the_code
from tests.simulated.client import HandClock
from tests.template_tables import create_tables

REGION = "us-east-1"

_plain = TypeDeserializer()


class Stage:
    """The tables and the processor.

    Attributes:
        gate: every call out of the code passes it.
        drop: where settlement files are dropped.
    """

    def __init__(self, database: Database, tables: dict[str, str]) -> None:
        self.gate = Gate()
        self.database = database
        self.drop = Drop(database, tables)
        self._names = tables
        self._numbers = itertools.count(1)
        self.clock = HandClock()
        self.processor: SimulatedProcessor | None = None

    def new_id(self, prefix: str) -> str:
        """The processor's next id."""
        return f"{prefix}{next(self._numbers)}"

    def fresh_world(self, world_of: type[ProcessorWorld] = ProcessorWorld) -> ProcessorWorld:
        """Nothing has happened yet."""
        assert self.processor is not None
        backend = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION]
        for name in self._names.values():
            backend.tables[name].items.clear()
        self.processor.engine.reset()
        self.processor.outbox.reset()
        self._numbers = itertools.count(1)
        self.clock.now = HandClock().now
        world = world_of(self.database, self.processor, self.clock)
        world.calls = self.gate
        return world

    def items(self, role: str) -> list[dict[str, Any]]:
        """Every item of a table, behind the code's back. Not by a request: that takes longer than
        all the rest of a verdict.
        """
        return [
            {
                name: _plain.deserialize(value)
                for name, value in item.to_json()["Attributes"].items()
            }
            for item in self._raw_items(self._names[role])
        ]

    def prove(self) -> list[str]:
        """What `oncepay verify` finds wrong in the tables as they are, one line for each."""
        report = verify(self._names, client=self.drop.dynamodb)
        return [finding.line() for finding in report.findings] + report.not_proved

    def is_due(self) -> bool:
        """Whether a sweep would find anything."""
        return any(due_at <= format_time(self.clock()) for _, due_at in self._due())

    def busy_buckets(self) -> Iterator[str]:
        """Those of the sixteen buckets of due work that hold any, or one: to ask all of them of
        the in-process tables each time would take most of a run.
        """
        return iter(sorted({bucket for bucket, _ in self._due()}) or ["work#0"])

    def _due(self) -> Iterator[tuple[str, str]]:
        for role in ("payments", "events"):
            for item in self._raw_items(self._names[role]):
                bucket = item.attrs.get("due_bucket")
                # What only waits for a settlement file is in buckets that the sweep never reads.
                if bucket is not None and bucket.value.startswith("work#"):
                    yield bucket.value, item.attrs["due_at"].value

    def _raw_items(self, name: str) -> Iterator[Any]:
        # Looked up each time: a transaction that is refused puts copies in their place.
        backend = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION]
        for found in backend.tables[name].items.values():
            yield from found.values() if isinstance(found, dict) else (found,)


_value_by_alias = ResponseSerializer.get_value


def _plain_value(self: Any, value: Any, key: str, shape: Any) -> Any:
    """Of a plain dict, the member of that name. The in-process tables look for it under all kinds
    of other names, too, which takes half of their time.
    """
    if type(value) is dict:
        return value.get(key)
    return _value_by_alias(self, value, key, shape)


@contextlib.contextmanager
def open_stage() -> Iterator[Stage]:
    """A stage of one's own."""
    with mock_aws():
        tables = create_tables(boto3.client("dynamodb"), "kills")
        database = open_database(tables, Endpoint(region=REGION))
        stage = Stage(database, tables)
        with (
            running_simulated_processor(
                clock=stage.clock, new_id=stage.new_id, patience=AT_ONCE
            ) as processor,
            calls_out_of_the_code(database, stage.gate),
            patch("oncepay.services.sweep_due.due_buckets", stage.busy_buckets),
            patch.object(ResponseSerializer, "get_value", _plain_value),
        ):
            stage.processor = processor
            yield stage
