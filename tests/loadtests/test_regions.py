"""Two regions compared: what is slower, what is not isolated, and what the whole ends with."""

from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

from loadtests.regions import command
from loadtests.regions.comparison import Part, compare, exit_code
from loadtests.regions.isolation import Books, check_audits, check_untouched, is_unfinished
from loadtests.regions.places import Place, deployed_places, local_places
from loadtests.summary import ExitCode
from loadtests.target import Target, TargetError

HERE, THERE = "us-east-1", "eu-west-1"
WELL: Any = [{"ok": True}]


def part(place: str, *, alone: bool, ms: float = 20.0, code: int = 0, audit: Any = WELL) -> Part:
    figures = {"p50_ms": ms / 2, "p95_ms": ms, "p99_ms": ms * 2}
    summary = {"requests": {"all": figures}, "audit": audit}
    return Part(place=place, is_alone=alone, code=code, summary=summary)


def four(**of_the_last: Any) -> list[Part]:
    return [
        part(HERE, alone=True),
        part(THERE, alone=True),
        part(HERE, alone=False, ms=30.0),
        part(THERE, alone=False, **{"ms": 25.0, **of_the_last}),
    ]


def ended(parts: list[Part], *, is_isolated: bool = True, most_times: float = 2.0) -> ExitCode:
    compared = compare(parts)
    return exit_code(parts, is_isolated=is_isolated, compared=compared, most_times=most_times)


def place(name: str) -> Place:
    return Place(name=name, target=Target(api_url="http://x", stack=None), options=())


def test_compare__each_region__alone_beside_together() -> None:
    found = [(one.place, one.figure, one.alone, one.together, one.times) for one in compare(four())]
    assert found == [
        (HERE, "p50_ms", 10, 15, 1.5),
        (HERE, "p95_ms", 20, 30, 1.5),
        (HERE, "p99_ms", 40, 60, 1.5),
        (THERE, "p50_ms", 10, 12.5, 1.25),
        (THERE, "p95_ms", 20, 25, 1.25),
        (THERE, "p99_ms", 40, 50, 1.25),
    ]


def test_compare__a_run_without_figures__has_no_ratio() -> None:
    parts = [Part(place=HERE, is_alone=True, code=3, summary={}), part(HERE, alone=False)]
    assert [one.times for one in compare(parts)] == [None, None, None]


def test_exit__everything_well__is_0() -> None:
    assert ended(four()) is ExitCode.WELL


def test_exit__slower_together_than_allowed__is_1() -> None:
    assert ended(four(), most_times=1.4) is ExitCode.THRESHOLDS_MISSED


def test_exit__a_run_missed_a_threshold__is_1() -> None:
    assert ended(four(code=1)) is ExitCode.THRESHOLDS_MISSED


def test_exit__an_audit_failed__is_2_whatever_else() -> None:
    parts = four(code=2)
    parts[0] = part(HERE, alone=True, code=3)
    assert ended(parts) is ExitCode.AUDIT_FAILED


def test_exit__not_isolated__is_2_whatever_the_runs_say() -> None:
    assert ended(four(), is_isolated=False) is ExitCode.AUDIT_FAILED


@pytest.mark.parametrize("code", [3, -9, 130])
def test_exit__a_run_did_not_come_to_its_end__is_3(code: int) -> None:
    assert ended(four(code=code)) is ExitCode.COULD_NOT_RUN


def test_audited__no_check_at_all__is_not() -> None:
    assert not part(HERE, alone=True, audit=[]).is_audited
    assert not part(HERE, alone=True, audit=[{"ok": True}, {"ok": False}]).is_audited
    assert part(HERE, alone=True).is_audited


def test_audits__one_failed__is_named() -> None:
    check = check_audits([("us-east-1 alone", True), ("eu-west-1 together", False)])
    assert (check.ok, check.detail) == (False, "not that of eu-west-1 together")


