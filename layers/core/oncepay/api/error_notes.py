"""What does the log say of an error that nobody foresaw? Enough to find it, and nothing of what it
choked on.
"""

import traceback

from oncepay.domain.card_data import holds_card_number

MAX_MESSAGE_CHARACTERS = 500


def notes_of(error: BaseException) -> dict[str, object]:
    """Kind, message and place of an error, or of what caused it."""
    cause = error.__cause__ or error
    message = str(cause)
    return {
        "error": type(cause).__name__,
        # A library's message may quote what it choked on.
        "error_message": (
            "(not logged)" if holds_card_number(message) else message[:MAX_MESSAGE_CHARACTERS]
        ),
        "at": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ],
    }
