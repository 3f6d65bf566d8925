"""How many users, and when."""

import pytest

from loadtests.shapes import Shape, steady, until_done, up_and_down


@pytest.mark.parametrize(
    ("seconds", "users"), [(0, 75), (0.1, 75), (19.9, 75), (20, None), (1_000, None)]
)
def test_steady__has_all_from_first_to_last(seconds: float, users: int | None) -> None:
    assert steady(75, 20).users_at(seconds) == users


@pytest.mark.parametrize(
    ("seconds", "users"),
    [
        (0, 0),
        (15, 25),
        (29.99, 50),
        (30, 50),
        (89.99, 50),
        (90, 50),
        (105, 25),
        (119.99, 0),
        (120, None),
    ],
)
def test_up_and_down__is_three_straight_lines(seconds: float, users: int | None) -> None:
    assert up_and_down(50, up=30, at_most=60, down=30).users_at(seconds) == users


def test_seconds__are_those_of_all_steps() -> None:
    assert up_and_down(50, up=30, at_most=60, down=30).seconds == 120


def test_most_users__is_the_highest_step() -> None:
    assert up_and_down(50, up=30, at_most=60, down=30).most_users == 50


def test_until_done__ends_with_its_users() -> None:
    assert (until_done(25, at_most=60).ends_when_done, steady(25, 60).ends_when_done) == (
        True,
        False,
    )


def test_no_steps__are_over_at_once() -> None:
    assert Shape(steps=()).users_at(0) is None
