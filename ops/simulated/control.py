"""What can tests and people tell the processor? The paths under /control.

PUT  /control/webhooks                                  {url?, secret?, enabled?, delay_seconds?, copies?, shuffle?,
                                                         stripe_url?, stripe_webhook_secret?, paypal_url?, paypal_webhook_id?}
                                                        delay_seconds: of each; copies: so often is each sent;
                                                        shuffle: so many are held back, and sent last one first
POST /control/webhooks/flush                            send whatever waits, and wait for it
GET  /control/events                                    every event, and how its deliveries went
GET  /control/record                                    its own record: charges with their face, and every send
POST /control/charges/{id}/approve, decline, expire     as the customer or the bank: {code?}
POST /control/charges/{id}/capture, void, refund        as at its dashboard: {amount_minor?}
POST /control/charges/{id}/disputes                     the payer's bank: {amount_minor?, reason?}
POST /control/disputes/{id}                             {outcome}: won or lost
POST /control/checkout-sessions/{id}/expire             nobody came
POST /control/payouts                                   {processor, currency, amount_minor?, reference?, status?}: what
                                                        native or stripe says that it paid out; see payouts
POST /control/stripe/payouts                            {amount_minor, currency}: Stripe's payout.paid, of no file
POST /control/operations/{key}/succeed, fail            end what is pending: {code?}; a key of another face
                                                        than the native one is <face>:<key>. A refund that
                                                        succeeded may fail, too: it comes back
POST /control/settlements                               {format, processor?, created_from?, created_to?, breaks?,
                                                         wrong_totals?, encoding?, seed?, fee_basis_points?}: a
                                                        settlement file of its charges; see settlement_call
GET  /control/paypal-root                               the root of PayPal's certificates, as PEM
POST /control/clock                                     {advance_seconds}, or {back_seconds}: as far as the time of day
POST /control/reset                                     forget all but what webhooks are set to
"""  # noqa: E501

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from oncepay.domain.times import format_time
from ops.simulated.calls import BadCall, Call, Fields, Reply, error_reply, json_reply
from ops.simulated.courier import Courier
from ops.simulated.credentials import Credentials
from ops.simulated.disputes import USUAL_REASON
from ops.simulated.engine import Engine
from ops.simulated.faces import Face
from ops.simulated.native import status_of
from ops.simulated.native_requests import MAX_AMOUNT
from ops.simulated.outbox import Delivery, Outbox, Webhooks
from ops.simulated.payouts import Payouts
from ops.simulated.records import DisputeStatus, MovementKind, Recorded, Subject
from ops.simulated.requests import MovementRequest, Refusal
from ops.simulated.settlement_call import give_settlement
from ops.simulated.wire import write

MAX_DELAY_SECONDS = 86_400
MAX_COPIES = 10
MAX_SHUFFLE = 1_000
MAX_ADVANCE_SECONDS = 366 * 86_400

_CHARGE = re.compile(r"/control/charges/([^/]+)/(approve|decline|expire|capture|void|refund)")
_DISPUTED = re.compile(r"/control/charges/([^/]+)/disputes")
_DISPUTE = re.compile(r"/control/disputes/([^/]+)")
_SESSION = re.compile(r"/control/checkout-sessions/([^/]+)/expire")
_OPERATION = re.compile(r"/control/operations/(.+)/(succeed|fail)")
_MOVEMENTS: dict[str, MovementKind] = {"capture": "capture", "void": "void", "refund": "refund"}
_OUTCOMES = {"won": DisputeStatus.WON, "lost": DisputeStatus.LOST}
_CURRENCY = re.compile(r"[A-Z]{3}")
_CODE = re.compile(r"[a-z_]{1,100}")


