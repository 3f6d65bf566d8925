"""What does the audit make of a record that is cut off, empty or strange, of lists that lag, and of
a stage of which only the API is there?
"""

import base64
import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from loadtests.audit import __main__ as audit_command
from loadtests.audit.__main__ import command
from loadtests.audit.answered import ACKNOWLEDGED_CHECK
from loadtests.audit.asked import read_asked
from loadtests.audit.balances import BALANCES_CHECK
from loadtests.audit.books import BOOKS_CHECK
from loadtests.audit.checks import Check, check_of
from loadtests.audit.events import EVENTS_CHECK
from loadtests.audit.money_audit import READ_CHECK, RECORD_CHECK, audit_from
from loadtests.audit.processor import PROCESSOR_CHECK
from loadtests.audit.sent import STRANGERS_CHECK, UNANSWERED_CHECK
from loadtests.record import Kind
from loadtests.target import Merchant
from ops.verify.findings import Key
from tests.loadtests.audit.world import (
    DEPOSITS,
    KEYS,
    PAYMENTS,
    POOR,
    RICH,
    World,
    loaded_world,
    payment_body,
)


def test_audit__last_line_torn_by_a_kill__audits_the_rest_and_says_so(tmp_path: Path) -> None:
    world = loaded_world()
    world.torn = '{"phase":"sent","n":21,"at":"2026-11'
    checks = audit_from(world.write(tmp_path), world.sources(), ())
    assert all(check.ok for check in checks)
    assert "torn" in checks[0].detail


def test_audit__a_line_in_the_middle_torn__is_no_record(tmp_path: Path) -> None:
    world = loaded_world()
    path = world.write(tmp_path) / "requests.jsonl"
    path.write_text(path.read_text().replace('"phase": "sent", "n": 3', '"phase": "se', 1))
    (check,) = audit_from(tmp_path, world.sources(), ())
    assert (check.name, check.ok) == (RECORD_CHECK, False)


def test_audit__run_killed_with_every_last_answer_missing__still_finds_what_is_there(
    tmp_path: Path,
) -> None:
    world = loaded_world()
    for key in ("p3", "c1", "s1", "r1"):
        world.forget_answer(key)
    assert world.audit(tmp_path) == {}


def test_audit__empty_record__fails(tmp_path: Path) -> None:
    world = World()
    (check,) = audit_from(world.write(tmp_path), world.sources(), ())
    assert (check.name, check.ok) == (RECORD_CHECK, False)
    assert "nothing to audit" in check.detail


def test_audit__no_record__fails(tmp_path: Path) -> None:
    (check,) = audit_from(tmp_path, World().sources(), ())
    assert (check.name, check.ok) == (RECORD_CHECK, False)


def test_audit__nothing_was_acknowledged__fails(tmp_path: Path) -> None:
    world = World()
    world.send(Kind.PAYMENT, PAYMENTS, "p1", payment_body("p1", 5))
    assert world.audit(tmp_path).keys() == {ACKNOWLEDGED_CHECK}


def test_audit__merchants_not_written_down__fails(tmp_path: Path) -> None:
    world = loaded_world()
    (world.write(tmp_path) / "merchants.json").unlink()
    (check,) = audit_from(tmp_path, world.sources(), ())
    assert (check.name, check.ok) == (RECORD_CHECK, False)


def test_audit__merchant_that_is_not_written_down__fails(tmp_path: Path) -> None:
    world = loaded_world()
    world.send(Kind.PAYMENT, PAYMENTS, "p9", payment_body("p9", 5), "mer_other")
    (check,) = audit_from(world.write(tmp_path), world.sources(), ())
    assert "mer_other" in check.detail


def test_audit__list_does_not_show_a_payment_yet__finds_it_by_its_id(tmp_path: Path) -> None:
    world = loaded_world()
    world.unlisted.add(world.id_of(Kind.PAYMENT, PAYMENTS, "p3"))
    assert world.audit(tmp_path) == {}


