"""A person's decision about a break is told to the API, and what it says to that to the person."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops import settlement_decision
from ops.demo import http_client
from ops.demo.http_client import NoAnswerError, Reply
from ops.main import app
from tests.ops.operators_stack import a_stack

BREAK = "brk_" + "a" * 26 + "_7"
ARGUMENTS = ("--action", "correct", "--reason", "so the bank")

type Run = Callable[..., Result]


class Api:
    """What was asked of the API, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Reply | Exception = Reply(200, {}, b'{"status": "corrected"}')

    def connect(self, api_url: str, api_key: str) -> "Api":
        self.asked.append({"api_url": api_url, "api_key": api_key})
        return self

    def call(self, method: str, path: str, **more: Any) -> Reply:
        self.asked[-1] |= {"method": method, "path": path, **more}
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()
    monkeypatch.setattr(http_client, "HttpClient", api.connect)
    monkeypatch.delenv("ONCEPAY_API_KEY", raising=False)
    return api


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, api: Api) -> Run:
    stack = replace(a_stack({}), admin_api_key="sk_admin")
    monkeypatch.setattr(settlement_decision, "choose_stack", lambda **_: stack)
    return lambda *words: CliRunner().invoke(app, ["settlements", "resolve", *words])


def test_decision__is_told_to_the_api__with_the_stack_s_own_key(run: Run, api: Api) -> None:
    result = run(BREAK, *ARGUMENTS)
    assert (result.exit_code, result.stdout) == (0, f"{BREAK}: corrected\n")
    (asked,) = api.asked
    assert asked.pop("key")
    assert asked == {
        "api_url": "https://api.invalid/test",
        "api_key": "sk_admin",
        "method": "POST",
        "path": f"/v1/settlements/set_{'a' * 26}/breaks/{BREAK}/resolve",
        "body": {"action": "correct", "reason": "so the bank"},
    }


def test_decision__each__has_an_idempotency_key_of_its_own(run: Run, api: Api) -> None:
    run(BREAK, *ARGUMENTS)
    run(BREAK, *ARGUMENTS)
    first, second = (asked["key"] for asked in api.asked)
    assert first != second


@pytest.mark.parametrize("given", ["option", "environment"])
def test_decision__with_another_key__is_that_operator_s(
    run: Run, api: Api, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    words = [BREAK, *ARGUMENTS]
    if given == "option":
        words += ["--api-key", "sk_anna"]
    else:
        monkeypatch.setenv("ONCEPAY_API_KEY", "sk_anna")
    run(*words)
    assert api.asked[0]["api_key"] == "sk_anna"


def test_json__is_the_break(run: Run, api: Api) -> None:
    api.answer = Reply(200, {}, b'{"id": "brk_1", "status": "corrected"}')
    result = run(BREAK, *ARGUMENTS, "--json")
    assert json.loads(result.stdout) == {"id": "brk_1", "status": "corrected"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(409, {}, b'{"detail": "the break is open already"}'), "the break is open already"),
        (Reply(500, {}, b"<html>"), "500"),
        (NoAnswerError("POST was not answered: 3 x 503"), "POST was not answered: 3 x 503"),
    ],
    ids=["problem", "no problem", "no answer"],
)
def test_decision__that_is_refused__is_one_clear_line(
    run: Run, api: Api, answer: Reply | Exception, said: str
) -> None:
    api.answer = answer
    result = run(BREAK, *ARGUMENTS)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"oncepay settlements resolve: {said}\n"


@pytest.mark.parametrize("break_id", ["7", BREAK + "/x", BREAK[:-1], "set_" + "a" * 26])
def test_break__that_is_none__is_not_asked_for(run: Run, api: Api, break_id: str) -> None:
    result = run(break_id, *ARGUMENTS)
    assert result.exit_code == 1
    assert result.stderr == (
        f"oncepay settlements resolve: {break_id} is no break's id, such as brk_..._1\n"
    )
    assert api.asked == []


def test_deployed_stack__without_a_key__says_which_is_needed(
    run: Run, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement_decision, "choose_stack", lambda **_: a_stack({}))
    result = run(BREAK, *ARGUMENTS)
    assert result.exit_code == 1
    assert "an operator's API key is needed" in result.stderr
    assert api.asked == []