class ControlFace:
    """The back door."""

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        courier: Courier,
        *,
        faces: Mapping[str, Face],
        credentials: Credentials,
        base_url: str,
        paypal_root: Callable[[], bytes],
    ) -> None:
        self._engine, self._outbox, self._courier = engine, outbox, courier
        self._faces, self._credentials, self._base_url = faces, credentials, base_url
        self._paypal_root = paypal_root
        self._payouts = Payouts(engine)

    def answer(self, call: Call) -> Reply:
        """Answer a call under /control.

        Raises: BadCall if it is none.
        """
        match call.method, call.path:
            case "PUT", "/control/webhooks":
                return self._configure(Fields(call.body))
            case "GET", "/control/events":
                events = [self._write_delivery(each) for each in self._outbox.deliveries()]
                return json_reply(200, {"data": events})
            case "GET", "/control/record":
                return json_reply(200, self._write_record())
            case "GET", "/control/paypal-root":
                return Reply(200, self._paypal_root(), content_type="application/x-pem-file")
            case "POST", "/control/webhooks/flush":
                taken = self._courier.flush()
                return json_reply(200, {"taken": taken, "waiting": self._outbox.waiting()})
            case "POST", "/control/clock":
                return self._advance(Fields(call.body))
            case "POST", "/control/reset":
                self._engine.reset()
                self._outbox.reset()
                self._payouts.reset()
                for face in self._faces.values():
                    face.reset()
                return json_reply(200, {})
            case "POST", "/control/payouts":
                return self._payouts.pay_out(Fields(call.body))
            case "POST", "/control/stripe/payouts":
                return self._pay_out(Fields(call.body))
            case "POST", "/control/settlements":
                return give_settlement(self._engine, self._payouts, Fields(call.body))
            case "POST", path:
                return self._act(path, Fields(call.body, optional=True))
        raise _no_such_path()

    def _configure(self, fields: Fields) -> Reply:
        changes = {
            "url": _read_url(fields, "url"),
            "stripe_url": _read_url(fields, "stripe_url"),
            "paypal_url": _read_url(fields, "paypal_url"),
            "secret": fields.optional_text("secret"),
            "enabled": fields.optional_yes_or_no("enabled"),
            "delay_seconds": fields.optional_whole_number(
                "delay_seconds", least=0, most=MAX_DELAY_SECONDS
            ),
            "copies": fields.optional_whole_number("copies", least=1, most=MAX_COPIES),
            "shuffle": fields.optional_whole_number("shuffle", least=0, most=MAX_SHUFFLE),
        }
        stripe_webhook_secret = fields.optional_text("stripe_webhook_secret")
        paypal_webhook_id = fields.optional_text("paypal_webhook_id")
        fields.nothing_else()
        if stripe_webhook_secret is not None:
            self._credentials.stripe_webhook_secret = stripe_webhook_secret
        if paypal_webhook_id is not None:
            self._credentials.paypal_webhook_id = paypal_webhook_id
        given = {name: value for name, value in changes.items() if value is not None}
        return json_reply(200, _write_webhooks(self._outbox.configure(**given)))

    def _advance(self, fields: Fields) -> Reply:
        back = fields.optional_whole_number("back_seconds", least=0, most=MAX_ADVANCE_SECONDS)
        if back is None:
            ahead = fields.whole_number("advance_seconds", least=0, most=MAX_ADVANCE_SECONDS)
        else:
            ahead = -back
        fields.nothing_else()
        now = self._engine.advance(timedelta(seconds=ahead))
        return json_reply(200, {"now": format_time(now)})

    def _act(self, path: str, fields: Fields) -> Reply:
        try:
            charge, operation = _CHARGE.fullmatch(path), _OPERATION.fullmatch(path)
            changed: Subject
            if charge is not None:
                changed = self._change_charge(charge[1], charge[2], fields)
            elif match := _DISPUTED.fullmatch(path):
                changed = self._dispute(match[1], fields)
            elif match := _DISPUTE.fullmatch(path):
                changed = self._engine.close_dispute(match[1], _read_outcome(fields))
            elif match := _SESSION.fullmatch(path):
                fields.nothing_else()
                changed = self._engine.expire_session(match[1])
            elif operation is not None:
                code = _read_code(fields, "failed") if operation[2] == "fail" else None
                fields.nothing_else()
                changed = self._engine.end_pending(unquote(operation[1]), code)
            else:
                raise _no_such_path()
        except Refusal as refusal:
            status = 404 if refusal.code == "not_found" else 409
            shown = {} if refusal.charge is None else {"charge": self._write(refusal.charge)}
            return error_reply(status, refusal.code, refusal.message, **shown)
        return json_reply(200, self._write(changed))

    def _dispute(self, charge_id: str, fields: Fields) -> Subject:
        amount_minor = fields.optional_whole_number("amount_minor", least=1, most=MAX_AMOUNT)
        reason = _read_code(fields, USUAL_REASON, "reason")
        fields.nothing_else()
        return self._engine.open_dispute(charge_id, amount_minor, reason)

    def _pay_out(self, fields: Fields) -> Reply:
        amount_minor = fields.whole_number("amount_minor", least=1, most=MAX_AMOUNT)
        currency = fields.text("currency")
        fields.nothing_else()
        if not _CURRENCY.fullmatch(currency):
            raise BadCall("currency must be three upper-case letters")
        made = self._payouts.pay_out_at_stripe(currency, amount_minor)
        shown = {"amount_minor": amount_minor, "currency": currency}
        return json_reply(200, {"id": str(made["id"]).removeprefix("po_"), **shown})

    def _change_charge(self, charge_id: str, action: str, fields: Fields) -> Recorded:
        amount_minor = code = None
        if action in {"capture", "refund"}:
            amount_minor = fields.optional_whole_number("amount_minor", least=1, most=MAX_AMOUNT)
        elif action == "decline":
            code = _read_code(fields, "declined")
        fields.nothing_else()
        if code is not None:
            return self._engine.decline(charge_id, code)
        if action == "approve":
            return self._engine.approve(charge_id)
        if action == "expire":
            return self._engine.expire(charge_id)
        return self._engine.move_at_dashboard(
            MovementRequest(
                kind=_MOVEMENTS[action],
                charge_id=charge_id,
                amount_minor=amount_minor,
                currency=None,
                payment_id=None,
            )
        )

    def _write_record(self) -> dict[str, Any]:
        charges = [
            {
                **self._write(charge),
                "face": charge.face,
                **{
                    f"{kind}s": [self._write(each) for each in movements if each.kind == kind]
                    for kind in _MOVEMENTS
                },
            }
            for charge, movements in self._engine.record()
        ]
        sends = [
            {
                "at": format_time(send.at),
                "key": send.key,
                "path": send.path,
                "status": None if send.outcome is None else status_of(send.outcome),
            }
            for send in self._engine.sends()
        ]
        return {"charges": charges, "sends": sends}

    def _write_delivery(self, delivery: Delivery) -> dict[str, Any]:
        return {
            "event": json.loads(delivery.body),
            "due_at": None if delivery.due_at is None else format_time(delivery.due_at),
            "taken": delivery.is_taken,
            "attempts": [
                {"at": format_time(each.at), "status": each.status} for each in delivery.attempts
            ],
        }

    def _write(self, subject: Subject) -> dict[str, Any]:
        return write(subject, self._base_url)


