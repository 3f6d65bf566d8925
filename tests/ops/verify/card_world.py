"""A small world of payments through a processor whose books are right, item by item as
docs/data-model.md says. Nothing here comes from the project's own code.

What each payment is there for:

    whole      captured at once, refunded in every way there is, settled in between
    parts      captured in part, a refund of it pending
    poor       captured, settled; a refund that failed for want of funds
    held       authorized, its capture open
    unknown    nobody knows yet
    action     the payer has something to do
    no         declined; a charge came after that, and was given back
    late       declined; a charge came after that, and is being given back; another was only a hold
    let_go     voided
    lapsed     expired while it was being captured
    refused    authorized; the processor would not capture it
"""

import base64
import hashlib
import json
from typing import Any

from tests.ops.verify.small_world import (
    ALICE,
    AT,
    CONTENT,
    FINGERPRINT,
    LATER,
    Address,
    Postings,
    Raw,
    SmallWorld,
    raw,
    run_id,
)

PROCESSOR = "simulated"
EXTERNAL = f"external:{PROCESSOR}"
type Step = tuple[str, Postings]
"""Kind of an entry, and what it posts."""

BOOK = (ALICE, "USD", 0)
LAST = "2026-11-21T14:00:00.000003Z"
EXPIRES = "2026-11-28T12:00:00.000001Z"
RUN = run_id("incoming/cards.csv")
FINGERPRINT_OF_NOBODY = "0" * 64


def hashed(name: str) -> str:
    """The id of the idempotency record of the request of that name."""
    return hashlib.sha256(name.encode()).hexdigest()


def id_of(prefix: str, name: str) -> str:
    """The id of what that request makes."""
    return prefix + base64.b32encode(bytes.fromhex(hashed(name))).decode().lower()[:26]


def orphan_id(charge: str) -> str:
    """The id of the operation that gives an orphan charge back."""
    digest = hashlib.sha256()
    for part in ("orphan", PROCESSOR, charge):
        digest.update(f"{len(part)}:{part}".encode())
    return "or_" + base64.b32encode(digest.digest()).decode().lower()[:26]


def bucket_of(id_: str) -> str:
    """Where what is due is found."""
    return f"work#{hashlib.sha256(id_.encode()).digest()[0] % 16}"


def waiting_bucket_of(id_: str) -> str:
    """Where a captured payment is found until a file settles it."""
    return f"settle#{PROCESSOR}#{bucket_of(id_).removeprefix('work#')}"


def payment_id(name: str) -> str:
    """The id of the payment of that name."""
    return id_of("pay_", name)


def payment(name: str) -> Address:
    """Where it is."""
    return ("payments", payment_id(name), "payment")


def operation(name: str, own_id: str | None = None) -> Address:
    """Where an operation beside it is: the one that authorizes it unless told otherwise."""
    return ("payments", payment_id(name), f"operation#{own_id or payment_id(name)}")


def refund(name: str, request: str) -> Address:
    """Where a refund of it is."""
    return ("payments", payment_id(name), f"refund#{id_of('re_', request)}")


def record(request: str) -> Address:
    """Where the record of a request is."""
    return ("idempotency", hashed(request), "")


def pointer(reference: str) -> Address:
    """Where the pointer from a processor's id is."""
    return ("payments", f"ref#{PROCESSOR}#{reference}", "reference")


