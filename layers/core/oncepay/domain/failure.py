"""Why was something declined?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something was declined. On a payment `code` is a code of ours, or `card_declined`, the
    processor's own code being at the head of the message.
    """

    code: str
    message: str
