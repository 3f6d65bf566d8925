"""What if S3 or the queue fails while a settlement file is worked on? Through the handler: the
message comes again, nothing of the file was lost or booked twice, and it ends as it ends in peace.
"""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.retries.standard import ExponentialBackoff

from oncepay.domain.settlement_formats import unpacking
from oncepay.services import book_rows, measure_file
from oncepay.services.reconcile_file import MAX_ATTEMPTS
from oncepay.storage import objects
from oncepay.storage.database import Database, Endpoint, open_database
from tests.events import LambdaContext, load_function, set_environment
from tests.faults import side_wire as faults
from tests.faults.conftest import KEYS
from tests.faults.settlement_case import LAST_VERSION, ROWS, ROWS_PER_WRITE, Case, drop_case
from tests.faults.side_wire import SideFault, SideWire, open_side_wire

type Handle = Callable[..., list[str]]

DONE: list[str] = []
COMES_AGAIN = ["message"]
READINGS = [pytest.param(0, id="first_reading"), pytest.param(1, id="second_reading")]
# Of S3: the file is read twice, and two results are put.
REQUESTS = 4
RESULTS = ["breaks.csv", "summary.json"]
PUTS = [pytest.param(2, id="breaks"), pytest.param(3, id="summary")]
# In the header; in the first row; behind the first chunk; in the last row. The file has some 480.
POSITIONS = (0, 40, 100, 250, 450)
BROKEN = [
    SideFault(kind, position)
    for kind in (faults.BODY_CUT, faults.BODY_RESET)
    for position in POSITIONS
]
NOT_ANSWERED = [
    SideFault(kind)
    for kind in (
        faults.REQUEST_LOST,
        faults.REPLY_LOST,
        faults.SLOW_DOWN,
        faults.SERVER_ERROR,
    )
]


@pytest.fixture(scope="module")
def database(upstream: str, module_tables: dict[str, str]) -> Database:
    """Past the wire: here it is not DynamoDB that fails."""
    endpoint = Endpoint(
        region="us-east-1", url=upstream, access_key_id="test", secret_access_key="test"
    )
    return open_database(module_tables, endpoint)


@pytest.fixture(scope="module")
def side_of_module(upstream: str) -> Iterator[SideWire]:
    with open_side_wire(upstream) as wire:
        yield wire


@pytest.fixture
def side(side_of_module: SideWire) -> SideWire:
    side_of_module.clear()
    return side_of_module


@pytest.fixture(scope="module")
def queue_url(upstream: str) -> str:
    url: str = sqs(upstream).create_queue(QueueName="settlement-faults")["QueueUrl"]
    return url


def sqs(upstream: str) -> Any:
    return boto3.client("sqs", endpoint_url=upstream, **KEYS)


@pytest.fixture(scope="module")
def environment(
    upstream: str, side_of_module: SideWire, module_tables: dict[str, str], queue_url: str
) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        set_environment(patched, module_tables, SETTLEMENT_QUEUE_URL=queue_url)
        patched.setenv("AWS_ENDPOINT_URL_DYNAMODB", upstream)
        patched.setenv("AWS_ENDPOINT_URL_S3", side_of_module.url)
        patched.setenv("AWS_ENDPOINT_URL_SQS", side_of_module.url)
        # botocore would wait for a second before it asks again.
        patched.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
        yield


@pytest.fixture(scope="module")
def function(environment: None) -> ModuleType:
    return load_function("reconcile")


@pytest.fixture
def case(
    settlement_bucket: Any, database: Database, client: Any, module_tables: dict[str, str]
) -> Case:
    return drop_case(settlement_bucket, database, client, module_tables)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that rows are booked before the stream breaks off."""
    monkeypatch.setattr(book_rows, "MAX_ACTIONS", ROWS_PER_WRITE)
    monkeypatch.setattr(book_rows, "BUFFER_BYTES", 64)
    monkeypatch.setattr(measure_file, "BUFFER_BYTES", 64)
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", 64)


@pytest.fixture
def handle(function: ModuleType, case: Case) -> Handle:
    """Hands the file's message to the function; returns the messages that are to come again."""

    def handle(module: ModuleType = function, remaining_ms: int = 300_000) -> list[str]:
        event = {"Records": [a_message(case)]}
        answer = module.handler(event, LambdaContext(remaining_ms))
        return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]

    return handle


