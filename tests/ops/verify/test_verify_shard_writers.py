"""What the services really write of books with several shards satisfies verify, after each step."""

from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.domain.api_key import Merchant
from oncepay.services.grow_shards import grow_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.directory import MERCHANT as MERCHANT_LABEL
from oncepay.storage.directory import merchant_item
from oncepay.storage.transactions import Transaction
from ops.verify.findings import Rule
from tests.builders import MERCHANT, NOW, World, id_of
from tests.dropped_files import Drop, a_line
from tests.ops.verify.test_verify_card_writers import Story, usd_of
from tests.ops.verify.test_verify_dispute_writers import LOST, OPENED, WON, tell_of_dispute
from tests.processor_world import running_world

FOUR = 4


class HotStory(Story):
    """A merchant whose books have four shards."""

    def grow(self, shards: int) -> None:
        """As `oncepay shards` does."""
        grow_shards(
            MERCHANT,
            shards,
            database=self.world.database,
            now=self.world.clock(),
            budget=Budget(60, sleep=lambda _: None),
        )

    def sweep(self) -> None:
        """The sweep comes a minute later."""
        self.world.advance(60)
        self.step(self.world.sweep)


@pytest.fixture
def story(dynamodb: Any, tables: dict[str, str], database: Database) -> Iterator[HotStory]:
    """A story that begins."""
    transaction = Transaction()
    merchant = Merchant(id=MERCHANT, name="Hot", fee_basis_points=None, created_at=NOW)
    transaction.put(MERCHANT_LABEL, merchant_item(merchant))
    assert database.write(transaction, Budget(60)) is None
    with running_world(database) as world:
        world.shards = FOUR
        story = HotStory(world, tables, dynamodb)
        story.step(lambda: story.grow(FOUR))
        yield story


@pytest.fixture
def shop(database: Database) -> World:
    return World(database)


def test_verify__payments_over_shards__are_clean_at_every_step(
    story: HotStory, shop: World
) -> None:
    story.step(lambda: shop.deposit(40_003, shards=FOUR))
    paid = [id_of(shop.pay(100, key=f"key-{number}", shards=FOUR)) for number in range(8)]
    large = story.step(lambda: shop.pay(25_000, key="large", shards=FOUR))
    assert large.answer.status_code == 201
    assert story.step(lambda: shop.pay(10**6, key="x", shards=FOUR)).answer.status_code == 402
    story.step(lambda: shop.refund(paid[0], 40))
    story.step(lambda: shop.refund(id_of(large), 20_000, key="refund-2"))
    story.sweep()
    story.step(lambda: story.grow(8))
    story.step(lambda: shop.deposit(700, key="deposit-2", shards=8))
    # One that has not heard of it yet.
    story.step(lambda: shop.deposit(9_000, key="deposit-3"))
    story.sweep()
    report = story.prove()
    assert report.checked[Rule.I2] == 8
    held = 40_003 - 8 * 102 - 25_500 + 40 + 20_000 + 700 + 9_000
    assert usd_of(report).held_minor == held


@pytest.mark.parametrize(("end", "held"), [(WON, 11_350), (LOST, 8_850)])
def test_verify__dispute_of_several_shards__is_clean_at_every_step(
    story: HotStory, shop: World, end: str, held: int
) -> None:
    shop.deposit(4_000, shards=FOUR)
    story.step(story.world.charge)
    tell_of_dispute(story, OPENED, amount_minor=2_500)
    story.sweep()
    tell_of_dispute(story, end, amount_minor=2_500)
    story.sweep()
    story.step(lambda: shop.deposit(2_450, key="deposit-2", shards=FOUR))
    assert usd_of(story.prove()).held_minor == held


@pytest.mark.parametrize("type", [OPENED, LOST])
def test_verify__dispute_that_drains_every_shard__is_clean_at_every_step(
    story: HotStory, shop: World, type: str
) -> None:
    shop.deposit(4_000, shards=FOUR)
    story.step(lambda: story.world.charge(amount_minor=9_000))
    tell_of_dispute(story, type, amount_minor=9_000)
    story.step(lambda: shop.deposit(700, key="deposit-2", shards=FOUR))
    story.sweep()
    story.step(lambda: shop.deposit(9_000, key="deposit-3"))
    story.sweep()
    held = 4_000 + 8_820 + 700 + 9_000 - (9_000 if type == LOST else 0)
    assert usd_of(story.prove()).held_minor == held


def test_verify__refunds_of_what_was_settled__take_from_several_shards_and_are_clean(
    story: HotStory, shop: World, tables: dict[str, str], database: Database
) -> None:
    world, drop = story.world, Drop(database, tables)
    paid = world.charge("approve__refund_pending").payment_id
    drop.now = world.clock()
    story.step(lambda: drop.settle(a_line(paid)))
    shop.deposit(4_000, shards=FOUR)
    pay = lambda: shop.pay(5_000, key="key-1", shards=FOUR, fee_basis_points=0)  # noqa: E731
    assert story.step(pay).answer.status_code == 201
    assert story.step(lambda: world.refund(paid, 3_000)).json["status"] == "pending"
    world.advance(61)
    story.step(world.deliver_events)
    story.at_dashboard("refund", 800)
    story.step(world.deliver_events)
    assert usd_of(story.prove()).held_minor == 4_900 + 4_000 - 5_000 - 3_000 - 800
