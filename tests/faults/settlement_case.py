"""A settlement file of six rows that is booked in three chunks, the payments that it names, and
what is stored of both: how does it end, and is it whole wherever it stands?
"""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oncepay.domain.settlement import Source
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.builders import NOW, World, id_of
from tests.dropped_files import a_file, a_line

BUCKET = "settlements"
ROWS_PER_WRITE = 2
ROWS = 6
MATCHED = 3
BREAKS = [(3, "amount_mismatch"), (5, "missing_in_ledger"), (6, "duplicate_row")]
LAST_VERSION = 6
NOBODY = "pay_" + "a" * 26


def a_budget(attempts: int = 40) -> Budget:
    """So many attempts or so, in no time."""
    ticks = itertools.count()
    return Budget(attempts, clock=lambda: float(next(ticks)), sleep=lambda _: None)


@dataclass
class Case:
    """A file that was dropped, the payments that it names, and what is stored of them."""

    source: Source
    content: bytes
    client: Any
    tables: dict[str, str]
    payment_ids: tuple[str, ...]

    def items(self, role: str, id_: str) -> list[dict[str, Any]]:
        """Read behind the code's back."""
        found: list[dict[str, Any]] = self.client.query(
            TableName=self.tables[role],
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": id_}},
            ConsistentRead=True,
        )["Items"]
        return found

    def run(self) -> dict[str, Any]:
        """As it is stored."""
        (run,) = [i for i in self.items("settlements", self.run_id) if i["part"]["S"] == "run"]
        return run

    @property
    def run_id(self) -> str:
        return self.source.settlement_id

    def booked(self) -> int:
        """Rows that have found their place."""
        run = self.run()
        counts = run["breaks_by_kind"]["M"].values()
        return int(run["matched"]["N"]) + sum(int(count["N"]) for count in counts)

    def breaks(self) -> list[tuple[int, str]]:
        found = self.items("settlements", self.run_id)
        return [(int(i["row"]["N"]), i["kind"]["S"]) for i in found if i["part"]["S"] != "run"]

    def marks(self) -> list[tuple[str, str, int]]:
        """Part, run and version of what is marked."""
        return [
            (item["part"]["S"][:8], item["settlement_id"]["S"], int(item["version"]["N"]))
            for payment_id in self.payment_ids
            for item in self.items("payments", payment_id)
            if "settlement_id" in item
        ]

    def check_half(self) -> None:
        """Wherever the run stands, what is booked and what is told of it agree."""
        found = self.items("settlements", self.run_id)
        if not found:
            assert self.marks() == []
            return
        booked = self.booked()
        assert booked % ROWS_PER_WRITE == 0
        assert booked <= ROWS
        assert self.breaks() == [each for each in BREAKS if each[0] <= booked]
        assert len(self.marks()) + len(self.breaks()) == booked

    def check_end(self) -> None:
        """Every row is in one place, each mark was made once, and the run wrote itself as often as
        in peace."""
        run = self.run()
        assert run["status"]["S"] == "completed"
        assert (int(run["matched"]["N"]), self.booked()) == (MATCHED, ROWS)
        assert int(run["version"]["N"]) == LAST_VERSION
        assert self.breaks() == BREAKS
        # One change each since it was made; the first payment was refunded before.
        assert self.marks() == [
            ("payment", self.run_id, 3),
            ("refund#r", self.run_id, 2),
            ("payment", self.run_id, 2),
        ]
        assert len(self.items("settlements", f"source#{self.source.key}")) == 1
        (claim,) = self.items("settlements", f"content#{run['sha256']['S']}")
        assert claim["run_id"]["S"] == self.run_id


def drop_case(s3: Any, database: Database, client: Any, tables: dict[str, str]) -> Case:
    """A file in the bucket that names payments of a merchant of its own, made in peace."""
    name = uuid.uuid4().hex[:16]
    own: Any = {"merchant_id": f"mer_{name}"}
    world = World(database, a_budget())
    world.deposit(**own)
    first, second, third = (id_of(world.pay(key=key, **own)) for key in "ABC")
    world.refund(first, 300, **own)
    content = a_file(
        a_line(first),
        a_line(first, 300, 0, type_="refund"),
        a_line(second, 5007),
        a_line(third),
        a_line(NOBODY),
        a_line(first, row_id="again"),
    )
    key = f"incoming/{name}.csv"
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    source = Source(
        bucket=BUCKET, key=key, version_id=put["VersionId"], etag=put["ETag"].strip('"')
    )
    return Case(source, content, client, tables, (first, second, third))


def a_clock() -> Callable[[], datetime]:
    """A millisecond later at each look."""
    ticks = itertools.count()
    return lambda: NOW + timedelta(milliseconds=next(ticks))
