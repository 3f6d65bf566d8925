"""Does the audit see whatever is wrong, and nothing else? A world in which everything agrees is
broken in one way at a time.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from loadtests.audit.answered import ACKNOWLEDGED_CHECK, KEYS_CHECK
from loadtests.audit.balances import BALANCES_CHECK
from loadtests.audit.books import BOOKS_CHECK
from loadtests.audit.events import EVENTS_CHECK
from loadtests.audit.processor import PROCESSOR_CHECK
from loadtests.audit.sent import STRANGERS_CHECK, UNANSWERED_CHECK
from loadtests.record import Kind
from ops.verify.findings import Finding, Key, Rule
from tests.loadtests.audit.world import (
    DEPOSITS,
    PAYMENTS,
    POOR,
    RICH,
    SESSIONS,
    STRIPE,
    Document,
    World,
    charge_of,
    fee,
    loaded_world,
    payment_body,
)

type Break = Callable[[World], None]


def payment(world: World, key: str, kind: Kind = Kind.PAYMENT, merchant: str = RICH) -> Document:
    path = SESSIONS if kind is Kind.CHECKOUT_SESSION else PAYMENTS
    return world.payments[merchant][world.id_of(kind, path, key, merchant)]


def record_of(world: World, key: str) -> Document:
    made = payment(world, key)["id"]
    there = world.items["idempotency"].values()
    return next(item for item in there if item["item_id"]["S"] == made)


def remove(world: World, key: str) -> None:
    """Together with its entries, and the money is back."""
    gone = world.payments[RICH].pop(payment(world, key)["id"])
    world.entries[RICH] = [one for one in world.entries[RICH] if one["payment_id"] != gone["id"]]
    world.balances[RICH][0] += gone["captured_minor"] + gone["fee_minor"]


def a_payment_is_missing(world: World) -> None:
    remove(world, "p3")


def a_payment_has_another_amount(world: World) -> None:
    payment(world, "p3")["amount_minor"] = 301


def a_payment_has_another_currency(world: World) -> None:
    payment(world, "p3")["currency"] = "EUR"


def a_payment_has_no_entry(world: World) -> None:
    gone = payment(world, "p3")["id"]
    world.entries[RICH] = [one for one in world.entries[RICH] if one["payment_id"] != gone]
    world.balances[RICH][0] += 300 + fee(300)


def a_payment_was_posted_twice(world: World) -> None:
    world.post_payment(payment(world, "p3"))


def a_key_made_two_payments(world: World) -> None:
    world.pay("p3", 300, named="pay_twin")


def two_answers_name_two_payments(world: World) -> None:
    world.answered("p1", 1)["id"] = "pay_other"


def a_replay_has_another_body(world: World) -> None:
    world.answered("p1", 1)["answer"]["description"] = "another one"


def a_decline_is_replayed_as_success(world: World) -> None:
    world.answered("poor", 1)["status"] = 201


def a_key_was_answered_as_new_twice(world: World) -> None:
    world.answered("p1", 1)["replayed"] = False


def nobody_asked_for_a_payment(world: World) -> None:
    world.pay("uninvited", 10, POOR)


def nobody_asked_for_a_deposit(world: World) -> None:
    world.deposit("uninvited", 10, POOR)


def nobody_asked_for_a_refund(world: World) -> None:
    world.refund("uninvited", payment(world, "p4"), 10)


def an_entry_is_of_no_payment(world: World) -> None:
    world.post(POOR, "payment", "pay_none", ("available", -5), ("external:bank", 5))


def a_lost_payment_has_no_entry(world: World) -> None:
    gone = payment(world, "lost")["id"]
    world.entries[RICH] = [one for one in world.entries[RICH] if one["payment_id"] != gone]
    world.balances[RICH][0] += 77 + fee(77)


def a_lost_payment_has_another_amount(world: World) -> None:
    remove(world, "lost")
    world.pay("lost", 78)


def a_lost_payment_has_no_record(world: World) -> None:
    del world.items["idempotency"][Key(record_of(world, "lost")["id"]["S"])]


def a_lost_payment_is_not_there_but_its_record_is(world: World) -> None:
    remove(world, "lost")


def a_lost_deposit_has_no_entry(world: World) -> None:
    world.entries[RICH] = [
        one for one in world.entries[RICH] if one["postings"][1]["amount_minor"] != 40
    ]
    world.balances[RICH][0] -= 40


def a_refused_payment_is_there(world: World) -> None:
    world.pay("hasty", 55)


def a_balance_is_one_too_low(world: World) -> None:
    world.balances[POOR][0] -= 1


def a_pending_balance_is_one_too_high(world: World) -> None:
    world.balances[RICH][1] += 1


def a_statement_is_short_of_an_entry_that_names_nothing(world: World) -> None:
    world.post(POOR, "levelling", None, ("available", 3), ("between_shards", -3))
    world.balances[POOR][0] -= 3


def a_deposit_is_not_there(world: World) -> None:
    world.entries[RICH] = [one for one in world.entries[RICH] if one["kind"] != "deposit"]
    world.items["payments"].pop(Key(world.id_of(Kind.DEPOSIT, DEPOSITS, "d-lost"), "deposit"))
    world.items["idempotency"] = {
        key: item
        for key, item in world.items["idempotency"].items()
        if item["item_id"]["S"] != world.id_of(Kind.DEPOSIT, DEPOSITS, "d-lost")
    }
    world.balances[RICH][0] -= 7_040


def a_deposit_was_answered_with_another_amount(world: World) -> None:
    world.answered("d1")["answer"]["amount_minor"] = 7_001


def a_decline_became_a_success(world: World) -> None:
    declined = payment(world, "poor", merchant=POOR)
    declined |= {"status": "succeeded", "captured_minor": 99_999}
    world.post_payment(declined, POOR)


def a_success_became_a_decline(world: World) -> None:
    payment(world, "p3")["status"] = "declined"


def a_refund_is_not_there(world: World) -> None:
    refunded = payment(world, "p2")
    del world.refunds[refunded["id"]]
    refunded["refunded_minor"] = 0
    world.entries[RICH] = [one for one in world.entries[RICH] if one["kind"] != "refund"]
    world.balances[RICH][0] -= 30


def a_refund_has_another_amount(world: World) -> None:
    world.refunds[payment(world, "p2")["id"]][0]["amount_minor"] = 31


def the_processor_has_a_charge_of_nobody(world: World) -> None:
    world.charges.append(charge_of({"id": "pay_nobody", "amount_minor": 5}, world.now()))


def the_processor_charged_twice(world: World) -> None:
    charged = payment(world, "c1", Kind.CHARGE)
    world.charges.append(charge_of(charged, world.now()))


def the_processor_charged_another_amount(world: World) -> None:
    world.charges[0]["amount_minor"] = 901


def the_processor_has_no_charge(world: World) -> None:
    world.charges.pop(1)


def the_processor_gave_nothing_back(world: World) -> None:
    world.charges[0]["refunds"] = []


def the_processor_gave_back_twice(world: World) -> None:
    world.charges[0]["refunds"] *= 2


def an_event_was_never_applied(world: World) -> None:
    waiting = world.items["events"][Key("stripe#evt_1")]
    waiting["status"], waiting["reason"] = {"S": "unmatched"}, {"S": "not so far yet"}


def an_event_was_applied_to_nothing(world: World) -> None:
    paid = payment(world, "s1", Kind.CHECKOUT_SESSION)
    paid |= {"status": "requires_action", "captured_minor": 0}
    world.entries[RICH] = [one for one in world.entries[RICH] if one["payment_id"] != paid["id"]]
    world.charges.pop()
    world.balances[RICH][1] -= 450 - fee(450)


def an_event_was_applied_twice(world: World) -> None:
    world.post_capture(payment(world, "s1", Kind.CHECKOUT_SESSION))


def an_event_is_not_stored(world: World) -> None:
    del world.items["events"][Key("stripe#evt_2")]


def an_event_was_new_twice(world: World) -> None:
    world.answered("evt_1", 1)["answer"] = {"received": True}


def an_event_was_a_duplicate_only(world: World) -> None:
    world.answered("evt_1")["answer"] = {"received": True, "duplicate": True}


def a_payment_bears_another_key(world: World) -> None:
    payment(world, "p3")["metadata"]["load_key"] = "p33"


def a_payment_is_listed_twice(world: World) -> None:
    world.listed_twice.add(payment(world, "p3")["id"])


def a_refund_of_the_balance_failed(world: World) -> None:
    world.refunds[payment(world, "p2")["id"]][0]["status"] = "failed"


def a_deposit_is_stored_with_another_amount(world: World) -> None:
    key = Key(world.id_of(Kind.DEPOSIT, DEPOSITS, "d1"), "deposit")
    world.items["payments"][key]["amount_minor"] = {"N": "6999"}


def a_lost_payments_record_is_of_another(world: World) -> None:
    record_of(world, "lost")["item_id"] = {"S": "pay_other"}


def a_lost_payments_record_is_open(world: World) -> None:
    record_of(world, "lost")["state"] = {"S": "IN_PROGRESS"}


def an_event_was_kept_and_did_nothing(world: World) -> None:
    an_event_was_applied_to_nothing(world)
    kept = world.items["events"][Key("stripe#evt_1")]
    kept["status"] = {"S": "received"}


def a_refused_event_is_stored(world: World) -> None:
    n = world.send(Kind.EVENT, STRIPE, "evt_forged", {"id": "evt_forged"}, "")
    world.answer(n, 400, {"code": "invalid_signature"})
    world.take_event("evt_forged", None)


def an_event_was_applied_to_another_payment(world: World) -> None:
    world.items["events"][Key("stripe#evt_1")]["payment_id"] = {"S": "pay_other"}


def the_prover_found_something(world: World) -> None:
    world.findings.append(Finding(Rule.I2, "ledger", Key("mer#USD#0", "balance"), "5", "6"))


def processing(world: World) -> tuple[Document, Document]:
    """A charge of which we do not know yet what became of it, and which is authorized there."""
    n = world.send(Kind.CHARGE, PAYMENTS, "slow", payment_body("slow", 700))
    made = world.pay("slow", 700, kind=Kind.CHARGE, status="processing")
    world.answer(n, 202, made)
    charge = charge_of(made, world.now()) | {"status": "authorized", "captured_minor": 0}
    world.charges.append(charge)
    return made, charge


def a_processing_charge_is_of_another_amount(world: World) -> None:
    processing(world)[1]["amount_minor"] = 9_999


def a_processing_charge_is_in_another_currency(world: World) -> None:
    processing(world)[1]["currency"] = "EUR"


def a_processing_charge_has_another_key(world: World) -> None:
    processing(world)[1]["idempotency_key"] = "pay_other"


def a_processing_charge_has_succeeded(world: World) -> None:
    processing(world)[1].update(status="succeeded", captured_minor=700)


def a_processing_charge_was_declined(world: World) -> None:
    processing(world)[1]["status"] = "declined"


def a_declined_processing_charge_was_of_another_amount(world: World) -> None:
    processing(world)[1].update(status="declined", amount_minor=9_999)


def a_processing_charge_has_taken_more(world: World) -> None:
    processing(world)[1].update(status="succeeded", captured_minor=701)


def an_adjustment_is_in_the_statement(world: World) -> None:
    world.post(POOR, "adjustment", None, ("available", 5_000), ("external:bank", -5_000))


def a_settlement_came_of_no_file(world: World) -> None:
    charged = payment(world, "c1", Kind.CHARGE)["id"]
    world.post(RICH, "settlement", charged, ("pending", -10), ("available", 10))


def a_dispute_came_of_no_event(world: World) -> None:
    charged = payment(world, "c1", Kind.CHARGE)["id"]
    world.post(RICH, "dispute_opened", charged, ("available", -10), ("disputed", 10))


def a_level_made_money(world: World) -> None:
    world.post(POOR, "levelling", None, ("available", 3), ("between_shards", -3))


def begun_there(world: World, minor: int) -> Document:
    """A refund of the processor's dashboard."""
    charged = payment(world, "s1", Kind.CHECKOUT_SESSION)
    postings = (("pending", -minor), ("external:simulated", minor))
    world.post(RICH, "processor_refund", charged["id"], *postings)
    refund = {"id": f"re_there{minor}", "payment_id": charged["id"], "amount_minor": minor,
              "currency": "USD", "status": "succeeded", "created_at": world.now()}  # fmt: skip
    world.refunds.setdefault(charged["id"], []).append(refund)
    charged["refunded_minor"] += minor
    charge = next(one for one in world.charges if one["payment_id"] == charged["id"])
    charge["refunded_minor"] += minor
    charge["refunds"].append({"amount_minor": minor, "status": "succeeded"})
    return charged


