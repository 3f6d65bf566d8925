"""What does the body of a decision about a break ask for?"""

from typing import Any

from oncepay.api.post_fields import read_fields
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.settlement import BreakAction
from oncepay.services.resolve_break import ResolveBreak

MAX_REASON = 500


def read_resolve_break(settlement_id: str, break_id: str, body: dict[str, Any]) -> ResolveBreak:
    """POST /v1/settlements/{id}/breaks/{break}/resolve; InvalidRequest names what is wrong."""
    fields = read_fields(body)
    command = ResolveBreak(
        settlement_id=settlement_id,
        break_id=break_id,
        action=BreakAction(fields.take_choice("action", BreakAction)),
        reason=fields.take_text("reason", minimum=1, maximum=MAX_REASON),
    )
    fields.refuse_rest()
    if not command.reason.strip():
        raise InvalidRequest("reason must say something", param="reason")
    return command
