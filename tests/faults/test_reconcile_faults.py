"""Every fault in every DynamoDB request of a settlement run: the run ends as it ends in peace, in
one go or when it is called again, and no row is lost, doubled or booked by halves.
"""

from collections.abc import Callable
from typing import Any

import pytest

from oncepay.api.settlement_results import settlement_result_json
from oncepay.domain.errors import InternalError, OutcomeUnknown, RateLimited, StorageUnavailable
from oncepay.services import book_rows
from oncepay.services.reconcile_file import Ending, Reconciled, Tools, reconcile_file
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database, Endpoint, open_database
from oncepay.storage.objects import ObjectStore
from tests import wire as faults
from tests.faults.settlement_case import ROWS_PER_WRITE, Case, a_budget, a_clock, drop_case
from tests.thoroughness import every_third
from tests.wire import Fault, Wire

type Take = Callable[..., Reconciled]

# What the run asks of DynamoDB: the items of each transaction, or the name of the read. Begin;
# claim; then for each chunk its payments, and the chunk. A payment of which a refund is settled is
# read whole; rows that could settle nothing are looked for among those that were booked. In the
# end the breaks and payouts are read for the results, and the run knows that these are there.
REQUESTS: tuple[int | str, ...] = (
    *(2, 3),
    *("Query", "BatchGetItem", 3),
    *("BatchGetItem", "BatchGetItem", 3),
    *("BatchGetItem", "BatchGetItem", 3),
    *("Query", "BatchGetItem", 1),
)


@pytest.fixture(scope="module")
def database(wire_of_session: Wire, module_tables: dict[str, str]) -> Database:
    endpoint = Endpoint(
        region="us-east-1",
        url=wire_of_session.url,
        access_key_id="test",
        secret_access_key="test",
    )
    return open_database(module_tables, endpoint)


@pytest.fixture(scope="module")
def objects(upstream: str) -> ObjectStore:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_S3", upstream)
        store = ObjectStore()
        assert store._client
    return store


@pytest.fixture
def case(
    database: Database,
    settlement_bucket: Any,
    client: Any,
    module_tables: dict[str, str],
    wire: Wire,
) -> Case:
    dropped = drop_case(settlement_bucket, database, client, module_tables)
    wire.clear()
    return dropped


@pytest.fixture
def take(
    case: Case, database: Database, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> Take:
    """Lets a worker take the file."""
    monkeypatch.setattr(book_rows, "MAX_ACTIONS", ROWS_PER_WRITE)
    clock = a_clock()

    def take(budget: Budget | None = None) -> Reconciled:
        tools = Tools(
            objects=objects,
            database=database,
            processors={},
            tolerance_minor=0,
            summarize=settlement_result_json,
            clock=clock,
            budget=budget or a_budget(),
        )
        return reconcile_file(case.source, tools)

    return take


def single_faults() -> list[Any]:
    """Every fault of every request, and of every item of a transaction."""
    found = []
    for index, request in enumerate(REQUESTS):
        kinds = [Fault(kind) for kind in faults.ANYWHERE]
        if isinstance(request, int):
            kinds.append(Fault(faults.IN_PROGRESS))
            for position in range(request):
                kinds.append(Fault(faults.CONFLICT, position))
                kinds.append(Fault(faults.THROTTLED_ITEM, position))
        else:
            kinds.append(Fault(faults.REPLY_EMPTY))
        found += [pytest.param(index, fault, id=f"{index}-{fault}") for fault in kinds]
    return found


def test_run__in_peace__makes_these_requests_and_ends_so(
    case: Case, take: Take, wire: Wire
) -> None:
    assert take().ending is Ending.DONE
    made = [
        len(body["TransactItems"]) if name == "TransactWriteItems" else name
        for name, body in wire.requests
    ]
    assert made == list(REQUESTS)
    case.check_end()


@pytest.mark.parametrize(("index", "fault"), every_third(single_faults()))
def test_run__one_fault__ends_the_same_in_one_go(
    case: Case, take: Take, wire: Wire, index: int, fault: Fault
) -> None:
    wire.script = [None] * index + [fault]
    assert take().ending is Ending.DONE
    assert wire.fired == [fault]
    assert len(wire.requests) == len(REQUESTS) + 1
    case.check_end()


LASTING_ON_WRITES = (
    faults.REQUEST_LOST,
    faults.REPLY_LOST,
    faults.SERVER_ERROR_AFTER,
    faults.THROTTLED,
    faults.CONFLICT,
)
LASTING_ON_READS = (faults.REPLY_LOST, faults.THROTTLED)


def lasting_faults() -> list[Any]:
    found = []
    for index, request in enumerate(REQUESTS):
        kinds = LASTING_ON_WRITES if isinstance(request, int) else LASTING_ON_READS
        found += [pytest.param(index, kind, id=f"{index}-{kind}") for kind in kinds]
    return found


@pytest.mark.parametrize(("index", "kind"), every_third(lasting_faults()))
def test_run__fault_that_lasts__ends_the_same_when_called_again(
    case: Case, take: Take, wire: Wire, index: int, kind: str
) -> None:
    wire.script = [None] * index
    # The first item, which every transaction has.
    wire.always = Fault(kind, 0)
    assert take_in_vain(take)
    assert len(wire.fired) > 2
    case.check_half()
    wire.clear()
    assert take().ending is Ending.DONE
    case.check_end()


def take_in_vain(take: Take) -> bool:
    """Whether a worker that gets no answer says that the file is not done: either way it comes
    again."""
    try:
        # The clock ticks at each look, of which a request takes several.
        return take(a_budget(30)).ending is Ending.UNFINISHED
    except (OutcomeUnknown, RateLimited, StorageUnavailable):
        return True


@pytest.mark.parametrize("index", range(len(REQUESTS)))
def test_run__refused_for_good__fails_at_once_and_ends_the_same_when_called_again(
    case: Case, take: Take, wire: Wire, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "ANSWERED_400", ("AccessDeniedException",))
    wire.script = [None] * index + [Fault("AccessDeniedException")]
    with pytest.raises(InternalError):
        take()
    assert len(wire.requests) == index + 1
    case.check_half()
    wire.clear()
    assert take().ending is Ending.DONE
    case.check_end()


@pytest.mark.parametrize("write", [i for i, r in enumerate(REQUESTS) if isinstance(r, int)])
def test_write__sent_again__is_the_same_request_with_one_token(
    case: Case, take: Take, wire: Wire, write: int
) -> None:
    wire.script = [None] * write + [
        Fault(faults.REPLY_LOST), Fault(faults.CONFLICT, 1), Fault(faults.THROTTLED),
    ]  # fmt: skip
    take()
    again = [body for _, body in wire.requests[write : write + 4]]
    assert again == [again[0]] * 4
    assert len(again[0]["ClientRequestToken"]) == 32
    case.check_end()


def test_run__every_worker_is_cut_off_after_its_next_step__ends_the_same(
    case: Case, take: Take, wire: Wire
) -> None:
    workers = 0
    for _ in REQUESTS:
        wire.clear()
        # The announcement, which is known but to the first; what it does next is done unheard.
        wire.script = [None]
        wire.always = Fault(faults.REPLY_LOST)
        workers += take_in_vain(take)
        case.check_half()
    assert workers > 1
    wire.clear()
    assert take().ending is Ending.DONE
    case.check_end()
