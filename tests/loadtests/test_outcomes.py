"""Which answers are errors, and after which is the same request sent again."""

import pytest

from loadtests.outcomes import Class, Outcome, asks_to_come_again, classify, cut_off, expecting


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, None, Outcome(Class.DONE, "200")),
        (202, None, Outcome(Class.DONE, "202")),
        (402, "card_declined", Outcome(Class.DOCUMENTED, "402 card_declined")),
        (409, "request_in_progress", Outcome(Class.DOCUMENTED, "409 request_in_progress")),
        (429, "rate_limited", Outcome(Class.DOCUMENTED, "429 rate_limited")),
        (409, "invalid_transition", Outcome(Class.ERROR, "409 invalid_transition")),
        (303, None, Outcome(Class.ERROR, "303")),
        (400, "invalid_request", Outcome(Class.ERROR, "400 invalid_request")),
        (422, "idempotency_key_reused", Outcome(Class.ERROR, "422 idempotency_key_reused")),
        (500, None, Outcome(Class.ERROR, "500")),
        (503, "outcome_unknown", Outcome(Class.ERROR, "503 outcome_unknown")),
        (0, None, Outcome(Class.ERROR, "no answer")),
    ],
)
def test_answer__has_its_class(status: int, code: str | None, expected: Outcome) -> None:
    assert classify(status, code) == expected


def test_no_answer__after_hanging_up__is_no_error() -> None:
    assert classify(0, given_up=True) == Outcome(Class.GIVEN_UP, "hung up on purpose")


def test_error__before_hanging_up__is_one() -> None:
    assert classify(500, given_up=True).is_error is True


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "invalid_signature", Outcome(Class.DONE, "400")),
        (200, None, Outcome(Class.ERROR, "200, not 400")),
        (500, None, Outcome(Class.ERROR, "500, not 400")),
        (429, "rate_limited", Outcome(Class.DOCUMENTED, "429 rate_limited")),
        (409, "request_in_progress", Outcome(Class.DOCUMENTED, "409 request_in_progress")),
        (0, None, Outcome(Class.ERROR, "no answer")),
    ],
)
def test_expected__is_done__and_only_what_is_documented_is_let_pass(
    status: int, code: str | None, expected: Outcome
) -> None:
    assert expecting(classify(status, code), status, 400) == expected


def test_expected__hung_up_before__is_still_hung_up() -> None:
    outcome = classify(0, given_up=True)
    assert expecting(outcome, 0, 400) == outcome


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (0, None, True),
        (500, None, True),
        (503, "outcome_unknown", True),
        (429, "rate_limited", True),
        (409, "request_in_progress", True),
        (409, "invalid_transition", False),
        (402, "card_declined", False),
        (422, "idempotency_key_reused", False),
        (201, None, False),
    ],
)
def test_again__is_what_the_answer_asks_for(status: int, code: str | None, expected: bool) -> None:
    assert asks_to_come_again(status, code) is expected


@pytest.mark.parametrize(
    ("status", "body", "is_page", "is_cut_off"),
    [
        (201, None, False, True),
        (201, {"id": "pay_1"}, False, False),
        (200, None, True, False),
        (503, None, False, False),
        (0, None, False, False),
    ],
)
def test_answer__without_its_body__is_none(
    status: int, body: object, is_page: bool, is_cut_off: bool
) -> None:
    assert cut_off(status, body, is_page=is_page) is is_cut_off
