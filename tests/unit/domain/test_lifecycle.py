"""Every (status, event) and (status, action) pair: either it is an edge, or it is refused."""

import itertools

import pytest

from oncepay.domain.errors import InvalidTransition
from oncepay.domain.lifecycle import (
    ALLOWED_ACTIONS,
    REFUND_TRANSITIONS,
    TRANSITIONS,
    Action,
    PaymentEvent,
    PaymentStatus,
    RefundStatus,
    can_move,
    move,
    require_action,
    require_refund_edge,
)

# The life cycle as the design draws it: each line says from where, by what, to where.
EDGES = """
processing       action_required  requires_action
processing       authorized       authorized
processing       captured         succeeded
processing       declined         declined
processing       voided           voided
processing       expired          expired
requires_action  authorized       authorized
requires_action  captured         succeeded
requires_action  declined         declined
requires_action  voided           voided
requires_action  expired          expired
authorized       captured         succeeded
authorized       voided           voided
authorized       expired          expired
voided           captured         succeeded
expired          captured         succeeded
succeeded        refunded         succeeded
"""
REFUND_EDGES = """
pending    succeeded
pending    failed
failed     succeeded
succeeded  failed
"""
ACTIONS = """
authorized  capture
authorized  void
succeeded   refund
"""


def lines(text: str) -> set[tuple[str, ...]]:
    return {tuple(line.split()) for line in text.strip().splitlines()}


@pytest.mark.parametrize(
    ("status", "event"), list(itertools.product(PaymentStatus, PaymentEvent)), ids=str
)
def test_move__every_status_and_event__is_an_edge_or_refused(
    status: PaymentStatus, event: PaymentEvent
) -> None:
    allowed = {(before, by): after for before, by, after in lines(EDGES)}
    wanted = allowed.get((status.value, event.value))

    assert can_move(status, event) is (wanted is not None)
    if wanted is None:
        with pytest.raises(InvalidTransition, match=f"that is {status} cannot become {event}"):
            move(status, event)
    else:
        assert move(status, event).value == wanted


@pytest.mark.parametrize(
    ("status", "action"), list(itertools.product(PaymentStatus, Action)), ids=str
)
def test_require_action__every_status_and_action__is_allowed_or_refused(
    status: PaymentStatus, action: Action
) -> None:
    if (status.value, action.value) in lines(ACTIONS):
        require_action(status, action)
    else:
        with pytest.raises(InvalidTransition, match=f"a payment that is {status} cannot be"):
            require_action(status, action)


@pytest.mark.parametrize(
    ("before", "after"), list(itertools.product(RefundStatus, RefundStatus)), ids=str
)
def test_require_refund_edge__every_pair__is_an_edge_or_refused(
    before: RefundStatus, after: RefundStatus
) -> None:
    if (before.value, after.value) in lines(REFUND_EDGES):
        require_refund_edge(before, after)
    else:
        with pytest.raises(InvalidTransition, match=f"a refund that is {before} cannot become"):
            require_refund_edge(before, after)


def test_transitions__are_as_many_as_drawn() -> None:
    assert (len(TRANSITIONS), len(ALLOWED_ACTIONS), len(REFUND_TRANSITIONS)) == (17, 3, 4)
