"""The reads of settlements: whole, in order, page by page, in few requests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncepay.domain.errors import NotFound
from oncepay.domain.settlement import BreakKind, Settlement
from oncepay.services import list_settlements as list_settlements_module
from oncepay.services.get_settlement import get_settlement
from oncepay.services.list_breaks import list_breaks
from oncepay.services.list_settlements import list_settlements
from oncepay.services.page import Slice
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database, Page
from tests.builders import NOW
from tests.stored_settlements import KEY, StoredSettlements, a_break

HOUR = timedelta(hours=1)


@pytest.fixture
def stored(database: Database, budget: Budget) -> StoredSettlements:
    return StoredSettlements(database, budget)


def month(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}-15T00:00:00Z")


def page_of(
    database: Database,
    *,
    source_key: str | None = None,
    limit: int = 100,
    after: str | None = None,
    now: datetime = NOW,
    budget: Budget | None = None,
) -> Slice[Settlement]:
    return list_settlements(
        source_key,
        limit=limit,
        after=after,
        now=now,
        database=database,
        budget=budget or Budget(60, sleep=lambda _: None),
    )


def listed(database: Database, **chosen: Any) -> list[list[str]]:
    """All pages, as ids."""
    pages, after = [], None
    while True:
        page = page_of(database, after=after, **chosen)
        pages.append([run.id for run in page.items])
        after = page.next_position
        if after is None:
            return pages


def flat(pages: list[list[str]]) -> list[str]:
    return [each for page in pages for each in page]


@pytest.fixture
def seven(stored: StoredSettlements) -> list[str]:
    """Runs of seven files in four months, two of them in one microsecond; newest first."""
    times = [
        month("2026-01"), month("2026-06"), month("2026-06") + HOUR, NOW - 2 * HOUR, NOW - HOUR,
        NOW, NOW,
    ]  # fmt: skip
    runs = [stored.begin(now, version_id=f"v{n}") for n, now in enumerate(times)]
    newest_first = sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)
    return [run.id for run in newest_first]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 100])
def test_list__every_page_size__shows_each_once_newest_first_over_the_months(
    database: Database, seven: list[str], limit: int
) -> None:
    pages = listed(database, limit=limit)
    assert flat(pages) == seven
    assert all(len(page) == limit for page in pages[:-1])
    assert len(pages) == -(-7 // limit)


def test_list__nothing_there__is_one_empty_page(database: Database, stored: Any) -> None:
    assert listed(database) == [[]]


def test_list__over_the_turn_of_the_year(database: Database, stored: StoredSettlements) -> None:
    old = stored.begin(datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), version_id="v1")
    new = stored.begin(datetime(2027, 1, 1, tzinfo=UTC), version_id="v2")
    assert flat(listed(database, now=month("2027-02"))) == [new.id, old.id]


def test_list__goes_back_to_the_first_month_and_no_further(
    database: Database, seven: list[str]
) -> None:
    budget = Budget(60, sleep=lambda _: None)
    page = page_of(database, budget=budget)
    assert page.next_position is None
    # November back to January, and the runs themselves.
    assert budget.usage.requests == 11 + 1


def test_list__page_filled_in_its_month__reads_no_other(
    database: Database, seven: list[str]
) -> None:
    budget = Budget(60, sleep=lambda _: None)
    assert len(page_of(database, limit=3, budget=budget).items) == 3
    assert budget.usage.requests == 1 + 1


def test_list__many_empty_months__answers_short_pages_with_a_position(
    database: Database, seven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_settlements_module, "MAX_READS_PER_PAGE", 2)
    pages = listed(database, now=month("2026-12"))
    assert pages == [seven[:4], [], [], seven[4:6], [], seven[6:]]


def test_list__long_after_the_last_run__reads_so_many_months_and_goes_on(
    database: Database, seven: list[str]
) -> None:
    budget = Budget(60, sleep=lambda _: None)
    page = page_of(database, now=month("2029-03"), budget=budget)
    assert (page.items, page.next_position) == ([], "2027-03~")
    # No run was found, and so none is read.
    assert budget.usage.requests == 24
    assert flat(listed(database, now=month("2029-03"))) == seven


def test_list__page_that_dynamodb_cut_short__goes_on_in_the_same_month(
    database: Database, seven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_pages_short(monkeypatch)
    assert flat(listed(database)) == seven


def test_list__a_new_run_while_paging__moves_nothing(
    database: Database, seven: list[str], stored: StoredSettlements
) -> None:
    first = page_of(database, limit=3)
    stored.begin(NOW + HOUR, version_id="v9")
    rest = page_of(database, after=first.next_position)
    assert [run.id for run in first.items] + [run.id for run in rest.items] == seven


def test_list__shows_each_as_it_is_now(database: Database, stored: StoredSettlements) -> None:
    run = stored.accept(stored.begin())
    stored.book(run, matched=2, breaks=(a_break(run.id, 3),))
    (shown,) = page_of(database).items
    assert (shown.booked, shown.version) == (3, 3)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_list_of_a_file__its_versions_newest_first_and_no_other_file(
    database: Database, stored: StoredSettlements, limit: int
) -> None:
    times = {"v1": month("2026-02"), "v3": NOW, "v2": NOW - HOUR}
    ids = {version: stored.begin(now, version_id=version).id for version, now in times.items()}
    stored.begin(NOW, key=KEY + "x")
    stored.begin(NOW, key=KEY[:-1])
    pages = listed(database, source_key=KEY, limit=limit)
    assert flat(pages) == [ids["v3"], ids["v2"], ids["v1"]]
    assert len(pages) == -(-3 // limit)


def test_list_of_a_file__takes_two_requests(database: Database, stored: StoredSettlements) -> None:
    stored.begin()
    budget = Budget(60, sleep=lambda _: None)
    assert len(page_of(database, source_key=KEY, budget=budget).items) == 1
    assert budget.usage.requests == 2


def test_list_of_a_file__name_as_long_as_s3_takes_it(
    database: Database, stored: StoredSettlements
) -> None:
    name = "incoming/" + "€" * 338 + "x"
    assert len(name.encode()) == 1024
    run = stored.begin(key=name)
    assert listed(database, source_key=name) == [[run.id]]


def test_list_of_a_file__name_of_nothing__is_empty(database: Database, seven: list[str]) -> None:
    assert listed(database, source_key="incoming/other.csv") == [[]]


def test_list_of_a_file__run_that_is_gone__is_left_out(
    database: Database, stored: StoredSettlements, dynamodb: Any, tables: dict[str, str]
) -> None:
    kept = stored.begin(NOW - HOUR, version_id="v1")
    gone = stored.begin(NOW, version_id="v2")
    dynamodb.delete_item(
        TableName=tables["settlements"], Key={"id": {"S": gone.id}, "part": {"S": "run"}}
    )
    assert listed(database, source_key=KEY) == [[kept.id]]


def test_get__a_run(database: Database, stored: StoredSettlements, budget: Budget) -> None:
    run = stored.begin()
    assert get_settlement(run.id, database=database, budget=budget) == run


def test_get__what_is_not_there(database: Database, budget: Budget) -> None:
    with pytest.raises(NotFound, match=r"^no such settlement$"):
        get_settlement("set_" + "a" * 26, database=database, budget=budget)


def breaks_of(
    run: Settlement, database: Database, *, limit: int = 100
) -> tuple[list[int], list[int]]:
    """Rows of all pages, and how many were on each."""
    rows, sizes, after = [], [], None
    while True:
        page = list_breaks(run.id, limit=limit, after=after, database=database, budget=Budget(60))
        rows += [found.row for found in page.items]
        sizes.append(len(page.items))
        after = page.next_position
        if after is None:
            return rows, sizes


@pytest.fixture
def broken(stored: StoredSettlements) -> Settlement:
    """A run with breaks at rows whose digits do not sort as the rows do."""
    run = stored.accept(stored.begin(), rows=2_000)
    other = stored.accept(stored.begin(version_id="v2"), sha256="b" * 64)
    stored.book(other, breaks=(a_break(other.id, 5),))
    return stored.book(run, matched=9, breaks=tuple(a_break(run.id, n) for n in (9, 2, 1000, 10)))


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (4, [4]), (100, [4])]
)
def test_breaks__every_page_size__shows_each_once_by_row(
    database: Database, broken: Settlement, limit: int, sizes: list[int]
) -> None:
    assert breaks_of(broken, database, limit=limit) == ([2, 9, 10, 1000], sizes)


def test_breaks__page_that_dynamodb_cut_short__goes_on(
    database: Database, broken: Settlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_pages_short(monkeypatch)
    assert breaks_of(broken, database)[0] == [2, 9, 10, 1000]


def test_breaks__are_as_they_were_stored(database: Database, stored: StoredSettlements) -> None:
    run = stored.accept(stored.begin())
    facts = {"line": 7, "column": "amount_minor", "value": "12.50"}
    found = a_break(run.id, 6, kind=BreakKind.REJECTED_ROW, payment_id=None, found=facts)
    stored.book(run, breaks=(found,))
    page = list_breaks(run.id, limit=1, after=None, database=database, budget=Budget(60))
    assert page.items == [found]


def test_breaks__of_a_run_without__are_none(database: Database, stored: StoredSettlements) -> None:
    assert breaks_of(stored.begin(), database) == ([], [0])


def test_breaks__of_no_run__is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match=r"^no such settlement$"):
        list_breaks("set_" + "a" * 26, limit=1, after=None, database=database, budget=Budget(60))


def cut_pages_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every item had half a megabyte: a page has two, whatever was asked for."""
    query_page = Database.query_page

    def query_two(self: Database, *args: Any, **kwargs: Any) -> Page:
        return query_page(self, *args, **kwargs | {"limit": min(2, kwargs["limit"])})

    monkeypatch.setattr(Database, "query_page", query_two)
