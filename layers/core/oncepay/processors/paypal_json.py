"""How is a member of PayPal's JSON read? Ids, words, times, links, and what a thing belongs to.

What is missing or is not what it should be is `InvalidRequest` with its name.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.times import parse_time

PAYER_LINKS = ("payer-action", "approve")

_IDENTIFIER = re.compile(r"[!-~]{1,255}")
_WORD = re.compile(r"[!-~]{1,100}")
_URL = re.compile(r"https?://[!-~]{1,2000}")
_PARENTS = {
    "/v2/checkout/orders/": "order_id",
    "/v2/payments/authorizations/": "authorization_id",
    "/v2/payments/captures/": "capture_id",
}
_PARENT = re.compile(r"[A-Za-z0-9-]{1,64}")

type Said = Mapping[str, Any]


def payer_link(said: Said) -> str | None:
    """The page for the payer, if there is one."""
    links = objects(said, "links")
    for relation in PAYER_LINKS:
        # Compared, not looked up: what is no text may not even be one that can be looked up.
        href = next((link.get("href") for link in links if link.get("rel") == relation), None)
        # It is shown to payers: nothing but a page.
        if isinstance(href, str) and _URL.fullmatch(href):
            return href
    return None


def related_ids(said: Said) -> Mapping[str, str]:
    """The ids of what a thing belongs to, in PayPal's names for them: as it says, or as its link to
    what is above it does.
    """
    found = {}
    for link in objects(said, "links"):
        href = link.get("href") if link.get("rel") == "up" else None
        for place, name in _PARENTS.items():
            parent = href.rpartition(place)[2] if isinstance(href, str) and place in href else ""
            if _PARENT.fullmatch(parent):
                found[name] = parent
    more = said.get("supplementary_data")
    told = more.get("related_ids") if isinstance(more, dict) else None
    if isinstance(told, dict):
        found |= {
            name: value
            for name, value in told.items()
            if isinstance(value, str) and _IDENTIFIER.fullmatch(value)
        }
    return found


def as_object(value: object, name: str) -> Said:
    """The JSON object of that name.

    Raises:
        InvalidRequest: it is none.
    """
    if not isinstance(value, dict):
        raise unfit(name)
    return value


def identifier(said: Said, name: str) -> str:
    """An id.

    Raises:
        InvalidRequest: it is none.
    """
    value = identifier_or_none(said, name)
    if value is None:
        raise unfit(name)
    return value


def identifier_or_none(said: Said, name: str) -> str | None:
    """An id, if there is one."""
    value = said.get(name)
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None


def objects(said: Said, name: str) -> list[Said]:
    """The objects of a list; none if there is no list."""
    values = said.get(name)
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, dict)]


def word_or_none(said: Said, name: str) -> str | None:
    """A word without blanks, if there is one."""
    value = said.get(name)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def one_of[T](said: Said, name: str, meanings: Mapping[str, T]) -> T:
    """What one of PayPal's words means.

    Raises:
        InvalidRequest: it is none of those that are known.
    """
    value = said.get(name)
    if not isinstance(value, str) or value not in meanings:
        raise unfit(name)
    return meanings[value]


def time_or_none(said: Said, name: str) -> datetime | None:
    """A time, if there is one.

    Raises:
        InvalidRequest: there is something else.
    """
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise unfit(name)
    return parse_time(value, param=name)


def unfit(name: str) -> InvalidRequest:
    """The error of a member that is not what it should be."""
    return InvalidRequest(f"{name} is not what it should be", param=name)