def a_message(case: Case) -> dict[str, Any]:
    return {
        "messageId": "message",
        "eventSource": "aws:sqs",
        "body": json.dumps({"Records": [a_record(case)]}),
    }


def a_record(case: Case) -> dict[str, Any]:
    source = case.source
    stored = {"key": source.key, "versionId": source.version_id, "eTag": source.etag}
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": source.bucket}, "object": stored},
    }


def test_file__in_peace__is_read_twice_and_that_very_version(
    case: Case, handle: Handle, side: SideWire
) -> None:
    assert handle() == DONE
    read = f"GET /{case.source.bucket}/{case.source.key}?versionId={case.source.version_id}"
    put = f"PUT /{case.source.bucket}/results/{case.run_id}"
    assert side.requests == [read, read, f"{put}/breaks.csv", f"{put}/summary.json"]
    case.check_end()


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("fault", BROKEN, ids=str)
def test_stream__broken_off_once__is_taken_up_at_once(
    case: Case, handle: Handle, side: SideWire, fault: SideFault, reading: int
) -> None:
    side.script = [None] * reading + [fault]
    assert handle() == DONE
    assert side.fired == [fault]
    assert len(side.requests) == REQUESTS + 1
    case.check_end()


def gave_up_in_time(attempts: int) -> bool:
    """Whether it tried more than once, and not for ever: what it writes in between may earn it
    another try."""
    return MAX_ATTEMPTS <= attempts <= MAX_ATTEMPTS + LAST_VERSION


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("fault", BROKEN, ids=str)
def test_stream__broken_off_each_time__comes_again_and_ends_the_same(
    case: Case, handle: Handle, side: SideWire, fault: SideFault, reading: int
) -> None:
    side.script = [None] * reading
    side.always = fault
    assert handle() == COMES_AGAIN
    assert gave_up_in_time(len(side.fired))
    case.check_half()
    # Whole chunks before the break are booked; the first reading books nothing.
    before = case.content[: fault.after_bytes].count(b"\n") - 1
    assert case.booked() <= (max(0, before) if reading else 0)
    side.clear()
    assert handle() == DONE
    case.check_end()