def tell(world: World, type_: str, payment_id: str) -> None:
    body = {"id": "evt_told", "type": type_, "data": {"object": {"payment": payment_id}}}
    n = world.send(Kind.EVENT, STRIPE, "evt_told", body, "")
    world.take_event("evt_told", payment_id)
    world.answer(n, 200, {"received": True})


def a_refund_began_there_of_no_event(world: World) -> None:
    begun_there(world, 20)


def a_second_refund_hides_behind_one_that_began_there(world: World) -> None:
    charged = begun_there(world, 20)
    tell(world, "charge.refunded", charged["id"])
    hidden = {"id": "re_hidden", "payment_id": charged["id"], "amount_minor": 20,
              "currency": "USD", "status": "failed", "created_at": world.now()}  # fmt: skip
    world.refunds[charged["id"]].append(hidden)


def a_lost_payment_has_another_fee(world: World) -> None:
    remove(world, "lost")
    world.charge_fee = lambda amount_minor: 9
    world.pay("lost", 77)


def an_acknowledged_payment_has_no_record(world: World) -> None:
    del world.items["idempotency"][Key(record_of(world, "p3")["id"]["S"])]


def an_acknowledged_payments_record_is_of_another(world: World) -> None:
    record_of(world, "p3")["item_id"] = {"S": "pay_other"}


