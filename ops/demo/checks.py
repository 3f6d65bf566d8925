"""Is it as it should be? Expected against seen, told in one line each."""

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

LONGEST_SHOWN = 400


class StoryBrokenError(Exception):
    """The story cannot go on: what comes next rests on what has just failed."""


@dataclass(slots=True)
class Checks:
    """The results of the story so far.

    Attributes:
        console: where they are told.
        passed: how many were as expected.
        failed: how many were not.
    """

    console: Console
    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def equal(self, what: str, *, expected: Any, seen: Any) -> None:
        """Note whether what was seen is exactly what was expected: same value, same type."""
        if type(seen) is type(expected) and seen == expected:
            self._pass(what)
        else:
            self._fail(what, expected=_shown(expected), seen=_shown(seen))

    def holds(self, what: str, condition: bool, *, expected: str, seen: str) -> None:
        """Note whether something is so."""
        if condition:
            self._pass(what)
        else:
            self._fail(what, expected=expected, seen=seen)

    def end_chapter(self) -> None:
        """Go on only if everything held: later numbers rest on earlier ones.

        Raises: StoryBrokenError.
        """
        if self.failed:
            raise StoryBrokenError

    def _pass(self, what: str) -> None:
        self.passed += 1
        self.console.print(Text("  ✓ ", style="green").append(what, style="default"))

    def _fail(self, what: str, *, expected: str, seen: str) -> None:
        self.failed.append(what)
        self.console.print(Text(f"  ✗ {what}", style="bold red"))
        self.console.print(Text(f"      expected {expected}", style="red"))
        self.console.print(Text(f"      seen     {seen}", style="red"))


def _shown(value: Any) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else repr(value)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
