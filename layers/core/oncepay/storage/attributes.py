"""How is a value written? Attribute types that refuse what would spoil the books.

PynamoDB's own NumberAttribute takes floats and bools without complaint; ours take whole numbers
only.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import Attribute
from pynamodb.constants import LIST, MAP, NUMBER, STRING

from oncepay.domain.ledger import ItemKey, Posting
from oncepay.domain.packed_text import pack, unpack
from oncepay.domain.times import format_time, from_stored

if TYPE_CHECKING:
    from oncepay.domain.checkout import Checkout

_WHOLE = re.compile(r"-?[0-9]{1,38}", re.ASCII)


def write_whole(value: object) -> str:
    """A whole number as DynamoDB takes it; TypeError for anything else, a bool included."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"only whole numbers are stored, not {type(value).__name__}")
    return str(value)


def read_whole(value: str) -> int:
    """Read it back; ValueError if something else was stored."""
    if not _WHOLE.fullmatch(value):
        raise ValueError("a stored number is not whole")
    return int(value)


class WholeNumber(Attribute[int]):
    """An int: minor units, counts, epoch seconds."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        """Write."""
        return write_whole(value)

    def deserialize(self, value: Any) -> int:
        """Read."""
        return read_whole(value)


class Time(Attribute[datetime]):
    """A moment, as an RFC 3339 string that sorts."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        """Write."""
        return format_time(value)

    def deserialize(self, value: Any) -> datetime:
        """Read."""
        return from_stored(value)


class PackedText(Attribute[str]):
    """A text that is stored as small as it gets."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        """Write."""
        return pack(value)

    def deserialize(self, value: Any) -> str:
        """Read."""
        return unpack(value)


class StringMap(Attribute[Mapping[str, str]]):
    """Strings by name."""

    attr_type = MAP

    def serialize(self, value: Any) -> dict[str, dict[str, str]]:
        """Write."""
        return {name: {STRING: text} for name, text in value.items()}

    def deserialize(self, value: Any) -> Mapping[str, str]:
        """Read."""
        return {name: typed[STRING] for name, typed in value.items()}


class WholeNumberMap(Attribute[Mapping[str, int]]):
    """Whole numbers by name."""

    attr_type = MAP

    def serialize(self, value: Any) -> dict[str, dict[str, str]]:
        """Write."""
        return {name: {NUMBER: write_whole(number)} for name, number in value.items()}

    def deserialize(self, value: Any) -> Mapping[str, int]:
        """Read."""
        return {name: read_whole(typed[NUMBER]) for name, typed in value.items()}


class Facts(Attribute[Mapping[str, str | int]]):
    """Strings and whole numbers by name."""

    attr_type = MAP

    def serialize(self, value: Any) -> dict[str, dict[str, str]]:
        """Write."""
        return {
            name: {STRING: fact} if isinstance(fact, str) else {NUMBER: write_whole(fact)}
            for name, fact in value.items()
        }

    def deserialize(self, value: Any) -> Mapping[str, str | int]:
        """Read."""
        return {
            name: typed[STRING] if STRING in typed else read_whole(typed[NUMBER])
            for name, typed in value.items()
        }


class StringList(Attribute[Sequence[str]]):
    """Strings in order."""

    attr_type = LIST

    def serialize(self, value: Any) -> list[dict[str, str]]:
        """Write."""
        return [{STRING: text} for text in value]

    def deserialize(self, value: Any) -> Sequence[str]:
        """Read."""
        return tuple(typed[STRING] for typed in value)


class CheckoutPage(Attribute["Checkout"]):
    """What a processor's page was asked for with."""

    attr_type = MAP

    def serialize(self, value: Any) -> dict[str, Any]:
        """Write."""
        return {
            "success_url": {STRING: value.success_url},
            "cancel_url": {STRING: value.cancel_url},
            "line_items": {
                LIST: [
                    {
                        MAP: {
                            "name": {STRING: item.name},
                            "quantity": {NUMBER: write_whole(item.quantity)},
                            "amount_minor": {NUMBER: write_whole(item.amount_minor)},
                        }
                    }
                    for item in value.line_items
                ]
            },
        }

    def deserialize(self, value: Any) -> "Checkout":
        """Read."""
        # No payment from a balance has one: its cold start is spared what a checkout is.
        from oncepay.domain.checkout import Checkout, LineItem

        return Checkout(
            value["success_url"][STRING],
            value["cancel_url"][STRING],
            tuple(
                LineItem(
                    m[MAP]["name"][STRING],
                    read_whole(m[MAP]["quantity"][NUMBER]),
                    read_whole(m[MAP]["amount_minor"][NUMBER]),
                )
                for m in value["line_items"][LIST]
            ),
        )


class ItemKeys(Attribute[Sequence[ItemKey]]):
    """Keys of items in another table."""

    attr_type = LIST

    def serialize(self, value: Any) -> list[dict[str, Any]]:
        """Write."""
        return [{MAP: {"id": {STRING: key.id}, "part": {STRING: key.part}}} for key in value]

    def deserialize(self, value: Any) -> Sequence[ItemKey]:
        """Read."""
        return tuple(ItemKey(m[MAP]["id"][STRING], m[MAP]["part"][STRING]) for m in value)


class Postings(Attribute[Sequence[Posting]]):
    """The postings of a ledger entry."""

    attr_type = LIST

    def serialize(self, value: Any) -> list[dict[str, Any]]:
        """Write."""
        return [
            {
                MAP: {
                    "account": {STRING: posting.account},
                    "amount_minor": {NUMBER: write_whole(posting.amount_minor)},
                }
            }
            for posting in value
        ]

    def deserialize(self, value: Any) -> Sequence[Posting]:
        """Read."""
        return tuple(
            Posting(m[MAP]["account"][STRING], read_whole(m[MAP]["amount_minor"][NUMBER]))
            for m in value
        )
