"""Are the breaks that were found the ones that were planted? By row number and kind, and what each
says; and how they look as a table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ops.demo.bank_file import THIS_RUN, Fact, PlantedBreak
from ops.demo.checks import Checks
from ops.demo.desk import Document

SHOWN_ID_CHARACTERS = 12


def check_breaks(
    check: Checks,
    planted: Sequence[PlantedBreak],
    breaks: Sequence[Document],
    *,
    settlement_id: str,
) -> None:
    """Hold what was found against what was planted.

    Args:
        check: takes the results, one of each kind and two of all.
        planted: by row.
        breaks: as the API lists them.
        settlement_id: of the run that found them.
    """
    for kind in dict.fromkeys(one.kind for one in planted):
        rows = [one.row for one in planted if one.kind == kind]
        check.equal(
            f"{kind}: row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}, as planted",
            expected=rows,
            seen=[found.get("row") for found in breaks if found.get("kind") == kind],
        )
    check.equal(
        "and no other row is a break",
        expected=[one.row for one in planted],
        seen=[found.get("row") for found in breaks],
    )
    differing = [
        (one.row, told, seen)
        for one, found in zip(planted, breaks, strict=False)
        if (told := _told(one, settlement_id)) != (seen := _seen(one, found))
    ]
    check.equal(
        "each names its payment, what the books say and what the file says",
        expected=[(row, told) for row, told, _ in differing],
        seen=[(row, seen) for row, _, seen in differing],
    )


def table_of(breaks: Sequence[Document]) -> Table:
    """The breaks, one a line."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("    row", justify="right", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("payment", no_wrap=True)
    table.add_column("expected", overflow="fold")
    table.add_column("found", overflow="fold")
    for found in breaks:
        table.add_row(
            str(found.get("row")),
            Text(str(found.get("kind"))),
            Text(_short(str(found.get("payment_id") or "-"))),
            Text(_words(found.get("expected"))),
            Text(_words(found.get("found"))),
        )
    return table


def _told(planted: PlantedBreak, settlement_id: str) -> tuple[Any, ...]:
    found: dict[str, Fact] = {
        name: settlement_id if value == THIS_RUN else value for name, value in planted.found.items()
    }
    return planted.payment_id, planted.expected, found, "open"


def _seen(planted: PlantedBreak, found: Document) -> tuple[Any, ...]:
    expected = found.get("expected")
    if planted.expected is None and isinstance(expected, Mapping):
        # A rule is there, in words for people.
        expected = None if isinstance(expected.get("rule"), str) else expected
    return found.get("payment_id"), expected, found.get("found"), found.get("status")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_ID_CHARACTERS else text[:SHOWN_ID_CHARACTERS] + "..."


def _words(facts: object) -> str:
    if not isinstance(facts, Mapping) or not facts:
        return "-"
    if set(facts) == {"rule"}:
        return str(facts["rule"])
    shown = (_short(str(value)) if name.endswith("_id") else value for name, value in facts.items())
    return ", ".join(f"{name} {value}" for name, value in zip(facts, shown, strict=True))
