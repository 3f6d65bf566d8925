"""The reads: whole, in order, page by page, and never another merchant's."""

from datetime import timedelta

import pytest

from oncepay.domain.errors import NotFound
from oncepay.services import list_payments as list_payments_module
from oncepay.services.get_payment import get_payment
from oncepay.services.list_balances import list_balances
from oncepay.services.list_ledger_entries import EntryFilter, list_ledger_entries
from oncepay.services.list_payments import PaymentFilter, list_payments
from tests.builders import DAY, MERCHANT, NOW, STRANGER, World, id_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ten(world: World) -> list[str]:
    """Ten payments a minute apart, 100 to 1000 minor units; newest first."""
    world.deposit(100_000)
    ids = [
        id_of(world.pay(100 * n, key=f"p{n}", now=NOW + n * MINUTE, customer_id=f"c{n % 2}"))
        for n in range(1, 11)
    ]
    return ids[::-1]


def listed(
    world: World, chosen: PaymentFilter | None = None, *, limit: int = 100, who: str = MERCHANT
) -> list[list[str]]:
    """All pages, as ids."""
    pages, after = [], None
    while True:
        page = list_payments(
            who,
            chosen or PaymentFilter(),
            limit=limit,
            after=after,
            database=world.database,
            budget=world.budget,
        )
        pages.append([payment.id for payment in page.items])
        after = page.next_position
        if after is None:
            return pages


def test_get__payment_in_full(world: World) -> None:
    world.deposit(100_000)
    payment_id = id_of(world.pay())
    world.refund(payment_id, 1_000, key="a", now=NOW + MINUTE)
    world.refund(payment_id, 2_000, key="b", now=NOW + 2 * MINUTE)
    found = get_payment(MERCHANT, payment_id, database=world.database, budget=world.budget)
    assert (found.payment.refunded_minor, found.payment.version) == (3_000, 3)
    assert [refund.amount_minor for refund in found.refunds] == [1_000, 2_000]
    assert [entry.kind for entry in found.entries] == ["payment", "refund", "refund"]
    assert all(entry.payment_id == payment_id for entry in found.entries)


@pytest.mark.parametrize("who", [STRANGER, MERCHANT], ids=["not yours", "not there"])
def test_get__not_yours_or_not_there__is_the_same(world: World, who: str) -> None:
    world.deposit(100_000)
    payment_id = id_of(world.pay())
    with pytest.raises(NotFound, match=r"^no such payment$"):
        get_payment(
            who,
            payment_id if who == STRANGER else "pay_nobody",
            database=world.database,
            budget=world.budget,
        )


def test_get__a_deposit_by_its_id__is_no_payment(world: World) -> None:
    deposit_id = id_of(world.deposit())
    with pytest.raises(NotFound):
        get_payment(MERCHANT, deposit_id, database=world.database, budget=world.budget)


@pytest.mark.parametrize("limit", [1, 3, 5, 9, 10, 11, 100])
def test_list__every_page_size__shows_each_once_newest_first(
    world: World, ten: list[str], limit: int
) -> None:
    pages = listed(world, limit=limit)
    assert [payment_id for page in pages for payment_id in page] == ten
    assert all(len(page) == limit for page in pages[:-1])
    assert len(pages) == max(1, -(-10 // limit))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (PaymentFilter(status="succeeded"), range(10)),
        (PaymentFilter(status="declined"), []),
        (PaymentFilter(currency="EUR"), []),
        (PaymentFilter(currency="USD", customer_id="c0"), [0, 2, 4, 6, 8]),
        (PaymentFilter(min_amount=900), [0, 1]),
        (PaymentFilter(max_amount=200), [8, 9]),
        (PaymentFilter(min_amount=300, max_amount=300), [7]),
        (PaymentFilter(created_from=NOW + 9 * MINUTE), [0, 1]),
        (PaymentFilter(created_to=NOW + 2 * MINUTE), [9]),
        (PaymentFilter(created_from=NOW + 2 * MINUTE, created_to=NOW + 4 * MINUTE), [7, 8]),
        (PaymentFilter(created_from=NOW + 4 * MINUTE, created_to=NOW + 2 * MINUTE), []),
        (PaymentFilter(created_from=NOW + DAY), []),
    ],
    ids=lambda value: None if isinstance(value, list | range) else "filter",
)
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_list__filter__shows_what_fits(
    world: World, ten: list[str], chosen: PaymentFilter, expected: list[int], limit: int
) -> None:
    pages = listed(world, chosen, limit=limit)
    assert [i for page in pages for i in page] == [ten[position] for position in expected]


