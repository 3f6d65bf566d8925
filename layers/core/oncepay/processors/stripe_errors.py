"""What does Stripe say when something went wrong? An error, or why the last try of a payment intent
failed: its type, its code, and the bank's own reason, if there is one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncepay.domain.processor_answer import CARD_DECLINED, Failure
from oncepay.processors.stripe_members import as_object, text_of, unfit

MAX_MESSAGE_CHARACTERS = 300
"""Of Stripe's sentence that is kept."""

_CODE = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True, slots=True)
class StripeError:
    """An error as Stripe tells it; `payment_intent` is the raw object, if there is one."""

    type: str
    code: str | None
    message: str
    reason: str
    payment_intent: object = None

    @property
    def failure(self) -> Failure:
        """Of a capture, void or refund: under Stripe's own code."""
        return Failure(self.reason, self.message)

    @property
    def decline(self) -> Failure:
        """Of a charge: under our code, with Stripe's at the head of its message."""
        return Failure(CARD_DECLINED, f"{self.reason}: {self.message}")


def read_error(content: Mapping[str, Any]) -> StripeError:
    """The error that is all of an answer.

    Raises:
        InvalidRequest: it is none.
    """
    return read_reason(content.get("error"))


def read_last_failure(intent: Mapping[str, Any]) -> Failure | None:
    """Why the last that was tried with a payment intent failed; None if it did not.

    Raises:
        InvalidRequest: it cannot be read.
    """
    error = intent.get("last_payment_error")
    return None if error is None else read_reason(error).failure


def read_reason(value: object) -> StripeError:
    """An error, or why the last try of a payment intent failed.

    Raises:
        InvalidRequest: it is none.
    """
    error = as_object(value, "error")
    kind = text_of(error, "type")
    # A bank's own reason says more than that the card was declined.
    named = [error.get(name) for name in ("decline_code", "code")]
    for code in (kind, *named):
        if code is not None:
            read_code(code, "code")
    message = error.get("message")
    if message is not None and not isinstance(message, str):
        raise unfit("message")
    return StripeError(
        type=kind,
        code=error.get("code"),
        message=(message or "the processor gave no reason")[:MAX_MESSAGE_CHARACTERS],
        reason=named[0] or named[1] or kind,
        payment_intent=error.get("payment_intent"),
    )


def read_code(value: object, name: str) -> str:
    """One of Stripe's codes.

    Raises:
        InvalidRequest: it is none.
    """
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise unfit(name)
    return value
