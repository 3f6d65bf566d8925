"""The back door, against a processor that really runs."""

from collections.abc import Iterator

import pytest

from ops.demo.control import Control, ControlError, approve_on_page
from ops.demo.http_client import HttpClient
from ops.simulated.credentials import credentials_of
from ops.simulated.server import SimulatedProcessor as Running
from ops.simulated.server import running_simulated_processor
from ops.stack import SimulatedProcessor
from tests.simulated.client import HandClock

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def processor(clock: HandClock) -> Iterator[Running]:
    with running_simulated_processor(clock=clock) as running:
        yield running


@pytest.fixture
def control(processor: Running) -> Control:
    return Control(SimulatedProcessor(url=processor.url, secret=processor.secret))


def test_record__of_a_charge_by_hand__has_it_under_no_key_of_ours(control: Control) -> None:
    charge = control.charge_by_hand("pay_1", 4_000, currency="USD")
    control.charge_by_hand("pay_2", 4_000, currency="USD")
    record = control.record(["pay_1"])
    assert [one["id"] for one in record.charges] == [charge["id"]]
    assert record.statuses_sent("by-hand-pay_1") == [201]
    assert record.statuses_sent("pay_1") == []
    assert len(control.record().charges) == 2


def test_clock__runs_ahead__and_goes_back(
    control: Control, processor: Running, clock: HandClock
) -> None:
    with control.running_ahead(61):
        assert (processor.engine.now() - clock.now).total_seconds() == 61
    assert processor.engine.now() == clock.now


def test_events__are_held_back__and_go_afterwards(control: Control, processor: Running) -> None:
    with control.holding_events_back():
        assert processor.outbox.webhooks.enabled is False
    assert processor.outbox.webhooks.enabled is True


def test_events__are_held_back__and_the_story_breaks__go_afterwards(
    control: Control, processor: Running
) -> None:
    with pytest.raises(ControlError), control.holding_events_back():
        raise ControlError("the story broke")
    assert processor.outbox.webhooks.enabled is True


def test_events__sent_twice__are_two_deliveries_of_one(control: Control) -> None:
    with control.sending_twice():
        control.charge_by_hand("pay_1", 4_000, currency="USD")
    control.charge_by_hand("pay_2", 4_000, currency="USD")
    first, second = control.events("pay_1")
    assert first["event"]["id"] == second["event"]["id"]
    assert len(control.events("pay_2")) == 1
    assert control.flush() == 3


def test_wrong_secret__is_said_in_a_line(processor: Running) -> None:
    control = Control(SimulatedProcessor(url=processor.url, secret="another"))
    with pytest.raises(ControlError, match="answered GET /control/record 401"):
        control.record()


def test_page__without_a_button__is_said_in_a_line(processor: Running, control: Control) -> None:
    charge = control.charge_by_hand("pay_1", 4_000, currency="USD")
    with pytest.raises(ControlError, match="has nothing to approve"):
        approve_on_page(f"{processor.url}/action/{charge['id']}")


def test_record__of_another_face__has_the_key_as_it_was_sent(
    processor: Running, control: Control
) -> None:
    form = b"amount=5000&currency=usd&confirm=true&payment_method=pm_approve"
    form += b"&metadata[payment_id]=p&return_url=https://shop.example"
    sent = HttpClient(processor.url, credentials_of(processor.secret).stripe_api_key).call(
        "POST", "/stripe/v1/payment_intents", body=form, key="pay_1", extra=FORM
    )
    assert sent.status == 200
    record = control.record(["p"])
    assert [(one["face"], one["idempotency_key"]) for one in record.charges] == [
        ("stripe", "pay_1")
    ]
    assert record.statuses_sent("pay_1") == [201]


def test_charge_of__none__is_said_in_a_line(control: Control) -> None:
    with pytest.raises(ControlError, match="has 0 of pay_1"):
        control.charge_of("pay_1")


def test_dispute__is_opened_and_decided__by_the_payers_bank(control: Control) -> None:
    control.charge_by_hand("pay_1", 4_000, currency="USD")
    dispute = control.dispute("pay_1")
    assert (dispute["amount_minor"], dispute["status"]) == (4_000, "open")
    control.decide(dispute, "won")
    types = [one["event"]["type"] for one in control.events("pay_1")]
    assert types[-2:] == ["dispute.opened", "dispute.won"]


def test_payout__is_told_by_an_event_of_stripe(control: Control) -> None:
    event_id = control.pay_out_at_stripe(500, currency="USD").event_id
    [told] = control.events(event_id)
    assert told["event"]["type"] == "payout.paid"


def test_paypals_webhooks__go_elsewhere__and_back(processor: Running, control: Control) -> None:
    processor.outbox.configure(paypal_url="http://127.0.0.1/usual")
    with control.sending_paypals_to("http://127.0.0.1/elsewhere"):
        assert processor.outbox.webhooks.paypal_url == "http://127.0.0.1/elsewhere"
    assert processor.outbox.webhooks.paypal_url == "http://127.0.0.1/usual"
