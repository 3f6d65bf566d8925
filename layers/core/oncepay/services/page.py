"""What is a page of a list, before it is put on the wire?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slice[T]:
    """Some of a list, and the position to go on from, or None at the end."""

    items: list[T]
    next_position: str | None
