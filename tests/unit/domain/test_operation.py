"""Who works on an operation, when may it be sent, and when is it looked at again?"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from oncepay.domain.ledger import ItemKey
from oncepay.domain.operation import (
    ABSENCE_DECIDES_AFTER,
    OperationKind,
    OperationState,
    close,
    release_unknown,
    release_unsent,
    take_over,
)
from oncepay.domain.processor_answer import Unknown
from tests.unit.domain.processor_things import LATER, NOW, PAYMENT_ID, an_operation

LEASE = timedelta(seconds=30)
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


def test_key__is_beside_the_payment() -> None:
    operation = an_operation(OperationKind.CAPTURE)
    assert operation.key == ItemKey(PAYMENT_ID, f"operation#{operation.id}")


@pytest.mark.parametrize(
    ("lease_until", "leased"),
    [(None, False), (NOW, False), (NOW + timedelta(microseconds=1), True)],
)
def test_lease__ends_at_its_very_moment(lease_until: datetime | None, leased: bool) -> None:
    assert an_operation(lease_until=lease_until).is_leased(NOW) is leased


@pytest.mark.parametrize("state", OperationState)
def test_operation__is_open_in_one_state_only(state: OperationState) -> None:
    assert an_operation(state=state).is_open is (state is OperationState.OPEN)


@pytest.mark.parametrize(
    ("overrides", "may_send"),
    [
        pytest.param({"first_sent_at": None}, True, id="never sent"),
        pytest.param(
            {"first_sent_at": NOW - DAY + timedelta(seconds=1)}, True, id="key still known"
        ),
        pytest.param({"first_sent_at": NOW - DAY}, False, id="key forgotten"),
        pytest.param({"first_sent_at": None, "look_up_only": True}, False, id="would only repeat"),
    ],
)
def test_sending__is_safe_as_long_as_the_processor_knows_the_key(
    overrides: dict[str, Any], may_send: bool
) -> None:
    assert an_operation(**overrides).may_send(NOW, DAY) is may_send


@pytest.mark.parametrize(
    ("last_sent_at", "decides"),
    [
        (None, True),
        (NOW - ABSENCE_DECIDES_AFTER + timedelta(microseconds=1), False),
        (NOW - ABSENCE_DECIDES_AFTER, True),
    ],
)
def test_absence__decides_nothing_for_five_minutes_after_it_was_sent(
    last_sent_at: datetime | None, decides: bool
) -> None:
    assert an_operation(last_sent_at=last_sent_at).absence_decides(NOW) is decides


def test_take_over__by_a_request_that_may_send__is_noted_before_it_sends() -> None:
    left = an_operation(lease_until=None, first_sent_at=NOW, last_sent_at=NOW, due_at=NOW)
    taken = take_over(left, now=LATER, lease=LEASE, sends=True, pushes=False)
    assert (taken.lease_until, taken.last_sent_at) == (LATER + LEASE, LATER)
    # The processor counts from the first time.
    assert taken.first_sent_at == NOW
    assert (taken.due_at, taken.attempts, taken.updated_at) == (NOW, 0, LATER)


def test_take_over__of_what_was_never_sent__is_its_first_time() -> None:
    left = an_operation(first_sent_at=None, last_sent_at=None)
    taken = take_over(left, now=LATER, lease=LEASE, sends=True, pushes=False)
    assert (taken.first_sent_at, taken.last_sent_at) == (LATER, LATER)


def test_take_over__that_does_not_send__leaves_when_it_was_sent() -> None:
    left = an_operation(first_sent_at=None, last_sent_at=None)
    taken = take_over(left, now=LATER, lease=LEASE, sends=False, pushes=False)
    assert (taken.first_sent_at, taken.last_sent_at) == (None, None)


@pytest.mark.parametrize(
    ("attempts", "pause"),
    [(0, timedelta(minutes=5)), (1, timedelta(hours=1)), (50, timedelta(hours=1))],
)
def test_take_over__by_the_sweep__puts_off_its_next_look_first(
    attempts: int, pause: timedelta
) -> None:
    left = an_operation(attempts=attempts)
    taken = take_over(left, now=LATER, lease=LEASE, sends=False, pushes=True)
    assert (taken.due_at, taken.attempts) == (LATER + pause, attempts + 1)


def test_unsent__in_its_first_turn__was_never_sent_and_is_looked_at_in_five_minutes() -> None:
    released = release_unsent(None, an_operation(), LATER)
    assert (released.first_sent_at, released.last_sent_at) == (None, None)
    assert (released.lease_until, released.due_at) == (None, LATER + timedelta(minutes=5))


def test_unsent__in_a_later_turn__stands_as_before_that_turn() -> None:
    before = an_operation(lease_until=None, due_at=NOW)
    taken = take_over(before, now=LATER, lease=LEASE, sends=True, pushes=False)
    released = release_unsent(before, taken, LATER)
    assert (released.first_sent_at, released.last_sent_at) == (NOW, NOW)
    assert (released.lease_until, released.due_at) == (None, LATER)


def test_unknown__of_a_request__is_looked_at_at_once() -> None:
    released = release_unknown(an_operation(), LATER)
    assert (released.lease_until, released.due_at, released.state) == (
        None,
        LATER,
        OperationState.OPEN,
    )


def test_unknown__of_the_sweep__is_looked_at_when_the_sweep_has_put_it_off_to() -> None:
    taken = take_over(an_operation(), now=NOW, lease=LEASE, sends=False, pushes=True)
    assert release_unknown(taken, LATER).due_at == NOW + timedelta(minutes=5)


def test_unknown__of_a_request_long_after_the_sweep__is_not_put_off_into_the_past() -> None:
    swept = an_operation(attempts=3, due_at=NOW - MINUTE)
    assert release_unknown(swept, NOW).due_at == NOW


@pytest.mark.parametrize(
    ("unknown", "known", "look_up_only"),
    [
        (Unknown("server_error", replays=True), False, True),
        (Unknown("timeout"), False, False),
        (None, False, False),
        # What the processor keeps, it goes on keeping.
        (Unknown("timeout"), True, True),
    ],
)
def test_unknown__that_the_processor_would_repeat__is_only_looked_up_from_then_on(
    unknown: Unknown | None, known: bool, look_up_only: bool
) -> None:
    released = release_unknown(an_operation(look_up_only=known), LATER, unknown=unknown)
    assert released.look_up_only is look_up_only


def test_unknown__keeps_what_was_known_of_it() -> None:
    known = an_operation(reference="cp_1", problem="another currency: EUR")
    released = release_unknown(known, LATER)
    assert (released.reference, released.problem) == ("cp_1", "another currency: EUR")


def test_closed__is_nobody_s_work_and_answers_nobody() -> None:
    closed = close(an_operation(), OperationState.SUCCEEDED, LATER, reference="cp_1")
    assert (closed.state, closed.reference) == (OperationState.SUCCEEDED, "cp_1")
    assert (closed.lease_until, closed.due_at, closed.record_id) == (None, None, None)


def test_closed__names_its_entries_after_those_that_it_had() -> None:
    first, second = ItemKey("l", "entry#1"), ItemKey("l", "entry#2")
    closed = close(
        an_operation(entries=(first,)), OperationState.SUCCEEDED, LATER, entries=(second,)
    )
    assert closed.entries == (first, second)


@pytest.mark.parametrize("turn", ["take over", "unsent", "unknown", "close"])
def test_time_of_the_last_change__never_goes_back(turn: str) -> None:
    newer = an_operation(updated_at=LATER)
    changed = {
        "take over": take_over(newer, now=NOW, lease=LEASE, sends=True, pushes=True),
        "unsent": release_unsent(None, newer, NOW),
        "unknown": release_unknown(newer, NOW),
        "close": close(newer, OperationState.FAILED, NOW),
    }
    assert changed[turn].updated_at == LATER
