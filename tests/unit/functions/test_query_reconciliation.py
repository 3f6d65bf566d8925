"""The HTTP side of the summary of all reconciliation."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from oncepay.api import application
from oncepay.domain.principal import MERCHANT_SCOPES, OPERATOR_SCOPES
from oncepay.domain.settlement import BreakKind
from oncepay.storage import payments
from oncepay.storage.breaks import break_item
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.settlement_markers import LATEST_PART, LatestItem, latest_id
from oncepay.storage.transactions import Transaction
from tests.builders import MERCHANT, NOW
from tests.events import Reply, an_authorizer, an_operator
from tests.stored_settlements import a_break
from tests.unit.domain.test_settlement_matching import PAYMENT
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import assert_problem
from tests.unit.functions.test_query_settlements import StoppedClock

SUMMARY = "/v1/reconciliation/summary"
RUN = "set_" + "a" * 26
DAY = timedelta(days=1)


@pytest.fixture
def ask(query: Send, monkeypatch: pytest.MonkeyPatch) -> Send:
    """As an operator, at NOW."""
    monkeypatch.setattr(application, "datetime", StoppedClock)

    def send(**kwargs: Any) -> Reply:
        return query("GET", SUMMARY, **({"authorizer": an_operator()} | kwargs))

    return send


def test_summary__as_the_contract_says(ask: Send, database: Database, budget: Budget) -> None:
    transaction = Transaction()
    for row, kind in enumerate((BreakKind.ORPHAN_REFUND, BreakKind.AMOUNT_MISMATCH)):
        found = a_break(RUN, row, kind=kind, opened_at=NOW - (row + 1) * DAY, gross_minor=-5_007)
        transaction.put(f"break {row}", break_item(found))
    captured = replace(PAYMENT, captured_minor=4_000, unsettled_since=NOW - 8 * DAY)
    transaction.put("payment", payments.payment_item(captured))
    latest = LatestItem(id=latest_id("stripe"), part=LATEST_PART, run_id=RUN, at=NOW - 3 * DAY)
    transaction.put("latest", latest)
    assert database.write(transaction, budget) is None

    reply = ask()
    assert reply.status == 200
    none = {"under_1_day": 0, "days_1_to_7": 0, "days_7_to_30": 0, "over_30_days": 0}
    assert reply.json == {
        "object": "reconciliation_summary",
        "as_of": "2026-11-21T12:00:00.123456Z",
        "complete": True,
        "at_risk_minor": {"USD": 14_014},
        "open_breaks": {
            "count": 2,
            "by_kind": {
                "amount_mismatch": {
                    "count": 1,
                    "at_risk_minor": {"USD": 5_007},
                    "oldest_opened_at": "2026-11-19T12:00:00.123456Z",
                    "ages": none | {"days_1_to_7": 1},
                },
                "orphan_refund": {
                    "count": 1,
                    "at_risk_minor": {"USD": 5_007},
                    "oldest_opened_at": "2026-11-20T12:00:00.123456Z",
                    "ages": none | {"days_1_to_7": 1},
                },
            },
        },
        "missing_in_settlement": {
            "count": 1,
            "by_processor": {
                "stripe": {
                    "expected_within_days": 5,
                    "count": 1,
                    "at_risk_minor": {"USD": 4_000},
                    "oldest_captured_at": "2026-11-13T12:00:00.123456Z",
                    "ages": none | {"days_7_to_30": 1},
                    "oldest_age_days": 8,
                },
                "simulated": {
                    "expected_within_days": 2,
                    "count": 0,
                    "at_risk_minor": {},
                    "oldest_captured_at": None,
                    "ages": none,
                    "oldest_age_days": None,
                },
            },
            "payments": [
                {
                    "id": "pay_1",
                    "merchant_id": MERCHANT,
                    "amount_minor": 4_000,
                    "currency": "USD",
                    "processor": "stripe",
                    "captured_at": "2026-11-13T12:00:00.123456Z",
                    "age_days": 8,
                }
            ],
        },
        "files": [
            {
                "format": "stripe",
                "every_days": 1,
                "last_file_at": "2026-11-18T12:00:00.123456Z",
                "settlement_id": RUN,
                "expected_by": "2026-11-19",
                "is_missing": True,
                "days_late": 2,
            },
            {
                "format": "native",
                "every_days": 7,
                "last_file_at": None,
                "settlement_id": None,
                "expected_by": None,
                "is_missing": True,
                "days_late": None,
            },
        ],
    }
    # The kinds in the order of the contract, whatever is found first.
    assert list(reply.json["open_breaks"]["by_kind"]) == ["amount_mismatch", "orphan_refund"]


@pytest.mark.parametrize(
    "authorizer",
    [
        an_authorizer(),
        an_authorizer(scopes=" ".join((*MERCHANT_SCOPES, *OPERATOR_SCOPES))),
        an_operator(scopes="settlements:write metrics:read"),
    ],
    ids=["merchant", "merchant with the scope", "operator without the scope"],
)
def test_summary__caller_who_may_not__is_403(ask: Send, authorizer: dict[str, str]) -> None:
    assert_problem(ask(authorizer=authorizer), 403, "forbidden")


def test_summary__nobody_or_an_expired_key__is_401(ask: Send) -> None:
    expired = an_operator(expires_at="2026-01-01T00:00:00.000000Z")
    assert_problem(ask(authorizer=expired), 401, "unauthorized")
    assert_problem(ask(authorizer={}), 401, "unauthorized")


def test_summary__the_one_scope__is_enough(ask: Send) -> None:
    assert ask(authorizer=an_operator(scopes="settlements:read")).status == 200


@pytest.mark.parametrize("name", ["limit", "cursor", "as_of", "currency"])
def test_parameter__of_any_name__is_refused(ask: Send, name: str) -> None:
    reply = ask(query={name: ["1"]})
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == name
