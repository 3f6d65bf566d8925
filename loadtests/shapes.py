"""How many users are there, and when? Each step leads from the users of the one before it to its
own, in a straight line.

Pure: locust's own LoadTestShape, which asks this one every second, is in `ticking.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of a run.

    Attributes:
        seconds: how long it takes; none is a jump.
        users: how many there are at its end.
    """

    seconds: float
    users: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """All of a run.

    Attributes:
        steps: one after the other, the first one from no users.
        ends_when_done: whether it ends as soon as all of its users have ended by themselves.
    """

    steps: tuple[Step, ...]
    ends_when_done: bool = False

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return sum(step.seconds for step in self.steps)

    @property
    def most_users(self) -> int:
        """How many there are at once, at most."""
        return max(step.users for step in self.steps)

    def users_at(self, seconds: float) -> int | None:
        """How many users there are so long after the start; None once it is over."""
        before, began = 0, 0.0
        for step in self.steps:
            passed = seconds - began
            if passed < step.seconds:
                return before + round((step.users - before) * passed / step.seconds)
            before, began = step.users, began + step.seconds
        return None


def steady(users: int, seconds: float) -> Shape:
    """All of them from the first moment to the last."""
    return Shape(steps=(Step(seconds=0, users=users), Step(seconds=seconds, users=users)))


def up_and_down(users: int, *, up: float, at_most: float, down: float) -> Shape:
    """From nobody to all of them, so long with all of them, and back to nobody."""
    return Shape(
        steps=(
            Step(seconds=up, users=users),
            Step(seconds=at_most, users=users),
            Step(seconds=down, users=0),
        )
    )


def until_done(users: int, *, at_most: float) -> Shape:
    """All of them at once, each until it has done what it came for, and no longer than that."""
    steps = (Step(seconds=0, users=users), Step(seconds=at_most, users=users))
    return Shape(steps=steps, ends_when_done=True)
