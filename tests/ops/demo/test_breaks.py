"""A break that is not as it was planted is noticed, whatever is wrong with it."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from ops.demo.bank_file import THIS_RUN, PlantedBreak
from ops.demo.breaks import check_breaks, table_of
from ops.demo.checks import Checks

RUN = "set_of_the_day"
PLANTED = (
    PlantedBreak(
        row=2, kind="rejected_row", payment_id=None, expected=None,
        found={"line": 3, "column": "type", "value": "gift"},
    ),
    PlantedBreak(
        row=5, kind="fee_mismatch", payment_id="pay_5", expected={"fee_minor": 100},
        found={"fee_minor": 90},
    ),
    PlantedBreak(
        row=9, kind="already_settled", payment_id="pay_9", expected={"settlement_id": "set_early"},
        found={"settlement_id": THIS_RUN},
    ),
)  # fmt: skip

type Breaks = list[dict[str, Any]]


def found_breaks() -> Breaks:
    """As the API lists them."""
    return [
        {"row": 2, "kind": "rejected_row", "payment_id": None, "status": "open",
         "expected": {"rule": "must be payment or refund"},
         "found": {"line": 3, "column": "type", "value": "gift"}},
        {"row": 5, "kind": "fee_mismatch", "payment_id": "pay_5", "status": "open",
         "expected": {"fee_minor": 100}, "found": {"fee_minor": 90}},
        {"row": 9, "kind": "already_settled", "payment_id": "pay_9", "status": "open",
         "expected": {"settlement_id": "set_early"}, "found": {"settlement_id": RUN}},
    ]  # fmt: skip


def checked(breaks: Breaks) -> Checks:
    check = Checks(Console(file=io.StringIO()))
    check_breaks(check, PLANTED, breaks, settlement_id=RUN)
    return check


def test_check__as_planted__all_hold() -> None:
    check = checked(found_breaks())
    assert (check.passed, check.failed) == (3 + 2, [])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda breaks: breaks.clear(), id="none found"),
        pytest.param(lambda breaks: breaks.pop(), id="the last is missing"),
        pytest.param(lambda breaks: breaks.pop(0), id="the first is missing"),
        pytest.param(lambda breaks: breaks.append({**breaks[1], "row": 10}), id="one too many"),
        pytest.param(lambda breaks: breaks.append(breaks[2]), id="one twice"),
        pytest.param(lambda breaks: breaks[1].update(row=6), id="another row"),
        pytest.param(lambda breaks: breaks[1].update(kind="amount_mismatch"), id="another kind"),
        pytest.param(lambda breaks: breaks[1].update(payment_id="pay_6"), id="another payment"),
        pytest.param(lambda breaks: breaks[1].update(status="accepted"), id="not open"),
        pytest.param(lambda breaks: breaks[1]["expected"].update(fee_minor=99), id="other books"),
        pytest.param(lambda breaks: breaks[1]["found"].update(fee_minor=91), id="another row text"),
        pytest.param(lambda breaks: breaks[0]["found"].update(line=2), id="another line"),
        pytest.param(lambda breaks: breaks[0].update(expected={}), id="without a rule"),
        pytest.param(lambda breaks: breaks[2]["found"].update(settlement_id="x"), id="other run"),
    ],
)
def test_check__not_as_planted__fails(damage: Callable[[Breaks], object]) -> None:
    breaks = found_breaks()
    damage(breaks)
    assert checked(breaks).failed


def test_table__shows_every_break_and_takes_texts_as_they_are() -> None:
    breaks = found_breaks()
    breaks[0]["found"]["value"] = "[red]x[/red]"
    breaks[1]["payment_id"] = "pay_" + "a" * 26
    told = io.StringIO()
    Console(file=told, width=120).print(table_of(breaks))
    assert [" ".join(line.split()) for line in told.getvalue().splitlines()] == [
        "row kind payment expected found",
        "2 rejected_row - must be payment or refund line 3, column type, value [red]x[/red]",
        "5 fee_mismatch pay_aaaaaaaa... fee_minor 100 fee_minor 90",
        "9 already_settled pay_9 settlement_id set_early settlement_id set_of_the_d...",
    ]


def test_table__nothing_to_tell__is_a_dash() -> None:
    told = io.StringIO()
    found = {"row": 1, "kind": "duplicate_row", "payment_id": None, "expected": {}, "found": None}
    Console(file=told, width=120).print(table_of([found]))
    assert told.getvalue().splitlines()[1].split() == ["1", "duplicate_row", "-", "-", "-"]
