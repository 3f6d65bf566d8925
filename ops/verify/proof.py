"""When is a suspicion a finding? When a second strong reading, of what stood still, finds it too.

A proof collects what was checked, what is wrong, and what kept moving during every reading.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from ops.verify.findings import Finding, Key, Outcome, Rule
from ops.verify.tables import Item, Tables, key_of, read_standing_still

BATCH_ITEMS: Final = 100
"""Items whose counterparts are fetched together: one BatchGetItem."""


class Proof:
    """What is proved so far.

    Attributes:
        tables: what is read.
        checked: how many things each rule was applied to.
        findings: what is wrong.
        not_proved: what never stood still.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.checked: Counter[Rule] = Counter()
        self.findings: list[Finding] = []
        self.not_proved: list[str] = []

    def confirm(
        self, what: str, suspected: Outcome, check_again: Callable[[], Outcome | None]
    ) -> None:
        """Keep what was checked; report only what a second, standing reading finds too."""
        self.checked.update(suspected.checked)
        if not suspected.findings:
            return
        confirmed = check_again()
        if confirmed is None:
            self.note_moved(what)
        else:
            self.findings.extend(confirmed.findings)

    def note_moved(self, what: str) -> None:
        """Something never stood still: it is neither right nor wrong."""
        self.not_proved.append(f"{what} moved during every reading")

    def confirm_one(self, table: str, item: Item, check: Callable[[Item], Outcome]) -> None:
        """Check an item that stands for itself."""
        key = key_of(item)

        def check_again() -> Outcome:
            now = self.tables.get(table, key)
            return Outcome() if now is None else check(now)

        self.confirm(f"{table} {key}", check(item), check_again)

    def confirm_named(
        self,
        table: str,
        items: Iterable[Item],
        *,
        named_table: str,
        named: Callable[[Item], Key | None],
        check: Callable[[Item, Item | None], Outcome],
    ) -> None:
        """Check items that each name one item of another table, or of the same."""

        def read_named(items: Sequence[Item]) -> Mapping[Key, Item]:
            keys = (named(item) for item in items)
            return self.tables.get_many(named_table, {key for key in keys if key is not None})

        def check_named(item: Item, there: Mapping[Key, Item]) -> Outcome:
            target = named(item)
            return check(item, None if target is None else there.get(target))

        self.confirm_beside(table, items, read_beside=read_named, check=check_named)

    def confirm_beside(
        self,
        table: str,
        items: Iterable[Item],
        *,
        read_beside: Callable[[Sequence[Item]], Mapping[Key, Item]],
        check: Callable[[Item, Mapping[Key, Item]], Outcome],
    ) -> None:
        """Check items that each name several others.

        Args:
            table: where they are stored.
            items: as read.
            read_beside: what they name, as far as it exists.
            check: an item against that.
        """
        items = list(items)
        there = read_beside(items)

        def check_again(key: Key) -> Outcome | None:
            standing = read_standing_still(
                lambda: self.tables.get(table, key),
                lambda item: {} if item is None else read_beside([item]),
            )
            if standing is None:
                return None
            now, beside = standing
            return Outcome() if now is None else check(now, beside)

        for item in items:
            key = key_of(item)
            self.confirm(f"{table} {key}", check(item, there), partial(check_again, key))
