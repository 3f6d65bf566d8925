"""The comparison sees each way in which a run can be wrong, and nothing in one that is right."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.settlements.comparison import differences
from tests.settlements.generator import generate
from tests.settlements.oracle import Expected, expect
from tests.settlements.world import World
from tests.settlements.world_writer import payment_items

RUN_ID = "set_" + "r" * 26
MERCHANT = "mer_aaaaaaaaaaaaaaaa"


def told(difference: tuple[Any, ...] | None, place: int) -> dict[str, Any]:
    return {} if difference is None else {difference[0]: difference[place]}


class Outcome:
    """A run as a right function would leave it."""

    def __init__(self) -> None:
        case = generate(5, rows=200, merchant_ids=[MERCHANT], broken_share=0.6)
        self.world: World = case.world
        self.expected: Expected = expect(case.world, case.content)
        self.run: dict[str, Any] = {
            "id": RUN_ID,
            "status": "completed",
            "counts": self.expected.counts,
            "sums": self.expected.sums,
            "breaks_by_kind": self.expected.breaks_by_kind | {"payout_total_mismatch": 0},
            "progress": {"rows": 200, "percent": 100},
            "duplicate_of": None,
            "reason": None,
            "started_at": "2026-11-21T10:00:00.000000Z",
            "completed_at": "2026-11-21T10:00:09.000000Z",
        }
        self.breaks: list[dict[str, Any]] = [
            {
                "id": f"brk_{one.row}",
                "kind": one.kind,
                "status": "open",
                "row": one.row,
                "payment_id": one.payment_id,
                "expected": {"rule": "must be whole"} | told(one.difference, 1),
                "found": {"line": one.line} | told(one.difference, 2),
            }
            for one in self.expected.rows
            if one.kind is not None
        ]
        self.items = [item for payment in self.world.values() for item in payment_items(payment)]
        for item in self.items:
            part = item["part"]["S"]
            if (part == "payment" and item["id"]["S"] in self.expected.payments) or (
                part.removeprefix("refund#") in self.expected.refunds
            ):
                item["settlement_id"] = {"S": RUN_ID}
                item["settled_at"] = {"S": "2026-11-21T10:00:05.000000Z"}
                item["version"] = {"N": str(int(item["version"]["N"]) + 1)}

    def differences(self) -> list[str]:
        return differences(
            self.world, self.expected, run=self.run, breaks=self.breaks, items=self.items
        )

    def marked(self) -> dict[str, Any]:
        return next(item for item in self.items if item.get("settlement_id", {}).get("S") == RUN_ID)

    def unmarked(self) -> dict[str, Any]:
        return next(item for item in self.items if "settlement_id" not in item)


def change_sum(outcome: Outcome) -> None:
    outcome.run["sums"] = outcome.run["sums"] | {"USD": {"gross_minor": 1}}


def lose_a_break(outcome: Outcome) -> None:
    del outcome.breaks[3]


def tell_a_break_twice(outcome: Outcome) -> None:
    outcome.breaks.append(outcome.breaks[3] | {"id": "brk_again"})


def change_a_kind(outcome: Outcome) -> None:
    outcome.breaks[3]["kind"] = "payout_total_mismatch"


def move_a_break(outcome: Outcome) -> None:
    outcome.breaks[0]["row"] += 1


def resolve_a_break(outcome: Outcome) -> None:
    outcome.breaks[0]["status"] = "accepted"


def share_an_id(outcome: Outcome) -> None:
    outcome.breaks[0]["id"] = outcome.breaks[1]["id"]


def rejected(outcome: Outcome) -> dict[str, Any]:
    return next(one for one in outcome.breaks if one["kind"] == "rejected_row")


def tell_another_line(outcome: Outcome) -> None:
    rejected(outcome)["found"] = {"line": 1}


def tell_another_amount(outcome: Outcome) -> None:
    next(one for one in outcome.breaks if "amount_minor" in one["found"])["found"] = {}


def tell_no_rule(outcome: Outcome) -> None:
    rejected(outcome)["expected"] = {}


def name_another_payment(outcome: Outcome) -> None:
    one = next(one for one in outcome.breaks if one["kind"] == "amount_mismatch")
    one["payment_id"] = "pay_other"


def mark_twice(outcome: Outcome) -> None:
    outcome.marked()["version"] = {"N": "9"}


def mark_by_another_run(outcome: Outcome) -> None:
    outcome.marked()["settlement_id"] = {"S": "set_other"}


def mark_before_the_run(outcome: Outcome) -> None:
    outcome.marked()["settled_at"] = {"S": "2026-11-21T09:59:59.000000Z"}


def mark_without_a_row(outcome: Outcome) -> None:
    outcome.unmarked()["settlement_id"] = {"S": RUN_ID}


def forget_a_mark(outcome: Outcome) -> None:
    item = outcome.marked()
    for name in ("settlement_id", "settled_at"):
        del item[name]


def change_an_amount(outcome: Outcome) -> None:
    outcome.marked()["amount_minor"] = {"N": "1"}


def lose_a_payment(outcome: Outcome) -> None:
    outcome.items.pop()


def raise_a_version(outcome: Outcome) -> None:
    outcome.unmarked()["version"] = {"N": "7"}


def not_complete(outcome: Outcome) -> None:
    outcome.run["progress"] = {"rows": 199, "percent": 99}


FAULTS = (
    change_sum, lose_a_break, tell_a_break_twice, change_a_kind, move_a_break, resolve_a_break,
    share_an_id, tell_another_line, tell_another_amount, tell_no_rule, name_another_payment,
    mark_twice, mark_by_another_run, mark_before_the_run, mark_without_a_row, forget_a_mark,
    change_an_amount, lose_a_payment, raise_a_version, not_complete,
)  # fmt: skip


def test_right_run__differs_in_nothing() -> None:
    assert Outcome().differences() == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_wrong_run__is_told(fault: Callable[[Outcome], None]) -> None:
    outcome = Outcome()
    fault(outcome)
    assert outcome.differences() != []


def test_many_differences__are_told_in_few_lines() -> None:
    outcome = Outcome()
    outcome.breaks = []
    told = outcome.differences()
    assert len(told) == 21
    assert told[-1].startswith("... and ")
