"""The decision about a request that may have been made before."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.idempotency import (
    Answer,
    Decision,
    IdempotencyRecord,
    RecordState,
    completed_record,
    decide,
    epoch_seconds,
)
from oncepay.domain.ledger import ItemKey
from tests.builders import DAY, NOW, a_request

MINE, OTHER = "a" * 64, "b" * 64
END = epoch_seconds(NOW + DAY)


def a_record(**overrides: Any) -> IdempotencyRecord:
    values: dict[str, Any] = {
        "id": "r",
        "merchant_id": "m",
        "fingerprint": MINE,
        "state": RecordState.COMPLETED,
        "item": ItemKey("pay_1", "payment"),
        "answer": Answer(201, "{}"),
        "created_at": NOW,
        "expires_at": END,
    }
    return IdempotencyRecord(**(values | overrides))


def decided(
    record: IdempotencyRecord | None, item: str | None, at: timedelta = DAY / 2
) -> Decision:
    return decide(fingerprint=MINE, record=record, item_fingerprint=item, now=NOW + at)


@pytest.mark.parametrize("item", [None, MINE, OTHER])
def test_decide__living_record__decides_alone(item: str | None) -> None:
    assert decided(a_record(), item) is Decision.REPLAY_ANSWER
    assert decided(a_record(fingerprint=OTHER), item) is Decision.KEY_REUSED
    in_progress = a_record(state=RecordState.IN_PROGRESS, expires_at=None, answer=None)
    assert decided(in_progress, item) is Decision.IN_PROGRESS


@pytest.mark.parametrize("record", [None, a_record(), a_record(fingerprint=OTHER)])
def test_decide__no_living_record__the_item_decides(record: IdempotencyRecord | None) -> None:
    assert decided(record, None, DAY) is Decision.PROCEED
    assert decided(record, MINE, DAY) is Decision.REPLAY_ITEM
    assert decided(record, OTHER, DAY) is Decision.KEY_REUSED


@given(
    st.none() | st.builds(a_record, fingerprint=st.sampled_from([MINE, OTHER]),
                          state=st.sampled_from(RecordState),
                          expires_at=st.none() | st.integers(END - 2, END + 2)),
    st.sampled_from([None, MINE, OTHER]),
    st.timedeltas(min_value=DAY - timedelta(seconds=3), max_value=DAY + timedelta(seconds=3)),
)  # fmt: skip
def test_decide__acts_only_where_nothing_is_known(
    record: IdempotencyRecord | None, item: str | None, at: timedelta
) -> None:
    decision = decided(record, item, at)
    alive = record is not None and record.is_alive(NOW + at)
    assert (decision is Decision.PROCEED) == (not alive and item is None)
    known = record.fingerprint if alive and record is not None else item
    assert (decision is Decision.KEY_REUSED) == (known == OTHER)


def test_record__counts_as_absent_from_its_last_second_on() -> None:
    record = a_record()
    assert record.is_alive(NOW + DAY - timedelta(microseconds=200_000))
    assert not record.is_alive(NOW + DAY)


def test_record__completed__expires_after_the_retention() -> None:
    record = completed_record(
        a_request(), item=ItemKey("a", "b"), answer=Answer(201, "{}"), now=NOW, retention=DAY
    )
    assert record.expires_at == END
    assert record.state is RecordState.COMPLETED


texts = st.text(max_size=8)


@given(st.lists(st.tuples(texts, texts, texts, texts), min_size=2, max_size=2, unique=True))
def test_ids__differ_for_different_requests(scopes: list[tuple[str, str, str, str]]) -> None:
    first, second = (
        a_request(merchant_id=m, method=method, path=p, key=k) for m, method, p, k in scopes
    )
    assert first.record_id != second.record_id
    assert first.derive_id("pay") != second.derive_id("pay")


def test_ids__of_one_request__stay_the_same_for_ever() -> None:
    """Written down: a release that derived other ids would let every old key act again."""
    request = a_request()
    assert request.record_id == "7c41239ce43327f8b9bf94464a06f0d51e0236b4664e3eb3e37fa9a861d56711"
    assert request.derive_id("pay") == "pay_prashhhegmt7ron7srdeubxq2u"
