"""What has a run left behind? Its items in the tables, whichever engine they are in, and what the
function said of itself in its log, once for each invocation.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.reconcile_units import Counts, Kinds, RawItem
from oncepay.storage.breaks import BREAK_PREFIX
from oncepay.storage.ledger import BALANCE_PART, ENTRY_PREFIX
from oncepay.storage.settlements import RUN_PART

SETTLEMENT_LINE = "settlement"
"""The message of the line that the function logs as it leaves a file."""

_OTHER_VERSIONS = 3
"""Of a run: it was begun, its totals were stored, and its results reported."""


class NothingLeftError(Exception):
    """The tables have not what a run leaves."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The tables of a run.

    Attributes:
        client: of DynamoDB.
        tables: name by role: payments, ledger, settlements.
    """

    client: Any
    tables: Mapping[str, str]

    def get(self, role: str, item_id: str, part: str) -> RawItem | None:
        """One item, or None."""
        key = {"id": {"S": item_id}, "part": {"S": part}}
        answer = self.client.get_item(TableName=self.tables[role], Key=key, ConsistentRead=True)
        found: RawItem | None = answer.get("Item")
        return found

    def run(self, run_id: str) -> RawItem | None:
        """A run, without a call of the API."""
        return self.get("settlements", run_id, RUN_PART)

    def first(self, role: str, item_id: str, prefix: str) -> RawItem | None:
        """The first item of a partition whose part begins so, or None."""
        answer = self.client.query(
            TableName=self.tables[role],
            KeyConditionExpression="#0 = :0 AND begins_with (#1, :1)",
            ExpressionAttributeNames={"#0": "id", "#1": "part"},
            ExpressionAttributeValues={":0": {"S": item_id}, ":1": {"S": prefix}},
            Limit=1,
        )
        items: Sequence[RawItem] = answer["Items"]
        return items[0] if items else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What the function said of one invocation."""

    seconds: float
    rows: int
    requests: int
    retries: int
    ending: str


def read_invocations(lines: Iterable[str]) -> Iterator[Invocation]:
    """What the lines of a log say of the invocations that left a file."""
    for line in lines:
        if not line.startswith("{"):
            continue
        said = json.loads(line)
        if said.get("message") == SETTLEMENT_LINE:
            yield Invocation(
                seconds=said["duration_ms"] / 1000,
                rows=said["rows"],
                requests=said["dynamodb_requests"],
                retries=said["dynamodb_retries"],
                ending=said["ending"],
            )


def rows_of(run: RawItem) -> int:
    """How many rows a run has come to."""
    return int(run["matched"]["N"]) + breaks_of(run)


def breaks_of(run: RawItem) -> int:
    """How many of them are breaks."""
    return sum(int(count["N"]) for count in run["breaks_by_kind"]["M"].values())


def read_left(
    stored: Stored, run: RawItem, payment_before: RawItem, ledgers: Sequence[str]
) -> tuple[Kinds, Counts]:
    """One item of each kind that a run has written, and how many there are.

    Args:
        stored: the tables.
        run: as it was in the end.
        payment_before: one that the run has settled, as it was before.
        ledgers: that the run may have written, and nobody else.

    Raises:
        NothingLeftError: it has written none of them.
    """
    after = stored.get("payments", payment_before["id"]["S"], "payment")
    balances = [stored.get("ledger", ledger, BALANCE_PART) for ledger in ledgers]
    written = [balance for balance in balances if balance is not None]
    entries = [stored.first("ledger", ledger, ENTRY_PREFIX) for ledger in ledgers]
    entry = next(filter(None, entries), None)
    if after is None or entry is None or not written:
        raise NothingLeftError("the run has settled no payment, or has posted nothing")
    kinds = Kinds(
        payment_before=payment_before,
        payment_after=after,
        run=run,
        entry=entry,
        balance=written[0],
        broken=stored.first("settlements", run["id"]["S"], BREAK_PREFIX),
    )
    counts = Counts(
        payments=int(run["matched"]["N"]),
        looked_up=rows_of(run),
        chunks=int(run["version"]["N"]) - _OTHER_VERSIONS,
        entries=sum(int(balance["entry_count"]["N"]) for balance in written),
        breaks=breaks_of(run),
    )
    return kinds, counts