def _write_webhooks(webhooks: Webhooks) -> dict[str, Any]:
    return {
        "url": webhooks.url,
        "stripe_url": webhooks.stripe_url,
        "paypal_url": webhooks.paypal_url,
        "enabled": webhooks.enabled,
        "delay_seconds": webhooks.delay_seconds,
        "copies": webhooks.copies,
        "shuffle": webhooks.shuffle,
    }


def _read_url(fields: Fields, name: str) -> str | None:
    url = fields.optional_text(name)
    if url is None:
        return None
    try:
        address = urlsplit(url)
        is_one = address.scheme in {"http", "https"} and address.hostname and address.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise BadCall(f"{name} must be an http or https URL")
    return url


def _read_code(fields: Fields, otherwise: str, name: str = "code") -> str:
    code = fields.optional_text(name) or otherwise
    if not _CODE.fullmatch(code):
        raise BadCall(f"{name} must be of lower-case letters and underscores")
    return code


def _read_outcome(fields: Fields) -> DisputeStatus:
    outcome = _OUTCOMES.get(fields.text("outcome"))
    fields.nothing_else()
    if outcome is None:
        raise BadCall("outcome must be won or lost")
    return outcome


def _no_such_path() -> BadCall:
    return BadCall("no such path", status=404, code="not_found")
