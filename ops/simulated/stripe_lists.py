"""Which objects does Stripe list? The newest first, a page at a time, of a window of `created`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ops.simulated.engine import Engine
from ops.simulated.stripe_answers import StripeAnswers
from ops.simulated.stripe_errors import StripeError, missing
from ops.simulated.stripe_events import StripeEvents
from ops.simulated.stripe_form import Form
from ops.simulated.stripe_requests import STRIPE
from ops.simulated.stripe_wire import Json, intent_id_of, write_list, write_refund

USUAL, MOST = 10, 100
FOR_EVER = 10**11
"""Seconds; after anything that is listed."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was created in these seconds, both of them included."""

    first: int = 0
    last: int = FOR_EVER

    def holds(self, listed: Mapping[str, Any]) -> bool:
        """Whether it was created then."""
        return self.first <= int(listed["created"]) <= self.last


class StripeLists:
    """All of them."""

    def __init__(self, engine: Engine, answers: StripeAnswers, events: StripeEvents) -> None:
        self._engine, self._answers, self._events = engine, answers, events

    def answer(self, kind: str, form: Form) -> Json | None:
        """A page; None: it would have to tell of what is never answered.

        Raises: StripeError, also if there is no such list.
        """
        listers: dict[str, Callable[[Form, Window], Json | None]] = {
            "payment_intents": self._payment_intents,
            "refunds": self._refunds,
            "checkout/sessions": self._sessions,
            "events": self._list_events,
        }
        if kind not in listers:
            raise StripeError(404, f"Unrecognized request URL (GET: /v1/{kind}).")
        return listers[kind](form, _read_window(form))

    def event(self, event_id: str) -> Json:
        """One. Raises: StripeError if there is none."""
        for event in self._events.all():
            if event["id"] == event_id:
                return event
        raise missing("event", event_id, "id")

    def _payment_intents(self, form: Form, window: Window) -> Json | None:
        form.ignore("customer")
        if window != Window() and self._is_mute(window):
            return None
        intents = (
            self._answers.payment_intent(charge.id)
            for charge, _ in reversed(self._engine.record())
            if charge.face == STRIPE
        )
        return _page("payment_intents", intents, form, window)

    def _refunds(self, form: Form, window: Window) -> Json | None:
        intent_id = form.optional_text("payment_intent")
        charge_id = form.optional_text("charge")
        wanted = intent_id or (intent_id_of(charge_id) if charge_id else None)
        if wanted is not None and self._engine.is_mute_of(wanted):
            return None
        found = [
            (refund, charge)
            for charge, movements in self._engine.record()
            if charge.face == STRIPE and wanted in {None, charge.id}
            for refund in movements
            if refund.kind == "refund"
        ]
        found.sort(key=lambda each: each[0].created_at)
        return _page(
            "refunds",
            (write_refund(refund, charge) for refund, charge in reversed(found)),
            form,
            window,
        )

    def _sessions(self, form: Form, window: Window) -> Json:
        intent_id = form.optional_text("payment_intent")
        status = form.choice("status", "open", "complete", "expired")
        sessions = (
            self._answers.write_session(session)
            for session in reversed(self._engine.sessions())
            if session.face == STRIPE
            and intent_id in {None, session.charge_id}
            and status in {None, session.status.value}
        )
        return _page("checkout/sessions", sessions, form, window)

    def _list_events(self, form: Form, window: Window) -> Json:
        kind = form.optional_text("type")
        events = (each for each in self._events.all() if kind in {None, each["type"]})
        return _page("events", events, form, window)

    def _is_mute(self, window: Window) -> bool:
        first = datetime.fromtimestamp(window.first, UTC)
        last = datetime.fromtimestamp(min(window.last, FOR_EVER), UTC)
        return self._engine.is_mute(STRIPE, first, last)


def _read_window(form: Form) -> Window:
    text = form.optional_text("created") if form.is_text("created") else None
    if text is not None:
        if not text.isascii() or not text.isdigit():
            raise StripeError(400, "Invalid created: must be a timestamp", param="created")
        return Window(int(text), int(text))
    created = form.form("created")
    after, since = (created.optional_number(name, least=0) for name in ("gt", "gte"))
    before, until = (created.optional_number(name, least=0) for name in ("lt", "lte"))
    created.nothing_else()
    return Window(
        first=max(0, (after or -1) + 1, since or 0),
        last=min(
            FOR_EVER,
            FOR_EVER if before is None else before - 1,
            FOR_EVER if until is None else until,
        ),
    )


def _page(kind: str, objects: Iterable[Json], form: Form, window: Window) -> Json:
    limit = form.optional_number("limit", least=1) or USUAL
    after, until = form.optional_text("starting_after"), form.optional_text("ending_before")
    form.nothing_else()
    if limit > MOST:
        raise StripeError(400, f"Invalid limit: at most {MOST}", param="limit")
    if after and until:
        raise StripeError(400, "Send starting_after or ending_before, not both.")
    listed = [each for each in objects if window.holds(each)]
    ids = [each["id"] for each in listed]
    for param, name in (("starting_after", after), ("ending_before", until)):
        if name and name not in ids:
            raise missing(kind.removesuffix("s"), name, param)
    if until:
        before = listed[: ids.index(until)]
        return write_list(f"/v1/{kind}", before[-limit:], has_more=len(before) > limit)
    left = listed[ids.index(after) + 1 :] if after else listed
    return write_list(f"/v1/{kind}", left[:limit], has_more=len(left) > limit)