def test_audits__there_were_none__does_not_hold() -> None:
    assert not check_audits([]).ok


def untouched(before: Books, after: Books) -> tuple[bool, str]:
    check = check_untouched(place(HERE), place(THERE), before, after)
    return check.ok, check.detail


def books(*, unfinished: tuple[str, ...] = (), **items: str) -> Books:
    by_merchant = {merchant: tuple(told) for merchant, told in items.items()}
    return Books(items=by_merchant, unfinished=frozenset(unfinished))


def test_untouched__everything_is_as_it_was__holds() -> None:
    assert untouched(books(a="12", b="3"), books(a="12", b="3")) == (
        True, "3 items of 2 merchants",
    )  # fmt: skip


def test_untouched__a_cent_is_different__does_not_hold() -> None:
    assert untouched(books(a="12", b="3"), books(a="12", b="4")) == (False, "others: b")


def test_untouched__somebody_new__does_not_hold() -> None:
    assert untouched(books(a="12"), books(a="12", b="3")) == (False, "others: b")


def test_untouched__somebody_is_gone__does_not_hold() -> None:
    assert untouched(books(a="12", b="3"), books(a="12")) == (False, "others: b")


def test_untouched__a_payment_that_had_not_ended_ends_meanwhile__holds() -> None:
    assert untouched(books(a="12", b="3", unfinished=("b",)), books(a="12", b="34")) == (
        True, "2 items of 1 merchants; 1 others had payments that may end meanwhile",
    )  # fmt: skip


def test_untouched__what_is_unfinished_afterwards_only__does_not_excuse() -> None:
    after = books(a="12", b="34", unfinished=("b",))
    assert untouched(books(a="12", b="3"), after) == (False, "others: b")


def test_untouched__nobody_was_at_rest__shows_nothing() -> None:
    before = books(a="1", unfinished=("a",))
    assert untouched(before, before) == (False, "nobody there was without unfinished payments")


def test_untouched__nobody_is_there__holds() -> None:
    assert untouched(books(), books()) == (True, "0 items of 0 merchants")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"part": "payment", "status": "succeeded", "due_at": "2026"}, False),
        ({"part": "payment", "status": "processing"}, True),
        ({"part": "payment", "status": "requires_action"}, True),
        ({"part": "refund", "status": "pending"}, True),
        ({"part": "operation#x", "state": "open", "due_at": "2026"}, True),
        ({"part": "operation#x", "state": "succeeded"}, False),
        ({"part": "deposit"}, False),
    ],
)
def test_unfinished__is_what_may_still_move_money(item: dict[str, str], expected: bool) -> None:
    assert is_unfinished({name: {"S": text} for name, text in item.items()}) is expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "https://a.example", "--stack-file", "s.json"],
         "give --stack-file or --host, not both"),
        (["--api-key", "k"], "--api-key goes with --host"),
        (["--stack-file", "s.json", "--api-key", "k"], "--api-key goes with --host"),
    ],
)  # fmt: skip
def test_options__that_contradict__are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], said: str
) -> None:
    def bring_up(say: object) -> NoReturn:
        raise AssertionError("two stacks would be brought up")

    monkeypatch.setattr(command, "brought_up", bring_up)
    folder = tmp_path / "report"
    ended = CliRunner().invoke(command.app, [*options, "--report", str(folder)])
    assert (ended.exit_code, ended.stderr.count("\n")) == (3, 1)
    assert said in ended.stderr
    assert not folder.exists()


def test_places__only_one_stack__is_refused() -> None:
    with pytest.raises(TargetError, match="two stacks of different regions are compared, not none"):
        local_places([])


def test_places__hosts_without_as_many_keys__are_refused() -> None:
    with pytest.raises(TargetError, match="give one --api-key for each --host"):
        deployed_places(["https://a.example", "https://b.example"], ["k"], is_confirmed=True,
                        ask=None)  # fmt: skip
