"""How are the decisions about a break written?"""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import LIST, MAP, STRING

from oncepay.domain.settlement import BreakAction, Decision
from oncepay.domain.times import format_time, from_stored


class Decisions(Attribute[Sequence[Decision]]):
    """Who decided what about a break, in order."""

    attr_type = LIST

    def serialize(self, value: Any) -> list[dict[str, Any]]:
        """Write."""
        return [
            {
                MAP: {
                    "action": {STRING: decision.action.value},
                    "reason": {STRING: decision.reason},
                    "by": {STRING: decision.by},
                    "at": {STRING: format_time(decision.at)},
                    "record_id": {STRING: decision.record_id},
                }
            }
            for decision in value
        ]

    def deserialize(self, value: Any) -> Sequence[Decision]:
        """Read."""
        return tuple(
            Decision(
                action=BreakAction(m[MAP]["action"][STRING]),
                reason=m[MAP]["reason"][STRING],
                by=m[MAP]["by"][STRING],
                at=from_stored(m[MAP]["at"][STRING]),
                record_id=m[MAP]["record_id"][STRING],
            )
            for m in value
        )
