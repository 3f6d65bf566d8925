"""The function reconcile through its handler: messages, notifications, and what fails alone."""

import io
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from oncepay.api.notifications import NotANotification, read_notification
from oncepay.domain.errors import InternalError
from oncepay.domain.settlement import SettlementStatus, Source
from oncepay.services import reconcile_file
from oncepay.services.measure_file import measure_file
from oncepay.storage.database import Database
from tests.builders import World, id_of
from tests.dropped_files import BUCKET, Drop, a_file, a_line
from tests.events import LambdaContext, load_function, set_environment

type Handle = Callable[..., Any]


def a_record(source: Source, **overrides: Any) -> dict[str, Any]:
    """A file that was put, as S3 announces it."""
    stored: dict[str, Any] = {
        "key": source.key,
        "size": 100,
        "eTag": source.etag,
        "versionId": source.version_id,
        "sequencer": "0062E99A88DC407460",
    }
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": overrides.pop("eventName", "ObjectCreated:Put"),
        "s3": {"bucket": {"name": BUCKET}, "object": stored | overrides},
    }


def a_message(body: object, message_id: str = "m1") -> dict[str, Any]:
    return {
        "messageId": message_id,
        "eventSource": "aws:sqs",
        "body": body if isinstance(body, str) else json.dumps(body),
    }


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def queue_url(aws: None) -> str:
    url: str = boto3.client("sqs").create_queue(QueueName="settlements")["QueueUrl"]
    return url


@pytest.fixture
def reconcile(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], drop: Drop, queue_url: str
) -> Handle:
    set_environment(monkeypatch, tables, SETTLEMENT_QUEUE_URL=queue_url)
    module = load_function("reconcile")

    def handle(event: dict[str, Any], remaining_ms: int = 300_000) -> Any:
        return module.handler(event, LambdaContext(remaining_ms))

    return handle


def sent(queue_url: str) -> list[dict[str, Any]]:
    received = boto3.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def test_message__with_a_file__books_it(reconcile: Handle, drop: Drop, world: World) -> None:
    world.deposit()
    source = drop.put(a_file(a_line(id_of(world.pay()))))
    answer = reconcile({"Records": [a_message({"Records": [a_record(source)]})]})
    assert answer == {"batchItemFailures": []}
    assert drop.run(source.settlement_id).matched == 1


def test_notification_of_s3_itself__books_it(reconcile: Handle, drop: Drop) -> None:
    source = drop.put(a_file(a_line("pay_nobody")))
    assert reconcile({"Records": [a_record(source)]}) == {"batchItemFailures": []}
    assert drop.run(source.settlement_id).breaks == 1


def test_key__as_a_form_writes_it__is_read_as_it_is(reconcile: Handle, drop: Drop) -> None:
    source = drop.put(a_file(), "incoming/a b+c é.csv")
    reconcile({"Records": [a_record(source, key="incoming/a+b%2Bc+%C3%A9.csv")]})
    assert drop.run(source.settlement_id).source.key == "incoming/a b+c é.csv"


def test_message__with_several_files__books_each(reconcile: Handle, drop: Drop) -> None:
    sources = [drop.put(a_file(a_line(f"pay_{n}")), f"incoming/{n}.csv") for n in range(3)]
    reconcile({"Records": [a_message({"Records": [a_record(source) for source in sources]})]})
    assert [drop.run(source.settlement_id).breaks for source in sources] == [1, 1, 1]


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param("{", id="not_json"),
        pytest.param("[" * 100_000, id="too_deep"),
        pytest.param("[]", id="no_object"),
        pytest.param({}, id="no_records"),
        pytest.param({"Records": []}, id="empty_records"),
        pytest.param({"Records": ["x"]}, id="record_is_no_object"),
        pytest.param({"Records": [{"eventSource": "aws:sns"}]}, id="other_service"),
        pytest.param(
            {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]}, id="no_s3"
        ),
        pytest.param(
            {
                "Records": [
                    a_record(Source(bucket=BUCKET, key="a%FF.csv", version_id="1", etag=None))
                ]
            },
            id="key_is_not_utf_8",
        ),
        pytest.param(
            {"Records": [a_record(Source(bucket=BUCKET, key="a.csv", version_id=None, etag=None))]},
            id="neither_version_nor_etag",
        ),
    ],
)
def test_batch__one_poison_message__fails_alone(
    poison: object, reconcile: Handle, drop: Drop
) -> None:
    first, last = (drop.put(a_file(a_line(f"pay_{n}")), f"incoming/{n}.csv") for n in range(2))
    answer = reconcile(
        {
            "Records": [
                a_message({"Records": [a_record(first)]}, "first"),
                a_message(poison, "poison"),
                a_message({"Records": [a_record(last)]}, "last"),
            ]
        }
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    assert drop.run(first.settlement_id).status is SettlementStatus.COMPLETED
    assert drop.run(last.settlement_id).status is SettlementStatus.COMPLETED


def test_version_null__is_told_apart_by_its_etag(reconcile: Handle, drop: Drop) -> None:
    sources = [drop.put(a_file(a_line(f"pay_{n}"))) for n in range(2)]
    records = [a_record(source, versionId="null") for source in sources]
    for record in records:
        reconcile({"Records": [record]})
    runs = [drop.run(file.source.settlement_id) for file in read_notification({"Records": records})]
    # The first one was overwritten before it was read.
    assert [run.status.value for run in runs] == ["failed", "completed"]


def test_batch__all_poison__all_fail_and_nothing_is_raised(reconcile: Handle) -> None:
    answer = reconcile({"Records": [a_message("x", "1"), a_message("y", "2")]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}


def test_notification_of_s3_itself__poison__is_raised(reconcile: Handle) -> None:
    with pytest.raises(NotANotification):
        reconcile({"Records": [{"eventSource": "aws:s3"}]})


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"Service": "Amazon S3", "Event": "s3:TestEvent"}, id="test_event"),
        pytest.param(
            {
                "Records": [
                    a_record(
                        Source(bucket=BUCKET, key="a.csv", version_id="1", etag=None),
                        eventName="ObjectRemoved:DeleteMarkerCreated",
                    )
                ]
            },
            id="deletion",
        ),
        pytest.param(
            {
                "Records": [
                    a_record(Source(bucket=BUCKET, key="incoming/", version_id="1", etag=None))
                ]
            },
            id="folder",
        ),
    ],
)
def test_message__about_no_file__is_done_with(
    event: dict[str, Any], reconcile: Handle, drop: Drop
) -> None:
    before = drop.everything()
    assert reconcile({"Records": [a_message(event)]}) == {"batchItemFailures": []}
    assert drop.everything() == before


