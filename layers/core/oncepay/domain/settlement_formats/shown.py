"""What may be stored and shown of a cell that could not be read? Enough to find it by."""

from oncepay.domain.card_data import holds_card_number

_SHOWN_CHARACTERS = 100


def show(text: str) -> str | None:
    """Its beginning; None if that is like a card's number."""
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
    return None if holds_card_number(shown) else shown
