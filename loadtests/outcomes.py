"""Is an answer an error? Not every status of 400 and above is: some are documented, and are what
the API should say.
"""

from dataclasses import dataclass
from enum import StrEnum

IN_PROGRESS = "request_in_progress"


class Class(StrEnum):
    """How an answer counts.

    Attributes:
        DONE: 2xx.
        DOCUMENTED: declined, in progress, or asked to come more slowly; counted apart.
        GIVEN_UP: the user itself hung up before the answer, on purpose; counted apart.
        ERROR: no answer, 5xx, or a status that is not documented for this.
    """

    DONE = "done"
    DOCUMENTED = "documented"
    GIVEN_UP = "given_up"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A class, and what to call it among those of its class."""

    answer_class: Class
    label: str

    @property
    def is_error(self) -> bool:
        """Whether it counts against the threshold."""
        return self.answer_class is Class.ERROR


def classify(status: int, code: str | None = None, *, given_up: bool = False) -> Outcome:
    """How an answer counts.

    Args:
        status: of HTTP; 0 if there was none.
        code: of a problem.
        given_up: whether the user hung up on purpose, before there was an answer; that it meant
            to is not enough, as nobody may have answered the call at all.
    """
    if status == 0:
        if given_up:
            return Outcome(Class.GIVEN_UP, "hung up on purpose")
        return Outcome(Class.ERROR, "no answer")
    label = f"{status} {code}" if code else str(status)
    if 200 <= status < 300:
        return Outcome(Class.DONE, label)
    if status in {402, 429} or (status == 409 and code == IN_PROGRESS):
        return Outcome(Class.DOCUMENTED, label)
    return Outcome(Class.ERROR, label)


def cut_off(status: int, body: object, *, is_page: bool) -> bool:
    """Whether an answer began and did not come to its end, so that nobody can tell what it said:
    as good as none. The user may have hung up in the middle of it.

    Args:
        status: of HTTP.
        body: as JSON; None if it is none.
        is_page: whether it is for a browser, and never JSON.
    """
    return 200 <= status < 300 and body is None and not is_page


def expecting(outcome: Outcome, status: int, expected: int) -> Outcome:
    """How an answer counts where one status alone is right, whatever it is; what may be answered to
    everything is no more of an error for that.

    Args:
        outcome: as `classify` has it.
        status: of HTTP; 0 if there was none.
        expected: the one that is right.
    """
    if status == 0 or outcome.answer_class is Class.DOCUMENTED:
        return outcome
    if status == expected:
        return Outcome(Class.DONE, str(status))
    return Outcome(Class.ERROR, f"{status}, not {expected}")


def asks_to_come_again(status: int, code: str | None = None) -> bool:
    """Whether a careful merchant sends the same request again, with the same key."""
    return status == 0 or status >= 500 or status == 429 or (status == 409 and code == IN_PROGRESS)
