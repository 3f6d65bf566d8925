"""Which ids does a row name, its processor's and ours? What is kept of them is short and plain, so
that it can be looked up, stored and shown.

A processor's own id is not held against the shape of a card number: many of Adyen's are 16 digits.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from oncepay.domain.card_data import holds_card_number
from oncepay.domain.settlement_formats.row import UnreadableCellError, fill_with_none

MAX_ID_CHARACTERS = 100
"""More than any processor's: Adyen's references have at most 80."""

# The full check is made of few ids only: it would take a fifth of the time of reading a file.
_FEWEST_CARD_DIGITS = 13
_DIGITS = b"0123456789"

# As we make them: a hash, so that what looks like a card number in it is chance.
_MADE_BY_US = re.compile(r"pay_[a-z2-7]{26}", re.ASCII).fullmatch
_ALL_MADE_BY_US = re.compile(r"(?:(?:pay_[a-z2-7]{26})?\n)*+", re.ASCII).fullmatch
_LIKE_OURS = re.compile(r"pay_[A-Za-z0-9_.:/#-]{1,96}", re.ASCII).fullmatch


def our_payment_id(text: str) -> str | None:
    """The text itself, if it can be the id of a payment of ours; None if the processor has been
    told none, or something else.
    """
    if not text:
        return None
    is_ours = _MADE_BY_US(text) or (_LIKE_OURS(text) and not has_card_number(text))
    return text if is_ours else None


def our_payment_ids(texts: Sequence[str]) -> Sequence[str | None]:
    """The same of many, of one line each."""
    if _ALL_MADE_BY_US("\n".join((*texts, ""))):
        return fill_with_none(texts)
    return [our_payment_id(text) for text in texts]


def has_card_number(text: str) -> bool:
    """Whether a plain text holds what looks like a card number."""
    encoded = text.encode()
    digits = len(encoded) - len(encoded.translate(None, _DIGITS))
    return digits >= _FEWEST_CARD_DIGITS and holds_card_number(text)


def are_plain(*texts: str) -> bool:
    """Whether all of them can be kept; an empty one can."""
    joined = "".join(texts)
    return (
        joined.isascii()
        and joined.isprintable()
        and (len(joined) <= MAX_ID_CHARACTERS or max(map(len, texts)) <= MAX_ID_CHARACTERS)
    )


def are_all_plain(columns: Iterable[Collection[str]]) -> bool:
    """The same of many rows, column by column."""
    columns = [column for column in columns if any(column)]
    joined = "".join(chain.from_iterable(columns))
    if not (joined.isascii() and joined.isprintable()):
        return False
    return max(map(len, chain.from_iterable(columns)), default=0) <= MAX_ID_CHARACTERS


def require_plain(**texts: str) -> None:
    """Name the first that cannot be kept, by its column.

    Raises:
        UnreadableCellError: there is one.
    """
    for column, text in texts.items():
        if not are_plain(text):
            raise UnreadableCellError(
                column, text, f"must be at most {MAX_ID_CHARACTERS} printable ASCII characters"
            )


def require_filled(column: str, text: str) -> str:
    """The text itself.

    Raises:
        UnreadableCellError: it is empty.
    """
    if not text:
        raise UnreadableCellError(column, text, "must not be empty")
    return text
