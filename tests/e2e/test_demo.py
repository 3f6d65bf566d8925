"""The demo tells the truth: 0 on a right stack, again and again, and 1 where a fee is wrong or a
break is not found as it was planted."""

import io
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from ops.demo import (
    business,
    card_crowd,
    cards,
    checkout,
    disputes,
    paypal,
    settlements,
    stripe_cards,
    unknowns,
)
from ops.demo.bank_file import Seed, make_seeds
from ops.demo.checks import Checks, StoryBrokenError
from ops.demo.command import run_demo
from ops.demo.control import Control, Record
from ops.demo.crowd import Crowd
from ops.demo.crowds import Race
from ops.demo.desk import open_desk
from ops.demo.scene import Scene
from ops.demo.shop import Shop
from ops.demo.sink import Posted, Sink
from ops.demo.story import PAYMENT_MINOR, Paid
from ops.stack import SimulatedProcessor, Stack
from tests.thoroughness import THOROUGH

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("time", ["once", "twice"] if THOROUGH else ["once"])
def test_demo__right_stack__passes(
    operators_stack: Stack, capsys: pytest.CaptureFixture[str], time: str
) -> None:
    assert run_demo(operators_stack) == 0
    told = capsys.readouterr().out
    assert "✗" not in told
    assert told.count("✓") == 266
    assert "✓ the copy is completed, as a duplicate of the first" in told


