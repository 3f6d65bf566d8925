"""Where does a customer approve or decline a charge that requires an action? On a small page, as a
bank's would be: two buttons, no script.
"""

import html
import re

from ops.simulated.calls import BadCall, Call, Reply
from ops.simulated.checkout_page import declined_path, see_other, success_url
from ops.simulated.engine import Engine
from ops.simulated.hosted_page import page_reply, write_major
from ops.simulated.records import Charge, ChargeStatus
from ops.simulated.requests import Refusal
from ops.simulated.wire import action_path

TITLE = "Simulated bank"
DECLINE_CODE = "authentication_failed"

_PATH = re.compile(r"/action/([^/]+)(?:/(approve|decline))?")
_FORM = '<form method="post" action="{path}/{word}"><button>{label}</button></form>'


class ActionPage:
    """The page of every charge. Who knows its address may decide: so it is with a bank's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def answer(self, call: Call) -> Reply:
        """Show the page, or take the decision.

        Raises: BadCall if there is none of this address.
        """
        match = _PATH.fullmatch(call.path)
        if match is None or (call.method, match[2] is None) not in {("GET", True), ("POST", False)}:
            raise BadCall("no such path", status=404, code="not_found")
        try:
            if match[2] == "approve":
                return self._decided(self._engine.approve(match[1]))
            if match[2] == "decline":
                return self._decided(self._engine.decline(match[1], DECLINE_CODE))
            return page_reply(200, TITLE, _shown(self._engine.get_charge(match[1])))
        except Refusal as refusal:
            if refusal.charge is None:
                return page_reply(404, TITLE, "<p>There is no such payment.</p>")
            return page_reply(409, TITLE, _said(refusal.charge))

    def _decided(self, charge: Charge) -> Reply:
        if charge.return_url is not None:
            return see_other(charge.return_url)
        if charge.checkout_session_id is None:
            return page_reply(200, TITLE, _said(charge))
        session = self._engine.get_session(charge.checkout_session_id)
        if charge.status is ChargeStatus.DECLINED:
            return see_other(declined_path(session.id))
        return see_other(success_url(session))


def _shown(charge: Charge) -> str:
    if charge.status is not ChargeStatus.REQUIRES_ACTION:
        return _said(charge)
    path = html.escape(action_path(charge.id))
    what = f"<p>Pay <strong>{write_major(charge.amount_minor, charge.currency)}</strong>?</p>"
    approve = _FORM.format(path=path, word="approve", label="Approve")
    return what + approve + _FORM.format(path=path, word="decline", label="Decline")


def _said(charge: Charge) -> str:
    return f"<p>This payment is {charge.status.value}.</p>"
