"""The HTTP side of the reads of settlements."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from oncepay.api import application
from oncepay.domain.principal import MERCHANT_SCOPES, OPERATOR_SCOPES
from oncepay.domain.settlement import BreakKind, Settlement, quarantine
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.builders import NOW
from tests.events import Reply, an_authorizer, an_operator
from tests.stored_settlements import KEY, StoredSettlements, a_break
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import assert_problem

ALL = "/v1/settlements"
ONE = "/v1/settlements/{id}"
BREAKS = "/v1/settlements/{id}/breaks"

UNKNOWN = "set_" + "a" * 26


@pytest.fixture
def stored(database: Database) -> StoredSettlements:
    return StoredSettlements(database, Budget(60))


@pytest.fixture
def run(stored: StoredSettlements) -> Settlement:
    """A run of ten rows: four matched, a rejected row and two wrong amounts so far."""
    begun = stored.accept(stored.begin())
    rejected = a_break(begun.id, 6, kind=BreakKind.REJECTED_ROW, payment_id=None)
    return stored.book(
        begun, matched=4, breaks=(a_break(begun.id, 2), rejected, a_break(begun.id, 7))
    )


class StoppedClock(datetime):
    """It is always NOW: what is listed first depends on the month."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


@pytest.fixture
def ask(query: Send, monkeypatch: pytest.MonkeyPatch) -> Send:
    """As an operator, at NOW."""
    monkeypatch.setattr(application, "datetime", StoppedClock)

    def send(resource: str, settlement_id: str = "", **kwargs: Any) -> Reply:
        given = {"authorizer": an_operator()} | kwargs
        if settlement_id:
            given["parameters"] = {"id": settlement_id}
        return query("GET", resource, **given)

    return send


def test_settlement__as_the_contract_says(ask: Send, run: Settlement) -> None:
    reply = ask(ONE, run.id)
    assert reply.status == 200
    assert reply.json == {
        "id": run.id,
        "object": "settlement",
        "source": {
            "bucket": "settlements", "key": KEY, "version_id": "v1", "sha256": "a" * 64
        },
        "format": "native",
        "status": "processing",
        "reason": None,
        "progress": {"rows": 7, "percent": 70, "rows_per_second": None, "seconds_left": None},
        "counts": {"rows": 7, "matched": 4, "breaks": 3, "rejected": 1},
        "sums": {"USD": {"gross_minor": 25_000, "fee_minor": 500, "net_minor": 24_500}},
        "breaks_by_kind": {"rejected_row": 1, "amount_mismatch": 2},
        "duplicate_of": None,
        "started_at": "2026-11-21T12:00:00.123456Z",
        "completed_at": None,
        "results": None,
    }  # fmt: skip


def test_settlements__show_each_as_it_is_shown_alone(ask: Send, run: Settlement) -> None:
    page = ask(ALL)
    assert page.status == 200
    assert page.json == {
        "object": "list",
        "data": [ask(ONE, run.id).json],
        "has_more": False,
        "next_cursor": None,
    }


def test_settlements__of_a_file__are_its_versions_newest_first(
    ask: Send, stored: StoredSettlements
) -> None:
    # The gateway hands a parameter over as it was before the URL.
    name = "incoming/Zürich + Genf/día 1.csv"
    hour = timedelta(hours=1)
    ids = [stored.begin(NOW + n * hour, key=name, version_id=f"v{n}").id for n in range(3)]
    stored.begin(key=name.lower())
    reply = ask(ALL, query={"source_key": [name]})
    assert [run["id"] for run in reply.json["data"]] == ids[::-1]
    assert {run["source"]["key"] for run in reply.json["data"]} == {name}