def test_list__filter_that_matches_little__answers_short_pages_with_a_cursor(
    world: World, ten: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_payments_module, "MAX_READS_PER_PAGE", 1)
    monkeypatch.setattr(list_payments_module, "READ_SIZE", 3)
    pages = listed(world, PaymentFilter(max_amount=100), limit=1)
    assert pages[0] == []
    assert [i for page in pages for i in page] == [ten[9]]


def test_list__page_beyond_the_bytes_that_fit__is_cut_and_goes_on(
    world: World, ten: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_payments_module, "MAX_PAGE_BYTES", 1_500)
    pages = listed(world, limit=100)
    assert [i for page in pages for i in page] == ten
    assert {len(page) for page in pages[:-1]} <= {1, 2, 3}
    monkeypatch.setattr(list_payments_module, "MAX_PAGE_BYTES", 1)
    assert [len(page) for page in listed(world, limit=100)] == [1] * 10


def test_list__another_merchant__sees_nothing(world: World, ten: list[str]) -> None:
    assert listed(world, who=STRANGER) == [[]]


def test_balances__by_currency__page_by_page(world: World) -> None:
    for number, currency in enumerate(["USD", "EUR", "BTC"]):
        world.deposit(1_000 + number, currency=currency, key=currency)
    world.pay(100, currency="EUR")
    world.deposit(7, merchant_id=STRANGER)
    found, after = [], None
    for _ in range(3):
        page = list_balances(
            MERCHANT, limit=1, after=after, database=world.database, budget=world.budget
        )
        found += [(b.currency, b.available_minor, b.pending_minor) for b in page.items]
        after = page.next_position
    assert found == [("BTC", 1_002, 0), ("EUR", 1_001 - 102, 0), ("USD", 1_000, 0)]
    assert after is None


def test_statement__all_currencies__newest_first_page_by_page(world: World) -> None:
    for number, currency in enumerate(["USD", "EUR", "USD", "EUR", "BTC"]):
        world.deposit(1 + number, currency=currency, key=f"d{number}", now=NOW + number * MINUTE)
    world.deposit(99, merchant_id=STRANGER)
    found, after = [], None
    for _ in range(3):
        page = list_ledger_entries(
            MERCHANT,
            EntryFilter(),
            limit=2,
            after=after,
            database=world.database,
            budget=world.budget,
        )
        found += [entry.change_of("available") for entry in page.items]
        after = page.next_position
    assert found == [5, 4, 3, 2, 1]
    assert after is None


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (EntryFilter(currency="EUR"), [4, 2]),
        (EntryFilter(currency="GBP"), []),
        (EntryFilter(created_from=NOW + 3 * MINUTE), [5, 4]),
        (EntryFilter(created_to=NOW + 1 * MINUTE), [1]),
        (EntryFilter(created_from=NOW + MINUTE, created_to=NOW), []),
    ],
    ids=["currency", "currency never used", "from", "to", "empty period"],
)
def test_statement__filter__shows_what_fits(
    world: World, chosen: EntryFilter, expected: list[int]
) -> None:
    for number, currency in enumerate(["USD", "EUR", "USD", "EUR", "BTC"]):
        world.deposit(1 + number, currency=currency, key=f"d{number}", now=NOW + number * MINUTE)
    page = list_ledger_entries(
        MERCHANT, chosen, limit=100, after=None, database=world.database, budget=world.budget
    )
    assert [entry.change_of("available") for entry in page.items] == expected
