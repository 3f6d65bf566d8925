"""Is a decision about a break read as the contract says, and what is said of one that is none?"""

from typing import Any

import pytest

from oncepay.api.settlement_commands import read_resolve_break
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.settlement import BreakAction
from oncepay.services.resolve_break import ResolveBreak

BODY = {"action": "correct", "reason": "the bank says so"}


@pytest.mark.parametrize("action", BreakAction, ids=str)
def test_decision__is_read(action: BreakAction) -> None:
    assert read_resolve_break("set_1", "brk_1", BODY | {"action": action.value}) == ResolveBreak(
        settlement_id="set_1", break_id="brk_1", action=action, reason="the bank says so"
    )


@pytest.mark.parametrize(
    ("body", "detail", "param"),
    [
        ({"reason": "x"}, "action is required", "action"),
        (BODY | {"action": "close"}, "action must be one of: accept, correct, ignore, reopen",
         "action"),
        (BODY | {"action": 1}, "action must be one of: accept, correct, ignore, reopen", "action"),
        ({"action": "accept"}, "reason is required", "reason"),
        (BODY | {"reason": ""}, "reason must have 1 to 500 characters", "reason"),
        (BODY | {"reason": " \u3000 "}, "reason must say something", "reason"),
        (BODY | {"reason": "x" * 501}, "reason must have 1 to 500 characters", "reason"),
        (BODY | {"reason": None}, "reason must be a string", "reason"),
        (BODY | {"by": "me"}, "unknown field", "by"),
    ],
)  # fmt: skip
def test_decision__that_is_none__is_refused(body: dict[str, Any], detail: str, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_resolve_break("set_1", "brk_1", body)
    assert (caught.value.detail, caught.value.param) == (detail, param)