def test_audit__balance_agrees_at_the_second_look__is_kept(tmp_path: Path) -> None:
    world = loaded_world()
    world.balances[RICH][1] -= 1
    read = world.get
    looks = 0

    def get(api_key: str, path: str) -> tuple[int, object]:
        nonlocal looks
        if path.startswith("/v1/balances") and api_key == KEYS[RICH] and "cursor" not in path:
            looks += 1
            world.balances[RICH][1] += looks == 2
        return read(api_key, path)

    world.get = get  # type: ignore[method-assign]
    assert world.audit(tmp_path, looks=2) == {}


def test_audit__stage_of_which_only_the_api_is_there__says_what_it_could_not_look_at(
    tmp_path: Path,
) -> None:
    world = loaded_world()
    checks = audit_from(world.write(tmp_path), world.sources(is_local=False), ())
    told = {check.name: check.detail for check in checks}
    assert all(check.ok for check in checks)
    assert told[BOOKS_CHECK].startswith("not made: needs --stack-name")
    assert told[PROCESSOR_CHECK].startswith("not made")
    assert "their records are not looked at" in told[UNANSWERED_CHECK]
    assert "1 of them are not the merchants' to see" in told[EVENTS_CHECK]


def test_audit__stage_on_which_an_event_waits__is_seen_in_its_list(tmp_path: Path) -> None:
    world = loaded_world()
    world.items["events"][Key("stripe#evt_1")]["status"] = {"S": "unmatched"}
    assert world.audit(tmp_path, is_local=False).keys() == {EVENTS_CHECK}


def test_audit__stage_short_of_a_deposit__is_seen_in_the_statement(tmp_path: Path) -> None:
    world = loaded_world()
    world.entries[RICH] = [one for one in world.entries[RICH] if one["kind"] != "deposit"]
    world.balances[RICH][0] -= 7_040
    broken = world.audit(tmp_path, is_local=False)
    assert broken.keys() == {ACKNOWLEDGED_CHECK, BALANCES_CHECK}


def test_audit__api_answers_with_an_error__fails(tmp_path: Path) -> None:
    world = loaded_world()
    world.get = lambda api_key, path: (500, {})  # type: ignore[method-assign]
    broken = world.audit(tmp_path)
    assert broken == {READ_CHECK: "GET /v1/payments was answered 500"}


def test_audit__payment_of_before_the_run__is_not_the_runs(tmp_path: Path) -> None:
    world = loaded_world()
    old = world.pay("old", 10, POOR)
    old["created_at"] = world.entries[POOR][-1]["created_at"] = "2026-11-21T00:00:00.000000Z"
    world.before[POOR] = list(world.balances[POOR])
    assert world.audit(tmp_path) == {}


def test_audit__marks_of_before__count_instead_of_the_clock(tmp_path: Path) -> None:
    # The stage's clock is behind ours: what the run made seems to be older than the run.
    world = loaded_world()
    for one in (*world.payments[RICH].values(), *world.entries[RICH]):
        one["created_at"] = one["created_at"].replace("2026-11-22", "2026-11-21")
    world.answered("d1")["answer"]["created_at"] = world.entries[RICH][0]["created_at"]
    told = json.loads((world.write(tmp_path) / "merchants.json").read_text())
    told["merchants"][0]["newest"] = {"payments": None, "entries": None}
    assert BALANCES_CHECK in world.audit(tmp_path, is_local=False)
    (tmp_path / "merchants.json").write_text(json.dumps(told))
    checks = audit_from(tmp_path, world.sources(is_local=False), ())
    assert [check.name for check in checks if not check.ok] == []


def test_audit__deposit_spread_over_shards__is_one_deposit(tmp_path: Path) -> None:
    world = loaded_world()
    first = world.entries[RICH][0]
    first["postings"] = [
        {"account": "external:bank", "amount_minor": -3_000},
        {"account": "available", "amount_minor": 3_000},
    ]
    rest = world.post(RICH, "deposit", None, ("external:bank", -4_000), ("available", 4_000))
    rest["created_at"] = first["created_at"]
    world.balances[RICH][0] -= 4_000
    assert world.audit(tmp_path) == {}


def test_audit__charge_answered_202_and_declined_later__is_as_answered(tmp_path: Path) -> None:
    world = loaded_world()
    n = world.send(Kind.CHARGE, PAYMENTS, "slow", payment_body("slow", 12))
    made = world.pay("slow", 12, kind=Kind.CHARGE, status="processing")
    world.answer(n, 202, made)
    made["status"] = "declined"
    assert world.audit(tmp_path) == {}


