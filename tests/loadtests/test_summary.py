"""What a run comes to: its exit code, and the workload that it was."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from loadtests.audit import Check
from loadtests.record import RECORDED, Answer, Attempt, Kind
from loadtests.summary import ExitCode, Run, workload_of
from loadtests.thresholds import ERRORS, Judged
from oncepay.domain.costs.workload import Workload

HOLDS = Check(name="balances", ok=True, detail="")
BROKEN = Check(name="balances", ok=False, detail="one cent")
MET = Judged(threshold=ERRORS, found=0.0, met=True)
MISSED = Judged(threshold=ERRORS, found=0.5, met=False)


def run(
    *,
    checks: Sequence[Check] = (HOLDS,),
    judged: Sequence[Judged] = (MET,),
    cut_short: str | None = None,
    figures: dict[str, Any] | None = None,
) -> Run:
    return Run(
        about={"scenario": "pay"},
        figures=figures or {},
        cut_short=cut_short,
        judged=judged,
        checks=checks,
        workload={},
    )


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (run(), ExitCode.WELL),
        (run(judged=[MET, MISSED]), ExitCode.THRESHOLDS_MISSED),
        (run(checks=[HOLDS, BROKEN]), ExitCode.AUDIT_FAILED),
        (run(checks=[BROKEN], judged=[MISSED], cut_short="killed"), ExitCode.AUDIT_FAILED),
        (run(cut_short="it was ended by SIGTERM"), ExitCode.COULD_NOT_RUN),
        (run(cut_short="killed", judged=[MISSED]), ExitCode.COULD_NOT_RUN),
        (run(checks=[]), ExitCode.COULD_NOT_RUN),
        (run(figures={"exceptions": [{"count": 1, "said": "x"}]}), ExitCode.COULD_NOT_RUN),
    ],
)
def test_exit_code__says_the_worst_first(ended: Run, code: ExitCode) -> None:
    assert ended.exit_code is code


def test_json__has_what_a_program_reads() -> None:
    told = run(judged=[MISSED], checks=[BROKEN], figures={"seconds": 20.1}).as_json()
    assert (told["exit_code"], told["seconds"], told["scenario"]) == (2, 20.1, "pay")
    assert told["thresholds"] == [
        {
            "name": "all: error_share < 0.01",
            "limit": 0.01,
            "found": 0.5,
            "met": False,
            "why": "errors below 1 %",
        }
    ]
    assert told["audit"] == [{"name": "balances", "ok": False, "detail": "one cent"}]


def attempt(
    kind: Kind, status: int, *, replayed: bool = False, counts_as: str | None = None
) -> Attempt:
    return Attempt(
        n=1,
        at="2026-11-22T00:00:00Z",
        merchant="mer_a",
        kind=kind,
        method="POST",
        path="/v1/payments",
        key="k-1",
        amount_minor=1,
        currency="USD",
        body={},
        counts_as=counts_as,
        answer=None
        if status == 0
        else Answer(
            at="2026-11-22T00:00:01Z",
            status=status,
            ms=1.0,
            id=None,
            code=None,
            replayed=replayed,
            body={},
        ),
    )


@pytest.mark.parametrize(
    ("one", "counted"),
    [
        (attempt(Kind.PAYMENT, 201), {"payments": 1}),
        (attempt(Kind.PAYMENT, 201, replayed=True), {"payments": 1, "replays": 1}),
        (attempt(Kind.PAYMENT, 402), {"declines": 1}),
        (attempt(Kind.PAYMENT, 402, replayed=True), {"declines": 1, "replays": 1}),
        (attempt(Kind.PAYMENT, 409), {}),
        (attempt(Kind.PAYMENT, 503), {}),
        (attempt(Kind.PAYMENT, 0), {}),
        (attempt(Kind.CHARGE, 201), {"charges": 1}),
        (attempt(Kind.CHARGE, 202), {"unknown_charges": 1}),
        (attempt(Kind.CHARGE, 202, replayed=True), {"replays": 1}),
        (attempt(Kind.CHARGE, 402), {"authorizations": 1}),
        (attempt(Kind.DEPOSIT, 201), {"deposits": 1}),
        (attempt(Kind.REFUND, 201), {"refunds": 1}),
        (attempt(Kind.CHECKOUT_SESSION, 201), {"checkout_sessions": 1}),
        (attempt(Kind.EVENT, 200), {"events_known": 1}),
        (attempt(Kind.EVENT, 200, counts_as="events_settling"), {"events_settling": 1}),
        (attempt(Kind.EVENT, 200, counts_as="events_settling", replayed=True),
         {"events_repeated": 1}),
    ],
)  # fmt: skip
def test_workload__counts_what_was_answered(one: Attempt, counted: dict[str, int]) -> None:
    assert workload_of([one], {}) == counted


def test_workload__counts_reads_by_their_kind() -> None:
    kinds = {"get_payment": 3, "list": 2, "balances": 1, "statement": 4, "page": 9, "payment": 5}
    assert workload_of([], kinds) == {
        "payment_reads": 3,
        "list_reads": 2,
        "balance_reads": 1,
        "statement_reads": 4,
    }


def test_workload__counts_what_processors_were_caused_to_tell() -> None:
    event = attempt(Kind.EVENT, 200, counts_as="events_settling")
    kinds = {"events_settling": 2, "events_known": 3}
    assert workload_of([event], kinds) == {"events_settling": 3, "events_known": 3}


def test_workload__is_one_of_the_cost_estimate() -> None:
    attempts = [attempt(kind, status) for kind in RECORDED for status in (200, 202, 402)]
    kinds = dict.fromkeys(Kind, 1) | {"events_settling": 1}
    told = replace(run(), workload=workload_of(attempts, kinds)).as_json()["workload"]
    assert Workload.of(told).counts["unknown_charges"] == 1


def test_json__workload_says_how_many_merchants_there_were() -> None:
    about = {"merchants": ["mer_a", "mer_b"]}
    told = replace(run(), about=about, workload={"payments": 3}).as_json()
    assert told["workload"] == {"payments": 3, "merchants": 2}
    assert told["merchants"] == ["mer_a", "mer_b"]


def test_workload__payment_whose_answer_was_lost__was_made_and_then_replayed() -> None:
    lost = attempt(Kind.PAYMENT, 0)
    again = replace(attempt(Kind.PAYMENT, 201, replayed=True), key=lost.key)
    assert workload_of([lost, again], {}) == {"payments": 1, "replays": 1}