def an_acknowledged_payments_record_is_open(world: World) -> None:
    record_of(world, "p3")["state"] = {"S": "IN_PROGRESS"}


def an_acknowledged_deposit_has_no_record(world: World) -> None:
    made = world.id_of(Kind.DEPOSIT, DEPOSITS, "d1")
    there = world.items["idempotency"]
    world.items["idempotency"] = {k: v for k, v in there.items() if v["item_id"]["S"] != made}


def an_answer_shows_the_metadata_of_another(world: World) -> None:
    world.answered("p3")["answer"]["metadata"]["load_key"] = "p4"


def an_event_was_applied_to_a_payment_of_nobody(world: World) -> None:
    world.take_event("evt_2", "pay_nobody")


BREAKS: list[tuple[Break, set[str]]] = [
    (a_payment_is_missing, {ACKNOWLEDGED_CHECK, BALANCES_CHECK}),
    # What it is says one thing, and its entries another.
    (a_payment_has_another_amount, {ACKNOWLEDGED_CHECK}),
    (a_payment_has_another_currency, {ACKNOWLEDGED_CHECK}),
    (a_payment_has_no_entry, {ACKNOWLEDGED_CHECK, BALANCES_CHECK}),
    (a_payment_was_posted_twice, {ACKNOWLEDGED_CHECK, BALANCES_CHECK}),
    (a_key_made_two_payments, {KEYS_CHECK, STRANGERS_CHECK, BALANCES_CHECK}),
    # The other one is not there.
    (two_answers_name_two_payments, {ACKNOWLEDGED_CHECK, KEYS_CHECK}),
    (a_replay_has_another_body, {KEYS_CHECK}),
    (a_decline_is_replayed_as_success, {ACKNOWLEDGED_CHECK, KEYS_CHECK, BALANCES_CHECK}),
    (a_key_was_answered_as_new_twice, {KEYS_CHECK}),
    (nobody_asked_for_a_payment, {STRANGERS_CHECK, BALANCES_CHECK}),
    (nobody_asked_for_a_deposit, {STRANGERS_CHECK, BALANCES_CHECK}),
    (nobody_asked_for_a_refund, {STRANGERS_CHECK, BALANCES_CHECK}),
    (an_entry_is_of_no_payment, {STRANGERS_CHECK, BALANCES_CHECK}),
    (a_lost_payment_has_no_entry, {UNANSWERED_CHECK, BALANCES_CHECK}),
    (a_lost_payment_has_another_amount, {UNANSWERED_CHECK, BALANCES_CHECK}),
    (a_lost_payment_has_no_record, {UNANSWERED_CHECK}),
    (a_lost_payment_is_not_there_but_its_record_is, {UNANSWERED_CHECK}),
    (a_lost_deposit_has_no_entry, {UNANSWERED_CHECK, BALANCES_CHECK}),
    (a_refused_payment_is_there, {UNANSWERED_CHECK}),
    (a_balance_is_one_too_low, {BALANCES_CHECK}),
    (a_pending_balance_is_one_too_high, {BALANCES_CHECK}),
    (a_statement_is_short_of_an_entry_that_names_nothing, {BALANCES_CHECK}),
    (a_deposit_is_not_there, {ACKNOWLEDGED_CHECK, BALANCES_CHECK}),
    (a_deposit_was_answered_with_another_amount, {ACKNOWLEDGED_CHECK}),
    (a_decline_became_a_success, {ACKNOWLEDGED_CHECK, BALANCES_CHECK}),
    (a_success_became_a_decline, {ACKNOWLEDGED_CHECK}),
    (a_refund_is_not_there, {ACKNOWLEDGED_CHECK, BALANCES_CHECK}),
    (a_refund_has_another_amount, {ACKNOWLEDGED_CHECK}),
    (the_processor_has_a_charge_of_nobody, {PROCESSOR_CHECK}),
    (the_processor_charged_twice, {PROCESSOR_CHECK}),
    (the_processor_charged_another_amount, {PROCESSOR_CHECK}),
    (the_processor_has_no_charge, {PROCESSOR_CHECK}),
    (the_processor_gave_nothing_back, {PROCESSOR_CHECK}),
    (the_processor_gave_back_twice, {PROCESSOR_CHECK}),
    (an_event_was_never_applied, {EVENTS_CHECK}),
    (an_event_was_applied_to_nothing, {EVENTS_CHECK}),
    (an_event_was_applied_twice, {ACKNOWLEDGED_CHECK, BALANCES_CHECK, EVENTS_CHECK}),
    (an_event_is_not_stored, {EVENTS_CHECK}),
    (an_event_was_new_twice, {EVENTS_CHECK}),
    (an_event_was_a_duplicate_only, {EVENTS_CHECK}),
    (a_payment_bears_another_key, {ACKNOWLEDGED_CHECK}),
    (a_payment_is_listed_twice, {ACKNOWLEDGED_CHECK}),
    # What was refunded is in the books, and the refund says otherwise.
    (a_refund_of_the_balance_failed, {ACKNOWLEDGED_CHECK, BALANCES_CHECK}),
    (a_deposit_is_stored_with_another_amount, {ACKNOWLEDGED_CHECK}),
    (a_lost_payments_record_is_of_another, {UNANSWERED_CHECK}),
    (a_lost_payments_record_is_open, {UNANSWERED_CHECK}),
    (an_event_was_applied_to_another_payment, {EVENTS_CHECK}),
    (an_event_was_kept_and_did_nothing, {EVENTS_CHECK}),
    (a_refused_event_is_stored, {EVENTS_CHECK}),
    (the_prover_found_something, {BOOKS_CHECK}),
    (a_processing_charge_is_of_another_amount, {PROCESSOR_CHECK}),
    (a_processing_charge_is_in_another_currency, {PROCESSOR_CHECK}),
    (a_processing_charge_has_another_key, {PROCESSOR_CHECK}),
    (a_processing_charge_has_succeeded, {PROCESSOR_CHECK}),
    (a_processing_charge_was_declined, {PROCESSOR_CHECK}),
    (a_declined_processing_charge_was_of_another_amount, {PROCESSOR_CHECK}),
    (a_processing_charge_has_taken_more, {PROCESSOR_CHECK}),
    (an_adjustment_is_in_the_statement, {STRANGERS_CHECK, BALANCES_CHECK}),
    (a_settlement_came_of_no_file, {STRANGERS_CHECK, BALANCES_CHECK}),
    (a_dispute_came_of_no_event, {STRANGERS_CHECK, BALANCES_CHECK}),
    # Between two shards nothing is made: what one entry gives the other one takes.
    (a_level_made_money, {BALANCES_CHECK}),
    (a_refund_began_there_of_no_event, {STRANGERS_CHECK, BALANCES_CHECK}),
    (a_second_refund_hides_behind_one_that_began_there, {STRANGERS_CHECK}),
    (a_lost_payment_has_another_fee, {UNANSWERED_CHECK}),
    (an_acknowledged_payment_has_no_record, {KEYS_CHECK}),
    (an_acknowledged_payments_record_is_of_another, {KEYS_CHECK}),
    (an_acknowledged_payments_record_is_open, {KEYS_CHECK}),
    (an_acknowledged_deposit_has_no_record, {KEYS_CHECK}),
    (an_answer_shows_the_metadata_of_another, {ACKNOWLEDGED_CHECK}),
    (an_event_was_applied_to_a_payment_of_nobody, {EVENTS_CHECK}),
]


