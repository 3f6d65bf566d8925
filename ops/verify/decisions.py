"""What did people's decisions about breaks do to payments and refunds?

A correction may settle a payment or refund, as a row does, and is taken back if the break is opened
again: neither leaves a trace on the item itself, but in its version and its time. So these are
picked out of the breaks, of which few are corrected.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from ops.verify.findings import Key
from ops.verify.stored_settlements import is_break, stored_break
from ops.verify.tables import Item, key_of

NEVER: Final[Sequence[str]] = ()


class Decisions:
    """What was decided, by the item that it settled."""

    def __init__(self) -> None:
        self._corrected: dict[Key, str] = {}
        self._taken_back: defaultdict[Key, list[str]] = defaultdict(list)

    def add(self, item: Item) -> None:
        """Note one more item of Settlements; all but a break that was corrected is nothing here."""
        if "decisions" not in item or "settles" not in item or not is_break(key_of(item)):
            return
        found = stored_break(item)
        settled = found.settled_key
        if settled is None:
            return
        is_corrected = False
        for decision in found.decisions or ():
            if is_corrected and decision.action == "reopen":
                self._taken_back[settled].append(decision.at)
            is_corrected = decision.action == "correct"
        if is_corrected:
            self._corrected[settled] = found.key.id

    def is_corrected_by(self, item: Key, run_id: str) -> bool:
        """Whether a correction of a break of that run settled an item, and stands."""
        return self._corrected.get(item) == run_id

    def taken_back(self, item: Key) -> Sequence[str]:
        """When corrections that had settled an item were taken back."""
        return self._taken_back.get(item, NEVER)