def test_stream__broken_off_behind_the_first_chunk__has_booked_it(
    case: Case, handle: Handle, side: SideWire
) -> None:
    side.script = [None]
    side.always = SideFault(faults.BODY_CUT, 450)
    assert handle() == COMES_AGAIN
    assert case.booked() == 4


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("fault", NOT_ANSWERED, ids=str)
def test_s3__fails_once__is_asked_again(
    case: Case, handle: Handle, side: SideWire, fault: SideFault, reading: int
) -> None:
    side.script = [None] * reading + [fault]
    assert handle() == DONE
    assert len(side.requests) == REQUESTS + 1
    case.check_end()


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("fault", NOT_ANSWERED, ids=str)
def test_s3__fails_each_time__the_message_comes_again_and_ends_the_same(
    case: Case, handle: Handle, side: SideWire, fault: SideFault, reading: int
) -> None:
    side.script = [None] * reading
    side.always = fault
    assert handle() == COMES_AGAIN
    assert gave_up_in_time(len(side.fired) // objects.ATTEMPTS)
    assert case.run()["status"]["S"] == "processing"
    case.check_half()
    side.clear()
    assert handle() == DONE
    case.check_end()


@pytest.mark.parametrize("put", PUTS)
@pytest.mark.parametrize("fault", NOT_ANSWERED, ids=str)
def test_s3__fails_once_when_results_are_put__is_asked_again(
    case: Case, handle: Handle, side: SideWire, fault: SideFault, put: int
) -> None:
    side.script = [None] * put + [fault]
    assert handle() == DONE
    # Both are put again, over what is there.
    names = [request.rpartition("/")[2] for request in side.requests[2:]]
    assert names == [*RESULTS[: put - 1], *RESULTS]
    case.check_end()


@pytest.mark.parametrize("put", PUTS)
@pytest.mark.parametrize("fault", [*NOT_ANSWERED, SideFault(faults.FORBIDDEN)], ids=str)
def test_s3__takes_no_results__the_rows_are_booked_and_the_message_comes_again(
    case: Case, handle: Handle, side: SideWire, fault: SideFault, put: int
) -> None:
    side.script = [None] * put
    side.always = fault
    assert handle() == COMES_AGAIN
    run = case.run()
    assert (run["status"]["S"], case.booked()) == ("completed", ROWS)
    assert "reported_at" not in run
    side.clear()
    assert handle() == DONE
    # Of the file itself nothing is read any more.
    assert [request.partition(" ")[0] for request in side.requests] == ["PUT", "PUT"]
    case.check_end()


@pytest.mark.parametrize("reading", READINGS)
def test_s3__forbids__is_asked_once_and_the_message_comes_again(
    case: Case, handle: Handle, side: SideWire, reading: int
) -> None:
    side.script = [None] * reading
    side.always = SideFault(faults.FORBIDDEN)
    assert handle() == COMES_AGAIN
    assert len(side.fired) == 1
    # Not failed: what is forbidden now was perhaps not meant to be.
    assert case.run()["status"]["S"] == "processing"
    side.clear()
    assert handle() == DONE
    case.check_end()


@pytest.mark.parametrize("reading", READINGS)
def test_stream__that_stalls__is_broken_off_and_taken_up(
    case: Case,
    handle: Handle,
    side: SideWire,
    environment: None,
    monkeypatch: pytest.MonkeyPatch,
    reading: int,
) -> None:
    monkeypatch.setattr(objects, "READ_TIMEOUT_SECONDS", 0.3)
    side.script = [None] * reading + [SideFault(faults.BODY_STALLS, 100)]
    assert handle(load_function("reconcile")) == DONE
    assert len(side.requests) == REQUESTS + 1
    case.check_end()


@pytest.fixture
def sent(upstream: str, queue_url: str) -> Callable[[], list[Any]]:
    """Takes what is in the queue."""
    client = sqs(upstream)
    client.purge_queue(QueueUrl=queue_url)

    def take() -> list[Any]:
        found = []
        while messages := client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return take


@pytest.mark.parametrize(
    ("kind", "messages"),
    [
        (faults.REQUEST_LOST, 1),
        (faults.SERVER_ERROR, 1),
        (faults.SLOW_DOWN, 1),
        # It was sent, and is sent again: to be told twice does no harm.
        (faults.REPLY_LOST, 2),
    ],
)
def test_queue__fails_once_when_the_time_is_up__is_told_all_the_same(
    case: Case,
    handle: Handle,
    side: SideWire,
    sent: Callable[[], list[Any]],
    kind: str,
    messages: int,
) -> None:
    side.script = [SideFault(kind)]
    assert handle(remaining_ms=0) == DONE
    assert sent() == [{"Records": [a_record(case)]}] * messages
    case.check_half()
    for _ in range(messages):
        assert handle() == DONE
    case.check_end()


@pytest.mark.parametrize(
    "kind", [faults.REQUEST_LOST, faults.SERVER_ERROR, faults.SLOW_DOWN, faults.FORBIDDEN]
)
def test_queue__fails_when_the_time_is_up__the_message_comes_again(
    case: Case, handle: Handle, side: SideWire, sent: Callable[[], list[Any]], kind: str
) -> None:
    side.always = SideFault(kind)
    assert handle(remaining_ms=0) == COMES_AGAIN
    assert sent() == []
    side.clear()
    assert handle() == DONE
    case.check_end()
