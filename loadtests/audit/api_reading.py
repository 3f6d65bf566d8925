"""What does the API say is there? Its lists, page by page to their end, and single things by their
id: nothing but GETs, with the merchants' own keys.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import local
from typing import Any, Final
from urllib.parse import quote, urlencode

from loadtests.audit.asked import Before, Document, Money
from ops.demo.http_client import HttpClient, NoAnswerError

PAGE_SIZE: Final = 100
MOST_PAGES: Final = 100_000
"""Ten million payments of one merchant; a list that goes on after that goes in circles."""

DAY_CHARACTERS: Final = len("2026-11-22")
"""Events are not listed from a time on: they are read back to the day on which the run began."""

READERS: Final = 4
"""Reads at once. A local stack of two cores answers no faster to more."""

type Get = Callable[[str, str], tuple[int, Any]]
"""From an API key and a path with its query to a status and a body."""


class ReadError(Exception):
    """The stack does not say what is there; the message is one clear line."""


def get_over_http(api_url: str) -> Get:
    """GETs over connections that are kept, one for each thread. Each is sent again while the API
    asks for patience.
    """
    of_thread = local()

    def get(api_key: str, path: str) -> tuple[int, Any]:
        client: HttpClient | None = getattr(of_thread, "client", None)
        if client is None:
            client = of_thread.client = HttpClient(api_url, None)
        try:
            reply = client.call("GET", path, extra={"Authorization": f"Bearer {api_key}"})
        except NoAnswerError as error:
            raise ReadError(str(error)) from None
        return reply.status, reply.json

    return get


@dataclass(slots=True, kw_only=True)
class Found:
    """What is there of one merchant.

    Attributes:
        payments: those of the run, and any older one that it refunded, by id.
        listed: the ids of payments that the list has since the run began.
        refunds: those of each payment that has any.
        entries: its statement since the run began.
        balances: available and pending by currency, as they are now.
    """

    payments: dict[str, Document] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    refunds: dict[str, list[Document]] = field(default_factory=dict)
    entries: list[Document] = field(default_factory=list)
    balances: dict[str, Money] = field(default_factory=dict)

    def entries_by_payment(self) -> dict[str, list[Document]]:
        """The entries that name a payment, by that."""
        found: dict[str, list[Document]] = {}
        for entry in self.entries:
            if entry["payment_id"] is not None:
                found.setdefault(entry["payment_id"], []).append(entry)
        return found


class ApiReader:
    """Reads with one merchant's key."""

    def __init__(self, get: Get, api_key: str) -> None:
        self._get, self._api_key = get, api_key

    def read(
        self, before: Before, *, started_at: str, wanted: Iterable[str], refunded: Iterable[str]
    ) -> Found:
        """Everything of the merchant since the run began.

        Args:
            before: how it was then.
            started_at: when that was.
            wanted: ids of payments that ought to be there, or may be.
            refunded: ids of payments that may have refunds.

        Raises:
            ReadError: the API does not answer as it should.
        """
        payments = self._list_since("/v1/payments", before, "payments", started_at)
        found = Found(
            payments={one["id"]: one for one in payments},
            listed=[one["id"] for one in payments],
            entries=self._list_since("/v1/ledger/entries", before, "entries", started_at),
        )
        with_refunds = {
            entry["payment_id"] for entry in found.entries if "refund" in entry["kind"]
        } - {None}
        with_refunds |= set(refunded)
        # Lists lag, and begin with the run; what is read by its id is as it is.
        named = {entry["payment_id"] for entry in found.entries} - {None}
        unlisted = (set(wanted) | named) - found.payments.keys()
        with ThreadPoolExecutor(READERS) as pool:
            for one in pool.map(self._payment, sorted(unlisted | with_refunds)):
                if one is None:
                    continue
                found.payments[one["id"]] = one
                if one["refunds"]:
                    found.refunds[one["id"]] = one["refunds"]
        # Last: what is still moving shows as a difference, and everything is read once more.
        found.balances = {
            one["currency"]: (one["available_minor"], one["pending_minor"])
            for one in self._list("/v1/balances", {})
        }
        return found

    def events(self, started_at: str) -> list[Document]:
        """The events of the merchant's payments, those since the run began among them."""
        day = started_at[:DAY_CHARACTERS]
        return self._list("/v1/events", {}, until=lambda one: one["received_at"] < day)

    def _list_since(self, path: str, before: Before, name: str, started_at: str) -> list[Document]:
        if name not in before.newest:
            return self._list(path, {"created_from": started_at})
        mark = before.newest[name]
        if mark is None:
            return self._list(path, {})
        listed = self._list(path, {"created_from": mark["created_at"]})
        # Ids of entries are in the order of time, those of payments are not.
        order = "id" if name == "entries" else "created_at"
        return [one for one in listed if one[order] > mark[order]]

    def _payment(self, payment_id: str) -> Document | None:
        return self._one(f"/v1/payments/{quote(payment_id, safe='')}")

    def _one(self, path: str) -> Document | None:
        status, body = self._get(self._api_key, path)
        if status == 404:
            return None
        if status != 200 or not isinstance(body, dict):
            raise ReadError(f"GET {path} was answered {status}")
        return body

    def _list(
        self,
        path: str,
        query: Mapping[str, str],
        until: Callable[[Document], bool] = lambda one: False,
    ) -> list[Document]:
        found: list[Document] = []
        asked: dict[str, str] = {**query, "limit": str(PAGE_SIZE)}
        for _ in range(MOST_PAGES):
            status, page = self._get(self._api_key, f"{path}?{urlencode(asked)}")
            if status != 200 or not isinstance(page, dict):
                raise ReadError(f"GET {path} was answered {status}")
            if not isinstance(page.get("data"), list) or "has_more" not in page:
                raise ReadError(f"GET {path} was answered with what is no page of a list")
            # A page may be empty and still not the last one.
            found += page["data"]
            if not page["has_more"] or (found and until(found[-1])):
                return found
            asked["cursor"] = page["next_cursor"]
        raise ReadError(f"GET {path} has no end")