def test_settlements__go_back_from_the_month_of_the_call(
    ask: Send, stored: StoredSettlements, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stored.begin()
    assert [each["id"] for each in ask(ALL).json["data"]] == [run.id]
    before = NOW - timedelta(days=30)
    monkeypatch.setattr(StoppedClock, "now", lambda _: before)
    assert ask(ALL).json["data"] == []


def test_settlement__quarantined__says_why(ask: Send, stored: StoredSettlements) -> None:
    begun = stored.begin()
    stored.end(begun, quarantine(begun, "the file is empty", NOW))
    shown = ask(ONE, begun.id).json
    assert (shown["status"], shown["reason"]) == ("quarantined", "the file is empty")
    assert ask(BREAKS, begun.id).json["data"] == []


def test_breaks__as_the_contract_says__by_row(ask: Send, run: Settlement) -> None:
    reply = ask(BREAKS, run.id)
    assert reply.status == 200
    assert list(reply.json) == ["object", "data", "has_more", "next_cursor"]
    assert [found["row"] for found in reply.json["data"]] == [2, 6, 7]
    assert reply.json["data"][0] == {
        "id": f"brk_{run.id.removeprefix('set_')}_2",
        "object": "break",
        "kind": "amount_mismatch",
        "status": "open",
        "row": 2,
        "payment_id": "pay_" + "a" * 26,
        "expected": {"amount_minor": 5000},
        "found": {"amount_minor": 5007},
        "reason": "amount_minor is 5007 in the file and 5000 in the books",
        "correction": None,
        "decisions": [],
    }


def test_breaks__by_cursor__show_each_once(ask: Send, run: Settlement) -> None:
    rows: list[int] = []
    cursor: str | None = None
    for _ in range(3):
        page = ask(
            BREAKS, run.id, query={"limit": ["1"]} | ({"cursor": [cursor]} if cursor else {})
        ).json
        rows += [found["row"] for found in page["data"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
    assert (rows, cursor) == ([2, 6, 7], None)


@pytest.mark.parametrize("resource", [ONE, BREAKS])
@pytest.mark.parametrize(
    "settlement_id",
    [UNKNOWN, "set_x", "pay_" + "a" * 26, "set_" + "a" * 2_100, "source#" + KEY, "SET_" + "A" * 26,
     UNKNOWN + "\n", "set_" + "٣" * 26, "../" + UNKNOWN, "x" * 3_000],
    ids=["unknown", "short", "payment", "long", "pointer", "upper case", "line end", "digits",
         "path", "longest"],
)  # fmt: skip
def test_settlement__unknown_or_hostile_id__is_404(
    ask: Send, run: Settlement, resource: str, settlement_id: str
) -> None:
    reply = ask(resource, settlement_id)
    assert_problem(reply, 404, "not_found")
    assert reply.json["detail"] == "no such settlement"


@pytest.mark.parametrize("resource", [ONE, BREAKS])
def test_settlement__what_cannot_be_an_id__is_not_looked_up(
    ask: Send, monkeypatch: pytest.MonkeyPatch, resource: str
) -> None:
    monkeypatch.setattr(Database, "_read", lambda *_, **__: pytest.fail("it was looked up"))
    assert_problem(ask(resource, "content#" + "a" * 64), 404, "not_found")


@pytest.mark.parametrize("resource", [ALL, ONE, BREAKS])
@pytest.mark.parametrize(
    "authorizer",
    [
        an_authorizer(),
        an_authorizer(scopes=" ".join((*MERCHANT_SCOPES, *OPERATOR_SCOPES))),
        an_operator(scopes="settlements:write metrics:read"),
    ],
    ids=["merchant", "merchant with the scope", "operator without the scope"],
)
def test_settlements__caller_who_may_not__is_403(
    ask: Send, run: Settlement, resource: str, authorizer: dict[str, str]
) -> None:
    assert_problem(ask(resource, run.id, authorizer=authorizer), 403, "forbidden")


@pytest.mark.parametrize("resource", [ALL, ONE, BREAKS])
def test_settlements__nobody_or_an_expired_key__is_401(
    ask: Send, run: Settlement, resource: str
) -> None:
    expired = an_operator(expires_at="2026-01-01T00:00:00.000000Z")
    assert_problem(ask(resource, run.id, authorizer=expired), 401, "unauthorized")
    assert_problem(ask(resource, run.id, authorizer={}), 401, "unauthorized")


@pytest.mark.parametrize("resource", [ALL, ONE, BREAKS])
def test_settlements__the_one_scope__is_enough(ask: Send, run: Settlement, resource: str) -> None:
    assert ask(resource, run.id, authorizer=an_operator(scopes="settlements:read")).status == 200


def test_operator__sees_no_merchant_s_payments(query: Send) -> None:
    authorizer = an_operator(scopes=" ".join((*MERCHANT_SCOPES, *OPERATOR_SCOPES)))
    assert_problem(query("GET", "/v1/payments", authorizer=authorizer), 403, "forbidden")


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        (ALL, "status", "completed"), (ALL, "Source_Key", KEY), (ALL, "source_key", ""),
        (ALL, "source_key", "x" * 1_025), (ALL, "source_key", "€" * 342),
        (ALL, "source_key", "\ud800"), (ALL, "limit", "0"), (ALL, "limit", "101"),
        (ALL, "cursor", ""), (ONE, "limit", "1"), (ONE, "source_key", KEY), (BREAKS, "kind", "x"),
        (BREAKS, "source_key", KEY), (BREAKS, "limit", "1e1"), (BREAKS, "cursor", "käse"),
    ],
)  # fmt: skip
def test_parameter__bad_or_unknown__is_refused_by_name(
    ask: Send, run: Settlement, resource: str, name: str, value: str
) -> None:
    reply = ask(resource, run.id, query={name: [value]})
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == name


def test_parameter__source_key_twice__is_refused(ask: Send) -> None:
    reply = ask(ALL, query={"source_key": ["a", "b"]})
    assert_problem(reply, 400, "invalid_request")


def test_parameter__source_key_as_long_as_s3_takes_it__is_looked_up(ask: Send) -> None:
    assert ask(ALL, query={"source_key": ["€" * 341 + "x"]}).status == 200


@pytest.fixture
def two_of_one_file(stored: StoredSettlements) -> None:
    for version_id in ("v1", "v2"):
        stored.begin(version_id=version_id)


def test_cursor__is_of_one_filter(ask: Send, two_of_one_file: None) -> None:
    chosen = {"source_key": [KEY], "limit": ["1"]}
    cursor = ask(ALL, query=chosen).json["next_cursor"]
    assert ask(ALL, query=chosen | {"cursor": [cursor]}).status == 200
    for other in ({}, {"source_key": [KEY + "x"]}):
        assert_problem(ask(ALL, query=other | {"cursor": [cursor]}), 400, "invalid_request")


def test_cursor__changed__is_refused(ask: Send, two_of_one_file: None) -> None:
    cursor = ask(ALL, query={"limit": ["1"]}).json["next_cursor"]
    assert ask(ALL, query={"cursor": [cursor]}).status == 200
    for wrong in (cursor[:-2] + "AA", ("B" if cursor[0] == "A" else "A") + cursor[1:], "x"):
        assert_problem(ask(ALL, query={"cursor": [wrong]}), 400, "invalid_request")


def test_cursor__is_of_any_operator(ask: Send, two_of_one_file: None) -> None:
    cursor = ask(ALL, query={"limit": ["1"]}).json["next_cursor"]
    colleague = an_operator(key_id="operator-other", principalId="operator-other")
    assert ask(ALL, query={"cursor": [cursor]}, authorizer=colleague).status == 200


def test_cursor__of_one_run_s_breaks__is_not_another_s(
    ask: Send, stored: StoredSettlements, run: Settlement
) -> None:
    other = stored.accept(stored.begin(version_id="v2"), sha256="b" * 64)
    cursor = ask(BREAKS, run.id, query={"limit": ["1"]}).json["next_cursor"]
    assert ask(BREAKS, run.id, query={"cursor": [cursor]}).status == 200
    reply = ask(BREAKS, other.id, query={"cursor": [cursor]})
    assert_problem(reply, 400, "invalid_request")
    assert_problem(ask(ALL, query={"cursor": [cursor]}), 400, "invalid_request")


def test_log__names_the_operator_s_key_and_no_file(
    ask: Send, run: Settlement, logged: list[str]
) -> None:
    ask(ALL, query={"source_key": [KEY]})
    (line,) = [line for line in logged if '"request"' in line]
    assert '"key_id":"operator-key"' in line
    assert "incoming" not in line