class CardWorld(SmallWorld):
    """All items by (table, id, part)."""

    def __init__(self) -> None:
        self.items = {}
        self._entry_number = 0
        self.entry_of: dict[tuple[str, str], Address] = {}
        self.put("directory", ALICE, "merchant", name="Shop", created_at=AT, version=1)
        self._whole()
        self._parts()
        self._poor()
        self._undecided()
        self._orphans()
        self._ended()
        self._events()
        # As DynamoDB has it: what has one id lies together.
        self.items = dict(sorted(self.items.items()))

    def post(self, item: tuple[str, str], kind: str, postings: Postings, at: str = AT) -> Raw:
        """An entry of an item, and its balance; returns its key."""
        key = self.entry(BOOK, kind, item, [(name, n) for name, n in postings if n], at=at)
        self.entry_of[item[1], kind] = ("ledger", key["id"], key["part"])
        return key

    def card(
        self,
        name: str,
        status: str,
        *,
        amount: int = 5_000,
        captured: int = 0,
        refunded: int = 0,
        version: int = 2,
        capture_method: str = "automatic",
        at: str = AT,
        **more: Any,
    ) -> None:
        """A payment with the operation that authorizes it."""
        id_ = payment_id(name)
        entries: dict[str, Any] = {}
        if captured and "settlement_id" not in more:
            more = {"due_at": AT, "due_bucket": waiting_bucket_of(id_)} | more
        fee = (captured or amount) * 200 // 10_000
        if captured:
            postings = [(EXTERNAL, -captured), ("pending", captured - fee), ("fees", fee)]
            entries["entries"] = [self.post((id_, "payment"), "capture", postings)]
        if status not in ("processing", "declined"):
            more = {"processor_reference": f"ch_{name}"} | more
            self.lead(f"ch_{name}", (id_, "payment"))
        if status == "declined":
            more = {"failure_code": "card_declined", "failure_message": "no"} | more
        if status == "authorized":
            due = {"due_at": EXPIRES, "due_bucket": bucket_of(id_)}
            more = {"authorization_expires_at": EXPIRES} | due | more
        self.put(
            "payments",
            id_,
            "payment",
            merchant_id=ALICE,
            fingerprint=FINGERPRINT,
            currency="USD",
            created_at=AT,
            updated_at=at,
            amount_minor=amount,
            fee_minor=fee,
            fee_basis_points=200,
            captured_minor=captured,
            refunded_minor=refunded,
            status=status,
            funding_type="processor",
            processor=PROCESSOR,
            capture_method=capture_method,
            version=version,
            list_bucket=f"{ALICE}#0",
            list_position=f"{AT}#{id_}",
            **entries,
            **({} if "checkout" in more else {"payment_method": "pm_card"}),
            **more,
        )
        is_open = status in ("processing", "requires_action")
        state = "open" if is_open else "failed" if status == "declined" else "succeeded"
        waits = {"record_id": hashed(name)} if status == "processing" else {}
        self.operation(name, "authorize", id_, state, amount, reference=f"ch_{name}", **waits)
        if status == "processing":
            self.answer(name, (id_, "payment"))

    def operation(
        self, name: str, kind: str, own_id: str, state: str, amount: int, **more: Any
    ) -> None:
        """Something that is done at the processor."""
        due = {"due_at": LATER, "due_bucket": bucket_of(own_id)} if state == "open" else {}
        asked = {"origin_instance": "/v1", "origin_request_id": "req"}
        self.put(
            "payments",
            payment_id(name),
            f"operation#{own_id}",
            merchant_id=ALICE,
            fingerprint=FINGERPRINT,
            processor=PROCESSOR,
            currency="USD",
            created_at=AT,
            updated_at=AT,
            amount_minor=amount,
            kind=kind,
            state=state,
            request_path="/v1/charges",
            request_body="{}",
            first_sent_at=AT,
            last_sent_at=AT,
            version=1 if state == "open" else 2,
            **(asked if kind != "return_orphan" else {}),
            **due,
            **more,
        )

    def refunded(
        self, name: str, request: str, amount: int, status: str, *steps: Step, **more: Any
    ) -> None:
        """A refund that went through these steps."""
        own_id = id_of("re_", request)
        id_, part = item = payment_id(name), f"refund#{own_id}"
        posted = [
            self.post(item, kind, postings, at=LATER if number else AT)
            for number, (kind, postings) in enumerate(steps)
        ]
        if status == "succeeded":
            more = {"processor_reference": f"rf_{request}"} | more
        if "processor_reference" in more:
            self.lead(more["processor_reference"], item)
        if steps and steps[0][0] == "processor_refund":
            # Nobody asked for it: it is named by what the processor calls it.
            more = {"fingerprint": hashed(request)} | more
        listed: dict[str, Any] = {"entries": posted} if posted else {}
        self.put(
            "payments",
            id_,
            part,
            merchant_id=ALICE,
            currency="USD",
            created_at=AT,
            updated_at=LATER,
            amount_minor=amount,
            status=status,
            version=max(1, len(posted)),
            **listed,
            **({"fingerprint": FINGERPRINT} | more),
        )
        if steps and steps[0][0] == "refund_reserved":
            ended = {"refund_succeeded": "succeeded", "refund_failed": "failed"}
            state = ended[steps[1][0]] if len(steps) > 1 else "open"
            waits = {"record_id": hashed(request)} if status == "pending" else {}
            self.operation(name, "refund", own_id, state, amount, **waits)
            if status == "pending":
                self.answer(request, item)
            else:
                said = "failed" if state == "failed" else "succeeded"
                body = {"id": own_id, "amount_minor": amount, "currency": "USD", "status": said}
                self.answer(request, item, 201, body)

    def lead(self, reference: str, item: tuple[str, str]) -> None:
        """A pointer from a processor's id."""
        id_, part = item
        self.put("payments", *pointer(reference)[1:], item_id=id_, item_part=part)

    def answer(
        self,
        request: str,
        item: tuple[str, str],
        status_code: int | None = None,
        body: dict[str, Any] | None = None,
    ) -> None:
        """The record of a request: in progress unless there is an answer."""
        answered = {
            "state": "COMPLETED",
            "status_code": status_code,
            "body": json.dumps(body),
            "expires_at": 1_795_000_000,
        }
        self.put(
            "idempotency",
            hashed(request),
            merchant_id=ALICE,
            fingerprint=FINGERPRINT,
            item_id=item[0],
            item_part=item[1],
            created_at=AT,
            **(answered if status_code else {"state": "IN_PROGRESS"}),
        )

    def created(self, name: str, status_code: int, status: str, amount: int = 5_000) -> None:
        """The answer to the request that made a payment."""
        id_ = payment_id(name)
        body = {"id": id_, "amount_minor": amount, "currency": "USD", "status": status}
        if status_code == 402:
            body = {"payment_id": id_}
        self.answer(name, (id_, "payment"), status_code, body)

    def _whole(self) -> None:
        item = (payment_id("whole"), "payment")
        self.card("whole", "succeeded", captured=5_000, refunded=2_000, version=13, at=LAST)
        self.created("whole", 201, "succeeded")
        taken: Postings = [("pending", -1_000), ("refunding", 1_000)]
        given: Postings = [("refunding", -1_000), (EXTERNAL, 1_000)]
        self.refunded(
            "whole", "before", 1_000, "succeeded",
            ("refund_reserved", taken), ("refund_succeeded", given),
        )  # fmt: skip
        self.refunded(
            "whole", "failed", 700, "failed",
            ("refund_reserved", [("pending", -700), ("refunding", 700)]),
            ("refund_failed", [("refunding", -700), ("pending", 700)]),
            failure_code="expired_card",
        )  # fmt: skip
        self.refunded(
            "whole", "at-dashboard", 100, "succeeded",
            ("processor_refund", [("pending", -100), (EXTERNAL, 100)]),
        )  # fmt: skip
        self.refunded(
            "whole", "after", 500, "succeeded",
            ("refund_reserved", [("available", -500), ("refunding", 500)]),
            ("refund_succeeded", [("refunding", -500), (EXTERNAL, 500)]),
        )  # fmt: skip
        self.refunded(
            "whole", "after-all", 400, "succeeded",
            ("refund_reserved", [("available", -400), ("refunding", 400)]),
            ("refund_failed", [("refunding", -400), ("available", 400)]),
            ("processor_refund", [("available", -400), (EXTERNAL, 400)]),
        )  # fmt: skip
        self.settle("whole", 3_800, {"USD": 5_000 + 49}, {"USD": 100})
        self.items["payments", *item]["updated_at"] = raw(LAST)

    def settle(self, name: str, share: int, gross: dict[str, int], fee: dict[str, int]) -> None:
        """The file that settles that payment and the one called poor."""
        self.run(
            "incoming/cards.csv",
            content=CONTENT,
            total_rows=2,
            matched=2,
            gross_minor=gross,
            fee_minor=fee,
        )
        self.mark((payment_id(name), "payment"), RUN)
        key = self.post(
            (RUN, "run"),
            "settlement",
            [("pending", -(share + 49)), ("available", share + 49)],
            at=LATER,
        )
        del self.items["ledger", key["id"], key["part"]]["payment_id"]

    def _parts(self) -> None:
        own = id_of("cap_", "capture")
        self.card(
            "parts", "succeeded", captured=3_000, version=5, capture_method="manual",
            refunding_minor=900, pending_minor=2_040, at=LATER,
        )  # fmt: skip
        self.created("parts", 201, "authorized")
        self.operation("parts", "capture", own, "succeeded", 3_000, reference="cp_parts")
        self.lead("cp_parts", (payment_id("parts"), "payment"))
        self.moved("parts", "capture", 200, status="succeeded", captured_minor=3_000)
        self.refunded(
            "parts", "pending", 900, "pending",
            ("refund_reserved", [("pending", -900), ("refunding", 900)]),
        )  # fmt: skip

    def _poor(self) -> None:
        self.card("poor", "succeeded", amount=49, captured=49, version=2)
        self.created("poor", 201, "succeeded", 49)
        self.mark((payment_id("poor"), "payment"), RUN)
        self.refunded("poor", "no-funds", 49, "failed", failure_code="insufficient_funds")
        item = (payment_id("poor"), refund("poor", "no-funds")[2])
        self.answer("no-funds", item, 402, {"payment_id": payment_id("poor")})

    def _undecided(self) -> None:
        self.card("unknown", "processing", version=1)
        self.card("action", "requires_action", next_action_url="https://sim/a")
        self.created("action", 201, "requires_action")
        own = id_of("cap_", "slow")
        self.card("held", "authorized", capture_method="manual", version=3, open_operation=own)
        self.created("held", 201, "authorized")
        more = {"record_id": hashed("slow"), "attempts": 1, "lease_until": LATER}
        self.operation("held", "capture", own, "open", 4_000, **more)
        self.items[operation("held", own)]["version"] = raw(2)
        self.answer("slow", (payment_id("held"), "payment"))

    def _orphans(self) -> None:
        self.card("no", "declined")
        self.created("no", 402, "declined")
        self.card("late", "declined", processor_reference="ch_late")
        self.created("late", 402, "declined")
        self.orphan("no", "ch_no_more", "succeeded", 5_000, reference="rf_no_more")
        self.orphan("late", "ch_too_late", "open", 5_000)
        self.orphan("late", "ch_hold", "succeeded", 0, reference="vd_hold")

    def orphan(self, name: str, charge: str, state: str, captured: int, **more: Any) -> None:
        """A charge that came after its payment was declined."""
        own = orphan_id(charge)
        item = (payment_id(name), f"operation#{own}")
        entries = []
        if captured:
            came: Postings = [(EXTERNAL, -captured), ("suspense", captured)]
            entries.append(self.post(item, "orphan_charge", came))
        if captured and state == "succeeded":
            went: Postings = [("suspense", -captured), (EXTERNAL, captured)]
            entries.append(self.post(item, "orphan_returned", went))
        listed = {"entries": entries} if entries else {}
        self.operation(name, "return_orphan", own, state, captured or 5_000, **listed, **more)
        self.lead(charge, item)
        if "reference" in more:
            self.lead(more["reference"], item)

    def _ended(self) -> None:
        own = id_of("vo_", "void")
        self.card("let_go", "voided", capture_method="manual", version=4)
        self.created("let_go", 201, "authorized")
        self.operation("let_go", "void", own, "succeeded", 5_000, reference="vd_let_go")
        self.lead("vd_let_go", (payment_id("let_go"), "payment"))
        self.moved("let_go", "void", 200, status="voided")
        self.card("lapsed", "expired", capture_method="manual", version=4)
        self.created("lapsed", 201, "authorized")
        self.operation("lapsed", "capture", id_of("cap_", "too-late"), "overtaken", 5_000)
        self.moved("lapsed", "too-late", 409, code="invalid_transition")
        self.card("refused", "authorized", capture_method="manual", version=4)
        self.created("refused", 201, "authorized")
        self.operation("refused", "capture", id_of("cap_", "refused-1"), "failed", 5_000)
        self.moved("refused", "refused-1", 402, payment_id=payment_id("refused"))

    def moved(self, name: str, request: str, status_code: int, **body: Any) -> None:
        """The answer to a capture or void."""
        id_ = payment_id(name)
        shown = {"id": id_, "amount_minor": 5_000, "currency": "USD"} if status_code == 200 else {}
        self.answer(request, (id_, "payment"), status_code, shown | body)

    def _events(self) -> None:
        self.event("evt_done")
        done = self.items["events", "stripe#evt_done", ""]
        done |= {"status": raw("applied"), "attempts": raw(2)}
        self.event("evt_waits")
        waits = self.items["events", "stripe#evt_waits", ""]
        del waits["expires_at"]
        due = {"due_at": raw(LATER), "due_bucket": raw(bucket_of("stripe#evt_waits"))}
        waits |= due | {"status": raw("unmatched"), "reason": raw("no such payment is known")}