def test_demo__a_merchant_with_a_wrong_fee__exits_1_and_says_what_was_expected(
    operators_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_demo(operators_stack, merchants_fee_basis_points=250) == 1
    told = capsys.readouterr().out
    assert "✗ the fee is 1.00 USD" in told
    assert "expected 100" in told
    assert "seen     125" in told


def test_demo__no_fee_at_all__exits_1(operators_stack: Stack) -> None:
    assert run_demo(operators_stack, merchants_fee_basis_points=0) == 1


@pytest.fixture
def scene(operators_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """For the chapters of a smaller day."""
    monkeypatch.setattr(business, "PAYMENTS_OF_EACH", 40)
    monkeypatch.setattr(settlements, "REFUNDS_AFTER", 5)
    console = Console(file=io.StringIO(), width=120)
    with Crowd(business.CLIENTS, operators_stack.api_url) as crowd:
        yield Scene(
            stack=operators_stack,
            database=operators_stack.open_database(),
            console=console,
            checks=Checks(console),
            crowd=crowd,
        )


def settle_a_day(scene: Scene) -> None:
    shop, other = scene.open_shop("One"), scene.open_shop("Other")
    declined = [str(_decline(other, key)) for key in ("a", "b")]
    shop.deposit(100_000, key="d")
    reply = shop.pay(PAYMENT_MINOR, key="first")
    stormed_id = str(shop.pay(1_234, key="second").member("id"))
    race = Race(
        shop=other,
        paid_key="",
        paid_id="",
        declined_key="",
        declined_id="",
        paid_ids=(),
        declined_ids=tuple(declined),
    )
    paid = Paid(payment_id=str(reply.member("id")), reply=reply)
    day = business.do_business(scene, shop, paid, stormed_id, race)
    settlements.settle_the_day(scene, open_desk(scene.stack, scene.database), day)


def _decline(shop: Shop, key: str) -> object:
    return shop.pay(2_000, key=key).member("payment_id")


def test_settlement__all_as_planted__goes_on(scene: Scene) -> None:
    settle_a_day(scene)
    assert scene.checks.failed == []


def test_settlement__a_break_is_not_as_planted__ends_the_story(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plant_another(**arguments: Any) -> list[Seed]:
        seeds = make_seeds(**arguments)
        return [replace(s, kind="fee_mismatch") if s.kind == "orphan_refund" else s for s in seeds]

    monkeypatch.setattr(settlements, "make_seeds", plant_another)
    with pytest.raises(StoryBrokenError):
        settle_a_day(scene)
    assert "its breaks are counted by kind" in scene.checks.failed
    assert any(one.startswith("fee_mismatch: rows") for one in scene.checks.failed)


def test_cards__all_goes_well__goes_on(scene: Scene) -> None:
    control, shop = Control(simulated_processor(scene)), scene.open_shop("Cards")
    told = cards.pay_by_card(scene, control, shop)
    assert scene.checks.failed == []
    paid = shop.payments([told.charged_id, told.captured_id, told.approved_id])
    assert [payment["status"] for payment in paid] == ["succeeded"] * 3


def test_cards__a_wrong_fee__ends_the_story(scene: Scene) -> None:
    control = Control(simulated_processor(scene))
    with pytest.raises(StoryBrokenError):
        cards.pay_by_card(
            scene, control, replace(scene, merchants_fee_basis_points=250).open_shop("X")
        )
    assert scene.checks.failed[0] == "it is answered 201, succeeded"


def test_crowd__the_processor_has_charged_otherwise__ends_the_story(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_another_amount(control: Control, *arguments: Any) -> Record:
        record = read_record(control, *arguments)
        first, *others = record.charges
        return replace(record, charges=({**first, "captured_minor": 1}, *others))

    read_record = Control.record
    monkeypatch.setattr(Control, "record", with_another_amount)
    monkeypatch.setattr(card_crowd, "MANNERS", (("pm_approve", 4, 201),))
    monkeypatch.setattr(card_crowd, "CLIENTS", business.CLIENTS)
    with pytest.raises(StoryBrokenError):
        card_crowd.crowd_the_processor(scene, Control(simulated_processor(scene)))
    assert scene.checks.failed == [
        "the processor has 4 charges: one of each payment, amounts equal"
    ]


def test_unknowns__nobody_held_the_events_back__ends_the_story(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Control, "holding_events_back", lambda _self: nullcontext())
    control, shop = Control(simulated_processor(scene)), scene.open_shop("Cards")
    with pytest.raises(StoryBrokenError):
        unknowns.lose_answers(scene, control, shop, "pay_none")
    assert scene.checks.failed[0] == "it is answered 202, processing"


def test_stripe__it_has_recorded_otherwise__ends_the_story(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_another_face(control: Control, *arguments: Any) -> Record:
        record = read_record(control, *arguments)
        return replace(record, charges=tuple({**c, "face": "paypal"} for c in record.charges))

    read_record = Control.record
    monkeypatch.setattr(Control, "record", with_another_face)
    control, shop = Control(simulated_processor(scene)), scene.open_shop("Stripe")
    with pytest.raises(StoryBrokenError):
        stripe_cards.pay_at_stripe(scene, control, shop)
    assert scene.checks.failed == ["the processor's own record agrees with all 4 payments"]


def test_paypal__what_it_posted_is_not_believed__ends_the_story(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_another(_sink: Sink, _text: str) -> list[Posted]:
        headers = {paypal.CERTIFICATE: "https://paypal.example"}
        return [Posted("/webhooks/paypal", headers, b'{"value":"70.00"}')]

    monkeypatch.setattr(Sink, "find", find_another)
    control, shop = Control(simulated_processor(scene)), scene.open_shop("PayPal")
    with pytest.raises(StoryBrokenError):
        paypal.pay_at_paypal(scene, control, shop)
    assert scene.checks.failed[0] == 'it is answered 200 {"received":true}'


def test_checkout__no_event_comes__ends_the_story(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "EVENT_SECONDS", 0.5)
    control, shop = Control(simulated_processor(scene)), scene.open_shop("Shoes")
    with control.holding_events_back(), pytest.raises(StoryBrokenError):
        checkout.check_out(scene, control, shop)
    assert scene.checks.failed == [
        "the event says so: the session is complete, the payment has succeeded"
    ]


def test_disputes__the_bank_decides_otherwise__ends_the_story(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide_otherwise(control: Control, dispute: dict[str, Any], _outcome: str) -> None:
        decide(control, dispute, "lost")

    decide = Control.decide
    monkeypatch.setattr(Control, "decide", decide_otherwise)
    monkeypatch.setattr(disputes, "EVENT_SECONDS", 3.0)
    control, shop = Control(simulated_processor(scene)), scene.open_shop("Disputes")
    with pytest.raises(StoryBrokenError):
        disputes.dispute(scene, control, shop)
    assert scene.checks.failed[0] == "the dispute of 50.00 USD is won"


def simulated_processor(scene: Scene) -> SimulatedProcessor:
    """Of the stack."""
    assert scene.stack.simulated_processor is not None
    return scene.stack.simulated_processor
