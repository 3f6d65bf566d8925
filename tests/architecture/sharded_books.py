"""A merchant whose book has shards: what makes functions look at all of them."""

from datetime import UTC, datetime

import pytest

from oncepay.services.add_merchant import add_merchant
from oncepay.services.grow_shards import grow_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.architecture.recorder import Recorder
from tests.architecture.test_policies_in_use import paid
from tests.builders import World
from tests.events import an_authorizer
from tests.processor_handlers import ProcessorHandlers

SHARDS = 4


def pay_out_of_every_shard(handlers: ProcessorHandlers, currency: str) -> None:
    """A deposit, and a payment that leaves nothing of it: no shard has enough for it alone; then
    one more, for which all together have not enough.
    """
    hot = an_authorizer(shards=str(SHARDS))
    deposit = {"amount_minor": 400, "currency": currency}
    deposited = handlers.post("/v1/deposits", deposit, key=f"in {currency}", authorizer=hot)
    assert deposited.status == 201
    # With its fee, 400.
    payment = paid(393) | {"currency": currency}
    taken = handlers.post("/v1/payments", payment, key=f"out {currency}", authorizer=hot)
    assert taken.status == 201
    short = handlers.post("/v1/payments", payment, key=f"short {currency}", authorizer=hot)
    assert short.status == 402


def dispute_the_last_charge(handlers: ProcessorHandlers) -> None:
    """Its payer wants the money back."""
    charge, _ = handlers.processor.engine.record()[-1]
    handlers.processor.engine.open_dispute(charge.id, 100, "fraudulent")


def a_dispute_of_what_is_not_there(
    handlers: ProcessorHandlers, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a book whose shards are all empty."""
    pay_out_of_every_shard(handlers, "USD")
    assert handlers.charge(key="disputed").json["status"] == "succeeded"
    handlers.events()
    dispute_the_last_charge(handlers)
    with recorder.recording(monkeypatch):
        assert [reply.status for reply in handlers.deliver()] == [200]


def a_merchant_to_level(database: Database) -> None:
    """Whose money came into one shard."""
    now, budget = datetime.now(UTC), Budget(9)
    merchant = add_merchant(
        name="Hot", fee_basis_points=None, database=database, now=now, budget=budget
    )
    grow_shards(merchant.id, SHARDS, database=database, now=now, budget=budget)
    World(database).deposit(merchant_id=merchant.id)
