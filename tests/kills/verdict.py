"""Was every payment made exactly once? The processor's own record, our books, and what clients were
told, against each other.

It reads the tables behind the code's back, as plain values, and computes everything anew.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ops.simulated.outcomes import KEY_REUSED
from ops.simulated.records import Charge, ChargeStatus, DisputeStatus, Movement, MovementStatus
from tests.kills.scenarios import DONE, STUCK, Scenario
from tests.kills.story import Asked, Story, is_final, is_kept
from tests.processor_world import Reply

AFTERWARDS = {
    "succeeded": {"succeeded"},
    "voided": {"voided"},
    "expired": {"expired"},
    "authorized": {"authorized", "succeeded", "voided", "expired"},
    "requires_action": {
        "requires_action", "authorized", "succeeded", "voided", "expired", "declined"
    },
}  # fmt: skip
"""Where a payment may be, after its client was told this."""

type Item = dict[str, Any]


def judge(story: Story, scenario: Scenario, *, must_be_done: bool) -> list[str]:
    """What is wrong, one line for each."""
    return list(_Judge(story, scenario, must_be_done=must_be_done).problems())


def picture(story: Story) -> tuple[Any, ...]:
    """Everything that moves money, here and there: two are equal if nothing was moved."""
    payments = [
        (item["id"], item["part"], item.get("status"), item.get("refunded_minor"))
        for item in story.stage.items("payments")
    ]
    return (
        sorted((item["id"], item["part"]) for item in story.stage.items("ledger")),
        sorted(payments, key=repr),
        [
            (charge.id, charge.status, charge.captured_minor, charge.refunded_minor)
            for charge, _ in story.world.processor.engine.record()
        ],
    )


class _Judge:
    def __init__(self, story: Story, scenario: Scenario, *, must_be_done: bool) -> None:
        self.story, self.scenario, self.must_be_done = story, scenario, must_be_done
        stage = story.stage
        items = stage.items("payments")
        self.payments = {item["id"]: item for item in items if item["part"] == "payment"}
        self.refunds = [item for item in items if item["part"].startswith("refund#")]
        self.operations = [item for item in items if item["part"].startswith("operation#")]
        self.ledger = stage.items("ledger")
        self.records = stage.items("idempotency")
        self.events = stage.items("events")
        self.record = story.world.processor.engine.record()
        # Of a capture or void that nobody understands, the charge itself may tell.
        is_told = (
            any(item["status"] in ("succeeded", "voided") for item in self.payments.values())
            and not self.refunds
        )
        # A charge that only the sweep sees, and that never got there, is never sent.
        self.is_stuck = story.outcome == STUCK and not is_told and bool(self.record)

    def problems(self) -> Iterator[str]:
        yield from self.story.problems
        yield from self._books()
        yield from self._open_ends()
        yield from self._payments()
        yield from self._refunds()
        yield from self._disputes()
        yield from self._sends()
        yield from self._alarms()
        for name, asked in self.story.asked.items():
            yield from self._answers(name, asked)

    def _books(self) -> Iterator[str]:
        folds: dict[str, Counter[str]] = {}
        counts: Counter[str] = Counter()
        for item in self.ledger:
            if not item["part"].startswith("entry#"):
                continue
            sums = [int(posting["amount_minor"]) for posting in item["postings"]]
            if sum(sums) != 0:
                yield f"entry {item['part']} sums to {sum(sums)}"
            counts[item["id"]] += 1
            fold = folds.setdefault(item["id"], Counter())
            for posting in item["postings"]:
                fold[posting["account"]] += int(posting["amount_minor"])
        for item in self.ledger:
            if item["part"] != "balance":
                continue
            for account in ("available", "pending", "refunding", "disputed"):
                stored = int(item.get(f"{account}_minor", 0))
                if stored != folds.get(item["id"], Counter())[account]:
                    yield f"balance {account} is {stored}, its entries say otherwise"
            if int(item["entry_count"]) != counts[item["id"]]:
                yield f"entry_count is {item['entry_count']}, not {counts[item['id']]}"
        total: Counter[str] = Counter()
        for fold in folds.values():
            for account, amount in fold.items():
                total[account] += amount
        yield from self._accounts(total)

    def _accounts(self, total: Counter[str]) -> Iterator[str]:
        if total["suspense"]:
            yield f"suspense holds {total['suspense']}"
        shares = sum(_share(item) for item in self.payments.values() if "settlement_id" not in item)
        if total["pending"] != shares - (total["refunding"] if self._unsettled_refund() else 0):
            yield f"pending holds {total['pending']}, the payments' shares are {shares}"
        if self.is_stuck:
            return
        if total["refunding"]:
            yield f"refunding holds {total['refunding']}"
        held = sum(charge.captured_minor - charge.refunded_minor for charge, _ in self.record)
        held -= sum(each.amount_minor for each in self.story.disputes(DisputeStatus.LOST))
        external = f"external:{self.story.world.name}"
        if total[external] != -held:
            yield f"{external} is {total[external]}, the processor holds {held}"
        disputed = sum(each.amount_minor for each in self.story.disputes(DisputeStatus.OPEN))
        if total["disputed"] != disputed:
            yield f"disputed is {total['disputed']}, the processor says {disputed}"

    def _unsettled_refund(self) -> bool:
        return any("settlement_id" not in item for item in self.payments.values())

    def _open_ends(self) -> Iterator[str]:
        opened = [item for item in self.operations if item["state"] == "open"]
        if self.is_stuck:
            if len(opened) != 1 or "problem" not in opened[0]:
                yield f"it is not kept open for a person: {opened}"
            return
        for item in opened:
            yield f"{item['part']} is still open"
        for item in self.operations:
            if "due_at" in item and item["state"] != "open":
                yield f"{item['part']} is closed and due"
        for item in self.records:
            if item["state"] != "COMPLETED":
                yield f"a record is still {item['state']}"
        for item in self.payments.values():
            if item["status"] in ("processing", "requires_action") or "open_operation" in item:
                yield f"the payment is {item['status']}, open: {item.get('open_operation')}"
            if int(item.get("refunding_minor", 0)):
                yield f"the payment's refunding_minor is {item['refunding_minor']}"
        for item in self.refunds:
            if item["status"] == "pending":
                yield f"{item['part']} is pending"
        for item in self.events:
            if item["status"] == "unmatched" and self.story.outcome != STUCK:
                yield f"event {item['id']} ({item['type']}) is unmatched: {item.get('reason')}"

    def _payments(self) -> Iterator[str]:
        if self.is_stuck:
            return
        for id_, item in self.payments.items():
            if item["funding_type"] != "processor":
                continue
            charges = [charge for charge, _ in self.record if charge.payment_id == id_]
            if item["status"] == "declined":
                for charge in charges:
                    if _took_money(charge):
                        yield f"declined, and {charge.id} is {charge.status}"
                continue
            if item["status"] == "expired" and self.story.world.name == "paypal" and not charges:
                # Nobody came to the order's page: there never was a charge.
                continue
            if [charge.id for charge in charges] != [item.get("processor_reference")]:
                yield f"{item['status']}, and its charges are {[c.id for c in charges]}"
                continue
            theirs = (
                charges[0].status.value, charges[0].captured_minor, charges[0].refunded_minor
            )  # fmt: skip
            ours = (item["status"], int(item["captured_minor"]), int(item["refunded_minor"]))
            if theirs != ours:
                yield f"the payment is {ours}, the charge {theirs}"
        known = set(self.payments)
        for charge, _ in self.record:
            if charge.payment_id not in known:
                yield f"{charge.id} belongs to no payment"

    def _refunds(self) -> Iterator[str]:
        if self.is_stuck:
            return
        declined = {id_ for id_, item in self.payments.items() if item["status"] == "declined"}
        theirs = [
            (movement.id, movement.amount_minor)
            for charge, movements in self.record
            for movement in movements
            if charge.payment_id not in declined and _is_done(movement, "refund")
        ]
        ours = [
            (item.get("processor_reference"), int(item["amount_minor"]))
            for item in self.refunds
            if item["status"] == "succeeded"
        ]
        if sorted(theirs) != sorted(ours, key=repr):
            yield f"the processor refunded {theirs}, we say {ours}"

    def _disputes(self) -> Iterator[str]:
        theirs = sorted((each.id, each.status.value) for each in self.story.disputes())
        ours = sorted(
            (item["processor_reference"], item["status"])
            for item in self.story.stage.items("payments")
            if item["part"].startswith("dispute#")
        )
        if theirs != ours:
            yield f"the processor's disputes are {theirs}, ours {ours}"

    def _sends(self) -> Iterator[str]:
        for send in self.story.world.processor.engine.sends():
            if send.outcome == KEY_REUSED:
                yield f"{send.path} was sent with another request under the same key"

    def _alarms(self) -> Iterator[str]:
        allowed = {*self.scenario.alarms, "unknown_outcome", "processor_answer"}
        if self.story.outcome == STUCK:
            allowed |= {"unfit_answer", "unfit_event"}
        if any(item["kind"] == "return_orphan" for item in self.operations):
            allowed.add("orphan_charge")
        for name, facts in self.story.world.alarms:
            if name not in allowed:
                yield f"alarm: {name} {facts}"
        told = {name for name, _ in self.story.world.alarms}
        if self.is_stuck and "unfit_answer" not in told:
            yield "nobody was told of the unfit answer"

    def _answers(self, name: str, asked: Asked) -> Iterator[str]:
        finals = [reply for reply in asked.replies if is_final(reply)]
        if not finals:
            if not self.is_stuck:
                yield f"{name} was never answered: {[r.status for r in asked.replies]}"
            return
        kept = {(reply.status, reply.body) for reply in finals if is_kept(reply)}
        if len(kept) > 1:
            yield f"{name} was answered differently: {kept}"
        first = finals[0]
        if self.is_stuck:
            yield f"{name} was answered {first.status} {first.body}"
            return
        yield from self._agrees(name, first)
        succeeded = first.status in (200, 201) and first.json["status"] != "failed"
        if self.must_be_done and self.story.outcome == DONE and not succeeded and name != "rival":
            yield f"{name} was not done: {first.status} {first.body}"

    def _agrees(self, name: str, reply: Reply) -> Iterator[str]:
        if reply.status not in (200, 201, 402):
            return
        body = reply.json
        if body.get("object") == "refund":
            stored = next((i for i in self.refunds if i["part"] == f"refund#{body['id']}"), None)
            if stored is None:
                yield f"{name} was told of a refund that is not there"
            # One that failed may succeed at the processor later.
            elif stored["status"] != body["status"] and body["status"] != "failed":
                yield f"{name} was told {body['status']}, the refund is {stored['status']}"
            return
        id_ = body["payment_id"] if reply.status == 402 else body["id"]
        payment = self.payments.get(id_)
        if payment is None:
            yield f"{name} was told of a payment that is not there"
        elif reply.status == 402:
            if name == "charge" and payment["status"] != "declined":
                yield f"{name} was told 402, the payment is {payment['status']}"
        elif payment["status"] not in AFTERWARDS.get(body["status"], set()):
            yield f"{name} was told {body['status']}, the payment is {payment['status']}"


def _share(item: Item) -> int:
    if item["funding_type"] != "processor" or item["status"] != "succeeded":
        return 0
    return int(item["captured_minor"]) - int(item["fee_minor"]) - int(item["refunded_minor"])


def _took_money(charge: Charge) -> bool:
    if charge.status is ChargeStatus.SUCCEEDED:
        return charge.captured_minor != charge.refunded_minor
    return charge.status in (
        ChargeStatus.AUTHORIZED,
        ChargeStatus.REQUIRES_ACTION,
        ChargeStatus.PENDING,
    )


def _is_done(movement: Movement, kind: str) -> bool:
    return movement.kind == kind and movement.status is MovementStatus.SUCCEEDED