def test_audit__everything_agrees__every_check_is_kept(tmp_path: Path) -> None:
    assert loaded_world().audit(tmp_path) == {}


@pytest.mark.parametrize(
    ("change", "broken"), BREAKS, ids=[change.__name__ for change, _ in BREAKS]
)
def test_audit__one_thing_is_wrong__breaks_these_checks_and_no_others(
    change: Break, broken: set[str], tmp_path: Path
) -> None:
    world = loaded_world()
    change(world)
    assert world.audit(tmp_path).keys() == broken


def test_audit__charge_not_ended_there_either__is_kept(tmp_path: Path) -> None:
    world = loaded_world()
    processing(world)
    assert world.audit(tmp_path) == {}


def test_audit__charge_that_the_sweep_books__is_kept(tmp_path: Path) -> None:
    world = loaded_world()
    made, charge = processing(world)
    charge.update(status="succeeded", captured_minor=700)

    def book() -> None:
        made.update(status="succeeded", captured_minor=700)
        world.post_capture(made)

    world.sweeps.append(book)
    assert world.audit(tmp_path, looks=2) == {}


def test_audit__refund_of_which_an_event_of_the_run_tells__is_kept(tmp_path: Path) -> None:
    world = loaded_world()
    tell(world, "charge.refunded", begun_there(world, 20)["id"])
    assert world.audit(tmp_path) == {}


