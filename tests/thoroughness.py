"""How much of what is many times the same is tried? With ONCEPAY_THOROUGH in the environment, as in
`make faults`, all of it; without, in `make test`, a part of it that meets everything once.
"""

import os
from collections.abc import Sequence

THOROUGH = "ONCEPAY_THOROUGH" in os.environ


def in_turn[T](kinds: Sequence[T], number: int) -> Sequence[T]:
    """Those that the place of that number gets: one of them, the next one at the next place."""
    return kinds if THOROUGH else (kinds[number % len(kinds)],)


def some_in_turn[T](kinds: Sequence[T], number: int) -> Sequence[T]:
    """Two of them that are not neighbours, and others at the next place."""
    if THOROUGH or len(kinds) < 4:
        return kinds
    return (kinds[number % len(kinds)], kinds[(number + 2) % len(kinds)])


def every_third[T](cases: Sequence[T]) -> Sequence[T]:
    """A third of the cases."""
    return cases if THOROUGH else cases[::3]