def test_one_file_of_a_message_fails__the_others_are_booked_and_it_comes_again(
    reconcile: Handle, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (drop.put(a_file(a_line(f"pay_{n}")), f"incoming/{n}.csv") for n in range(2))
    real = measure_file
    calls: list[int] = []

    def fail_first(raw: io.RawIOBase) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise InternalError("the file store refused the request")
        return real(raw)

    monkeypatch.setattr(reconcile_file, "measure_file", fail_first)
    event = {"Records": [a_message({"Records": [a_record(bad), a_record(good)]})]}
    assert reconcile(event) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert drop.run(good.settlement_id).status is SettlementStatus.COMPLETED
    assert reconcile(event) == {"batchItemFailures": []}
    assert drop.run(bad.settlement_id).status is SettlementStatus.COMPLETED


def test_time_is_up__the_file_is_announced_again(
    reconcile: Handle, drop: Drop, queue_url: str
) -> None:
    source = drop.put(a_file(a_line("pay_nobody")))
    record = a_record(source)
    assert reconcile({"Records": [a_message({"Records": [record]})]}, remaining_ms=0) == {
        "batchItemFailures": []
    }
    assert drop.run(source.settlement_id).status is SettlementStatus.PROCESSING
    again = sent(queue_url)
    assert again == [{"Records": [record]}]
    # A second time nothing is done, and so nothing is sent.
    failed = {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert reconcile({"Records": [a_message(again[0])]}, remaining_ms=0) == failed
    assert sent(queue_url) == []
    reconcile({"Records": [a_message(again[0])]})
    assert drop.run(source.settlement_id).status is SettlementStatus.COMPLETED


def test_time_is_up_and_the_queue_refuses__the_message_comes_again(
    reconcile: Handle, drop: Drop, queue_url: str
) -> None:
    source = drop.put(a_file(a_line("pay_nobody")))
    boto3.client("sqs").delete_queue(QueueUrl=queue_url)
    answer = reconcile({"Records": [a_message({"Records": [a_record(source)]})]}, remaining_ms=0)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_unforeseen_error__is_logged_by_kind_and_the_message_comes_again(
    reconcile: Handle, drop: Drop, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    source = drop.put(a_file(a_line("pay_nobody")))

    def fail(*_: Any, **__: Any) -> None:
        raise InternalError("card 4111 1111 1111 1111")

    monkeypatch.setattr(reconcile_file, "measure_file", fail)
    answer = reconcile({"Records": [a_message({"Records": [a_record(source)]})]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert any("InternalError" in line for line in logged)
    assert not any("4111" in line for line in logged)


def test_log__says_what_became_of_the_file_and_not_its_name(
    reconcile: Handle, drop: Drop, logged: list[str]
) -> None:
    source = drop.put(a_file(a_line("pay_nobody")), "incoming/john-doe.csv")
    reconcile({"Records": [a_message({"Records": [a_record(source)]})]})
    [line] = [found for text in logged if (found := json.loads(text))["message"] == "settlement"]
    assert (line["settlement_id"], line["status"], line["ending"]) == (
        source.settlement_id,
        "completed",
        "done",
    )
    assert (line["rows"], line["matched"], line["breaks"]) == (1, 0, 1)
    assert not any("john-doe" in text for text in logged)
