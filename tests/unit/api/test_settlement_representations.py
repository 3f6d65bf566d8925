"""Are a settlement and a break what the contract says, member for member?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from oncepay.api.representations import to_json
from oncepay.api.settlement_representations import break_json, settlement_json
from oncepay.domain.ledger import Posting
from oncepay.domain.settlement import (
    BreakAction,
    BreakKind,
    BreakStatus,
    Decision,
    Settlement,
    accept,
    advance,
    begin,
    complete_as_copy,
    fail,
    quarantine,
    report,
)
from tests.builders import NOW
from tests.stored_settlements import a_break, a_source, some_totals

BEGUN = begin(a_source(), NOW)
AT = "2026-11-21T12:00:00.123456Z"


def booked(matched: int, breaks: dict[BreakKind, int]) -> dict[str, Any]:
    """Some rows of the file, as they are shown; the last ones bring its sums."""
    run = accept(BEGUN, some_totals(), NOW)
    ends = matched + sum(breaks.values()) == some_totals().rows
    after = advance(
        run,
        matched=matched,
        breaks=breaks,
        matched_minor=some_totals().gross_minor if ends else {},
        broken_minor={},
        now=NOW,
    )
    return settlement_json(after)


def test_settlement__just_begun__knows_nothing_of_its_file() -> None:
    assert settlement_json(BEGUN) == {
        "id": BEGUN.id,
        "object": "settlement",
        "source": {
            "bucket": "settlements", "key": "incoming/day.csv", "version_id": "v1", "sha256": None
        },
        "format": None,
        "status": "processing",
        "reason": None,
        "progress": {"rows": 0, "percent": 0, "rows_per_second": None, "seconds_left": None},
        "counts": {"rows": 0, "matched": 0, "breaks": 0, "rejected": 0},
        "sums": {},
        "breaks_by_kind": {},
        "duplicate_of": None,
        "started_at": AT,
        "completed_at": None,
        "results": None,
    }  # fmt: skip


def test_settlement__members_are_in_the_order_of_the_contract() -> None:
    assert list(settlement_json(BEGUN)) == [
        "id", "object", "source", "format", "status", "reason", "progress", "counts", "sums",
        "breaks_by_kind", "duplicate_of", "started_at", "completed_at", "results",
    ]  # fmt: skip


def test_settlement__half_booked__counts_what_is_booked_and_sums_the_whole_file() -> None:
    shown = booked(2, {BreakKind.FEE_MISMATCH: 1, BreakKind.REJECTED_ROW: 2})
    assert shown["source"]["sha256"] == "a" * 64
    assert (shown["format"], shown["status"]) == ("native", "processing")
    assert (shown["progress"]["rows"], shown["progress"]["percent"]) == (5, 50)
    assert shown["counts"] == {"rows": 5, "matched": 2, "breaks": 3, "rejected": 2}
    assert shown["sums"] == {"USD": {"gross_minor": 25_000, "fee_minor": 500, "net_minor": 24_500}}
    assert shown["completed_at"] is None


def booked_for(seconds: int, matched: int) -> Settlement:
    """Matched so many of the ten rows in so many seconds after the first reading."""
    return advance(
        accept(BEGUN, some_totals(), NOW),
        matched=matched,
        breaks={},
        matched_minor=some_totals().gross_minor if matched == some_totals().rows else {},
        broken_minor={},
        now=NOW + timedelta(seconds=seconds),
    )


def test_settlement__half_booked__says_how_fast_it_goes_and_how_long_it_takes() -> None:
    assert settlement_json(booked_for(2, 6))["progress"] == {
        "rows": 6, "percent": 60, "rows_per_second": 3, "seconds_left": 2
    }  # fmt: skip


def test_settlement__completed__says_how_fast_it_went() -> None:
    assert settlement_json(booked_for(2, 10))["progress"] == {
        "rows": 10, "percent": 100, "rows_per_second": 5, "seconds_left": None
    }  # fmt: skip


def test_settlement__whose_results_are_in_the_bucket__says_where() -> None:
    completed = booked_for(2, 10)
    assert settlement_json(completed)["results"] is None
    assert settlement_json(report(completed, NOW))["results"] == {
        "summary": f"s3://settlements/results/{BEGUN.id}/summary.json",
        "breaks": f"s3://settlements/results/{BEGUN.id}/breaks.csv",
    }


def test_settlement__breaks_by_kind__are_in_the_order_of_the_kinds() -> None:
    kinds = {BreakKind.ORPHAN_REFUND: 1, BreakKind.FEE_MISMATCH: 3, BreakKind.REJECTED_ROW: 2}
    shown = booked(0, kinds)
    assert to_json(shown["breaks_by_kind"]) == (
        '{"rejected_row":2,"fee_mismatch":3,"orphan_refund":1}'
    )


def test_settlement__completed__says_when() -> None:
    shown = booked(10, {})
    assert (shown["status"], shown["completed_at"]) == ("completed", AT)
    assert (shown["progress"]["rows"], shown["progress"]["percent"]) == (10, 100)


def test_settlement__sums__by_currency__a_refunds_day_is_negative() -> None:
    totals = some_totals(gross_minor={"USD": -700, "EUR": 300}, fee_minor={"USD": 1, "EUR": 6})
    shown = settlement_json(accept(BEGUN, totals, NOW))
    assert to_json(shown["sums"]) == (
        '{"EUR":{"gross_minor":300,"fee_minor":6,"net_minor":294},'
        '"USD":{"gross_minor":-700,"fee_minor":1,"net_minor":-701}}'
    )


def test_settlement__sums__of_a_currency_that_only_one_of_them_has() -> None:
    totals = some_totals(gross_minor={"USD": 5}, fee_minor={"EUR": 6})
    assert settlement_json(accept(BEGUN, totals, NOW))["sums"] == {
        "EUR": {"gross_minor": 0, "fee_minor": 6, "net_minor": -6},
        "USD": {"gross_minor": 5, "fee_minor": 0, "net_minor": 5},
    }


def test_settlement__copy__names_the_original_and_counts_nothing() -> None:
    original = begin(a_source(version_id="v0"), NOW)
    shown = settlement_json(complete_as_copy(BEGUN, original.id, some_totals(), NOW))
    assert (shown["status"], shown["duplicate_of"]) == ("completed", original.id)
    assert shown["counts"] == {"rows": 0, "matched": 0, "breaks": 0, "rejected": 0}
    assert shown["sums"] == {}
    assert (shown["progress"]["rows"], shown["progress"]["percent"]) == (0, 100)
    assert shown["source"]["sha256"] == "a" * 64


def test_settlement__quarantined__says_why() -> None:
    shown = settlement_json(quarantine(BEGUN, "the file is empty", NOW))
    assert (shown["status"], shown["reason"]) == ("quarantined", "the file is empty")
    assert (shown["format"], shown["sums"], shown["completed_at"]) == (None, {}, AT)


def test_settlement__failed__says_why_and_is_not_complete() -> None:
    shown = settlement_json(fail(BEGUN, "the object is gone", NOW))
    assert (shown["status"], shown["reason"]) == ("failed", "the object is gone")
    assert (shown["completed_at"], shown["progress"]["percent"]) == (None, 0)


def test_settlement__of_a_bucket_without_versions__has_none() -> None:
    shown = settlement_json(begin(a_source(version_id=None), NOW))
    assert shown["source"]["version_id"] is None


def test_break__has_exactly_the_members_of_the_contract() -> None:
    assert to_json(break_json(a_break(BEGUN.id, 2))) == (
        f'{{"id":"brk_{BEGUN.id[4:]}_2","object":"break","kind":"amount_mismatch",'
        '"status":"open","row":2,"payment_id":"pay_aaaaaaaaaaaaaaaaaaaaaaaaaa",'
        '"expected":{"amount_minor":5000},"found":{"amount_minor":5007},'
        '"reason":"amount_minor is 5007 in the file and 5000 in the books",'
        '"correction":null,"decisions":[]}'
    )


def test_break__that_was_corrected__says_by_what_and_whom() -> None:
    postings = (Posting("suspense", 7), Posting("external:stripe", -7))
    decision = Decision(
        action=BreakAction.CORRECT, reason="so the bank", by="key_1", at=NOW, record_id="r1"
    )
    corrected = replace(a_break(BEGUN.id, 2), correction=postings, decisions=(decision,))
    shown = break_json(corrected)
    assert to_json(shown["correction"]) == (
        '[{"account":"suspense","amount_minor":7},{"account":"external:stripe","amount_minor":-7}]'
    )
    assert to_json(shown["decisions"]) == (
        '[{"action":"correct","reason":"so the bank","by":"key_1",'
        '"at":"2026-11-21T12:00:00.123456Z"}]'
    )


def test_break__that_could_not_be_read__has_no_payment() -> None:
    found = {"value": "12.50", "line": 7, "column": "amount_minor"}
    rejected = a_break(BEGUN.id, 6, kind=BreakKind.REJECTED_ROW, payment_id=None, found=found)
    shown = break_json(rejected)
    assert (shown["kind"], shown["payment_id"]) == ("rejected_row", None)
    assert to_json(shown["found"]) == '{"column":"amount_minor","line":7,"value":"12.50"}'


def test_break__resolved__says_how() -> None:
    resolved = replace(a_break(BEGUN.id, 2), status=BreakStatus.ACCEPTED)
    assert break_json(resolved)["status"] == "accepted"