def test_audit__charge_turned_away_in_a_rush__may_be_there(tmp_path: Path) -> None:
    world = loaded_world()
    n = world.send(Kind.CHARGE, PAYMENTS, "rush", payment_body("rush", 12))
    world.pay("rush", 12, kind=Kind.CHARGE)
    world.answer(n, 429, {"code": "rate_limited"})
    assert world.audit(tmp_path) == {}


def test_audit__kind_of_request_that_it_does_not_know__fails(tmp_path: Path) -> None:
    world = loaded_world()
    world.lines[0]["kind"] = "capture"
    (check,) = audit_from(world.write(tmp_path), world.sources(), ())
    assert (check.name, check.ok) == (RECORD_CHECK, False)


def test_audit__charge_still_processing__is_told(tmp_path: Path) -> None:
    world = loaded_world()
    n = world.send(Kind.CHARGE, PAYMENTS, "slow", payment_body("slow", 12))
    world.answer(n, 202, world.pay("slow", 12, kind=Kind.CHARGE, status="processing"))
    checks = audit_from(world.write(tmp_path), world.sources(), ())
    assert all(check.ok for check in checks)
    assert "1 of them still processing" in checks[7].detail


def test_audit__first_answer_to_an_event_lost__may_have_been_the_new_one(tmp_path: Path) -> None:
    world = loaded_world()
    world.forget_answer("evt_1")
    assert world.audit(tmp_path) == {}


def test_audit__event_that_names_a_payment_and_tells_nothing__needs_no_effect(
    tmp_path: Path,
) -> None:
    world = loaded_world()
    world.items["events"][Key("stripe#evt_1")]["status"] = {"S": "received"}
    assert world.audit(tmp_path) == {}


def test_audit__event_refused_and_not_stored__is_as_it_should_be(tmp_path: Path) -> None:
    world = loaded_world()
    n = world.send(Kind.EVENT, "/webhooks/stripe", "evt_forged", {"id": "evt_forged"}, "")
    world.answer(n, 400, {"code": "invalid_signature"})
    assert world.audit(tmp_path) == {}


def test_audit__charge_of_another_merchants_payment__is_none_of_ours(tmp_path: Path) -> None:
    world = loaded_world()
    theirs = {**world.charges[0], "payment_id": "pay_theirs", "idempotency_key": "pay_theirs"}
    world.charges.append(theirs)
    world.items["payments"][Key("pay_theirs", "payment")] = {
        "id": {"S": "pay_theirs"},
        "part": {"S": "payment"},
        "merchant_id": {"S": "mer_theirs"},
    }
    assert world.audit(tmp_path) == {}


def test_check__many_culprits__names_five_and_counts_all() -> None:
    check = check_of("a promise", "9 payments", [f"pay_{number}" for number in range(7)])
    assert (check.ok, check.detail) == (
        False,
        "7 wrong in 9 payments: pay_0; pay_1; pay_2; pay_3; pay_4; and 2 more",
    )


def test_audit__broken__names_the_payment_and_its_key(tmp_path: Path) -> None:
    world = loaded_world()
    id_ = world.id_of(Kind.PAYMENT, PAYMENTS, "p3")
    world.payments[RICH][id_]["amount_minor"] = 301
    told = world.audit(tmp_path)[ACKNOWLEDGED_CHECK]
    assert f"{id_} (key p3) is of 301 USD, asked for were 300 USD" in told


def test_balances__entry_of_another_amount__is_told_of_the_statement_alone(tmp_path: Path) -> None:
    world = loaded_world()
    world.entries[RICH][0]["postings"][1]["amount_minor"] += 1
    told = world.audit(tmp_path)[BALANCES_CHECK]
    assert told.startswith("1 wrong")
    assert "its statement comes to" in told


def test_balances__payment_of_nobody__is_told_of_the_requests_alone(tmp_path: Path) -> None:
    world = loaded_world()
    world.pay("uninvited", 10, POOR)
    told = world.audit(tmp_path)[BALANCES_CHECK]
    assert told.startswith("1 wrong")
    assert "its requests come to" in told


