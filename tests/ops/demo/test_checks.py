"""A wrong result is never told as a right one."""

import io
from typing import Any

import pytest
from rich.console import Console

from ops.demo.checks import Checks, StoryBrokenError


def checks() -> tuple[Checks, io.StringIO]:
    told = io.StringIO()
    return Checks(Console(file=told, width=200)), told


@pytest.mark.parametrize("value", [0, 100, "a", b"x", [], {201: 100}, (402, True), None, True])
def test_equal__the_same__passes(value: Any) -> None:
    check, told = checks()
    check.equal("it is so", expected=value, seen=value)
    check.end_chapter()
    assert (check.passed, check.failed) == (1, [])
    assert "✓ it is so" in told.getvalue()


@pytest.mark.parametrize(
    ("expected", "seen"),
    [(100, 125), (1, True), (0, None), (100, 100.0), ("a", b"a"), ({201: 100}, {201: 99, 409: 1})],
    ids=repr,
)
def test_equal__another_value_or_type__fails_and_is_told(expected: Any, seen: Any) -> None:
    check, told = checks()
    check.equal("the fee is 2 %", expected=expected, seen=seen)
    assert (check.passed, check.failed) == (0, ["the fee is 2 %"])
    assert "✗ the fee is 2 %" in told.getvalue()
    assert "expected" in told.getvalue()
    assert "seen" in told.getvalue()
    with pytest.raises(StoryBrokenError):
        check.end_chapter()


def test_equal__markup_in_what_was_seen__is_told_as_text() -> None:
    check, told = checks()
    check.equal("x", expected="a", seen="[red]b[/red]")
    assert "[red]b[/red]" in told.getvalue()


@pytest.mark.parametrize("condition", [True, False])
def test_holds__follows_its_condition(condition: bool) -> None:
    check, _ = checks()
    check.holds("at most one", condition, expected="0 or 1", seen="2")
    assert check.failed == ([] if condition else ["at most one"])