def test_audit__shards_were_levelled__is_kept(tmp_path: Path) -> None:
    world = loaded_world()
    world.post(POOR, "levelling", None, ("available", 3), ("between_shards", -3))
    world.post(POOR, "levelling", None, ("available", -3), ("between_shards", 3))
    assert world.audit(tmp_path) == {}


def test_audit__adjustment_where_only_the_api_is_there__is_seen(tmp_path: Path) -> None:
    world = loaded_world()
    an_adjustment_is_in_the_statement(world)
    broken = world.audit(tmp_path, is_local=False)
    assert broken.keys() == {STRANGERS_CHECK, BALANCES_CHECK}


def test_audit__two_days_later__misses_no_record(tmp_path: Path) -> None:
    world = loaded_world()
    world.items["idempotency"].clear()
    world.hour = 48
    assert world.audit(tmp_path) == {}


def test_audit__many_keys__are_looked_up_a_hundred_at_a_time(tmp_path: Path) -> None:
    world = loaded_world()
    for number in range(200):
        key = f"many{number}"
        n = world.send(Kind.DEPOSIT, DEPOSITS, key, {"amount_minor": 1, "currency": "USD"})
        world.answer(n, 201, world.deposit(key, 1))
    world.audit(tmp_path)
    # 213 keys, once for the whole audit.
    assert world.batches["idempotency"] == 3