def test_audit__stranger__is_named(tmp_path: Path) -> None:
    world = loaded_world()
    world.pay("uninvited", 10, POOR, named="pay_uninvited")
    told = world.audit(tmp_path)[STRANGERS_CHECK]
    assert "pay_uninvited of mer_poor was asked for by nobody" in told


def test_record__key_of_a_stage_merchant__comes_from_the_command_line(tmp_path: Path) -> None:
    world = loaded_world()
    told = json.loads((world.write(tmp_path) / "merchants.json").read_text())
    del told["merchants"][0]["api_key"]
    (tmp_path / "merchants.json").write_text(json.dumps(told))
    record = read_asked(tmp_path, [Merchant(id=RICH, api_key="sk_given")])
    assert record.merchants[0].merchant.api_key == "sk_given"


def test_derived_id__of_a_deposit__is_that_of_its_key() -> None:
    # Of docs/data-model.md: each of the four parts is preceded by its length.
    digest = hashlib.sha256(b"8:mer_rich4:POST12:/v1/deposits1:k").digest()
    letters = base64.b32encode(digest).decode().lower()[:26]
    assert World().id_of(Kind.DEPOSIT, DEPOSITS, "k") == f"dep_{letters}"


def run_command(folder: Path, stack_file: str) -> Result:
    app = Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(folder), "--stack-file", str(folder / stack_file)])


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/v1/balances", {"unexpected": 1}, "no page of a list"),
        ("/v1/balances", {"data": {}, "has_more": False}, "no page of a list"),
        ("/v1/balances", {"data": [{"nothing": 1}], "has_more": False}, "KeyError"),
        ("/v1/payments", {"data": ["a page"], "has_more": False}, "TypeError"),
        ("/v1/payments", None, "GET /v1/payments was answered 200"),
    ],
)
def test_audit__answer_that_cannot_be_understood__is_a_broken_check(
    path: str, answer: object, said: str, tmp_path: Path
) -> None:
    world = loaded_world()
    read = world.get

    def get(api_key: str, asked: str) -> tuple[int, object]:
        return (200, answer) if asked.partition("?")[0] == path else read(api_key, asked)

    world.get = get  # type: ignore[method-assign, assignment]
    broken = world.audit(tmp_path)
    assert broken.keys() == {READ_CHECK}
    assert said in broken[READ_CHECK]


def test_audit__payment_without_metadata__is_a_broken_check(tmp_path: Path) -> None:
    world = loaded_world()
    world.payments[RICH][world.id_of(Kind.PAYMENT, PAYMENTS, "p3")]["metadata"] = None
    assert world.audit(tmp_path).keys() == {READ_CHECK}


def test_audit__prover_fails__is_a_broken_check(tmp_path: Path) -> None:
    world = loaded_world()
    sources = replace(world.sources(), prove=lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    checks = audit_from(world.write(tmp_path), sources, ())
    assert [check.name for check in checks if not check.ok] == [BOOKS_CHECK]


def test_command__no_such_stack__exits_3(tmp_path: Path) -> None:
    result = run_command(tmp_path, "no-stack.json")
    assert result.exit_code == 3
    assert "no-stack.json" in result.output


@pytest.mark.parametrize(("ok", "code", "shown"), [(True, 0, "ok "), (False, 2, "BROKEN")])
def test_command__audited__exits_0_only_if_every_check_is_kept(
    ok: bool, code: int, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Check(name="kept", ok=True, detail="")
    last = Check(name="last", ok=ok, detail="all of it")
    monkeypatch.setattr(audit_command, "choose_target", lambda **options: None)
    monkeypatch.setattr(audit_command, "audit", lambda folder, target: [kept, last])
    result = run_command(tmp_path, "stack.json")
    assert result.exit_code == code
    assert result.output.splitlines()[-1].startswith(shown)
    assert result.output.endswith("last: all of it\n")


@pytest.mark.parametrize("arguments", [[], ["folder", "--nothing"], ["folder", "and another"]])
def test_command__wrong_use__is_one_line_and_exit_code_3(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["audit", *arguments])
    with pytest.raises(SystemExit) as ended:
        audit_command.main()
    assert ended.value.code == 3
    assert capsys.readouterr().err.count("\n") == 1
