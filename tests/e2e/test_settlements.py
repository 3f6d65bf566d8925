"""Settlement files as a finance operator sees them: dropped into the bucket, run by the deployed
function, read through the API, and held against an oracle that knows nothing of our code."""

import gzip
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.demo.http_client import HttpClient, Reply
from ops.demo.shop import Shop, open_shop
from ops.main import app
from ops.stack import Stack
from ops.verify.prover import verify
from tests.e2e.conftest import aws_client
from tests.settlements.comparison import differences
from tests.settlements.desk import Desk
from tests.settlements.generator import Case, generate
from tests.settlements.hazards import HEADER, wrong_files
from tests.settlements.oracle import Expected, expect
from tests.settlements.world import World
from tests.settlements.world_writer import delete_world, write_world
from tests.settlements.writer import ELSEWHERE

pytestmark = pytest.mark.e2e

TIME = "2026-11-20T10:00:00Z"
RESULTS_SECONDS = 30
"""A run is completed a moment before its results are in the bucket."""


@pytest.fixture(scope="module")
def desk(stack: dict[str, Any]) -> Desk:
    return Desk(stack)


@pytest.fixture(scope="module")
def shops(operators_stack: Stack) -> list[Shop]:
    """Two merchants."""
    return [
        open_shop(
            f"Settled {number}",
            stack=operators_stack,
            database=operators_stack.open_database(),
            fee_basis_points=None,
        )
        for number in (1, 2)
    ]


@pytest.fixture
def written(stack: dict[str, Any]) -> Iterator[list[World]]:
    """Worlds that a test wrote; taken away again with the runs that settled them, since they have
    no books."""
    worlds: list[World] = []
    yield worlds
    desk = Desk(stack)
    ids = {payment_id for world in worlds for payment_id in world}
    gone = {
        item["settlement_id"]["S"]
        for item in desk.items("payments")
        if item["id"]["S"] in ids and "settlement_id" in item
    } - {ELSEWHERE}
    for world in worlds:
        delete_world(world, **_place(stack))
    items = desk.items("settlements")
    # A copy names its original: with the one goes the other, its breaks, and what points at it.
    copies = {item["id"]["S"] for item in items if _names(item, gone)}
    gone |= {run_id for run_id in copies if run_id.startswith("set_")}
    for item in items:
        if _names(item, gone):
            key = {"id": item["id"], "part": item["part"]}
            desk.dynamodb.delete_item(TableName=stack["tables"]["settlements"], Key=key)


def _names(item: dict[str, Any], run_ids: set[str]) -> bool:
    text = json.dumps(item)
    return any(run_id in text for run_id in run_ids)


@pytest.fixture
def paid(shop: Shop) -> list[str]:
    """Three payments of 50.00 USD with a fee of 1.00, made over HTTP."""
    assert shop.deposit(100_000, key="d").status == 201
    return [shop.pay(5_000, key=key).json["id"] for key in "abc"]


def _place(stack: dict[str, Any]) -> dict[str, Any]:
    return {
        "table": stack["tables"]["payments"],
        "endpoint_url": stack["endpoint_url"],
        "region": stack["region"],
    }


def a_key() -> str:
    return f"incoming/{uuid.uuid4().hex}.csv"


def a_file(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def a_row(payment_id: str, row_id: str = "r1") -> str:
    return f"{row_id},payment,{payment_id},5000,100,USD,{TIME}"


def a_written_case(
    desk: Desk, shops: list[Shop], written: list[World], seed: int, rows: int
) -> tuple[Case, Expected]:
    merchant_ids = [shop.merchant_id for shop in shops]
    case = generate(
        seed, rows=rows, merchant_ids=merchant_ids, broken_share=0.4, rejected_share=0.08,
        newline="\r\n", byte_order_mark=True, names=uuid.uuid4().hex,
    )  # fmt: skip
    written.append(case.world)
    write_world(case.world, **_place(desk.stack))
    return case, expect(case.world, case.content)


def assert_as_expected(desk: Desk, world: World, expected: Expected, run: dict[str, Any]) -> None:
    told = differences(
        world, expected, run=run, breaks=desk.breaks(run["id"]), items=desk.items("payments")
    )
    assert not told, "\n".join(told)


def reported(desk: Desk, run_id: str) -> dict[str, Any]:
    """A run whose results are in the bucket."""
    ends_at = time.monotonic() + RESULTS_SECONDS
    while time.monotonic() < ends_at:
        run = desk.get(f"/v1/settlements/{run_id}")
        if run["results"] is not None:
            return run
    raise AssertionError(f"{run_id} has no results after {RESULTS_SECONDS} s")


def test_worked_example__of_the_contract__comes_out_as_it_says(
    desk: Desk, shop: Shop, paid: list[str]
) -> None:
    a, b, c = paid
    run = desk.settle(
        a_key(),
        a_file(
            a_row(a, "r1"),
            f"r2,payment,{b},5007,100,USD,{TIME}",
            f"r3,payment,{c},5000,90,USD,{TIME}",
            a_row(a, "r4"),
            a_row("pay_nobody", "r5"),
            f"r6,payment,{a},12.50,100,USD,{TIME}",
        ),
    )
    assert (run["object"], run["status"], run["format"]) == ("settlement", "completed", "native")
    assert run["counts"] == {"rows": 6, "matched": 1, "breaks": 5, "rejected": 1}
    assert run["sums"] == {"USD": {"gross_minor": 25_007, "fee_minor": 490, "net_minor": 24_517}}
    assert [(one["row"], one["kind"], one["status"]) for one in desk.breaks(run["id"])] == [
        (2, "amount_mismatch", "open"),
        (3, "fee_mismatch", "open"),
        (4, "duplicate_row", "open"),
        (5, "missing_in_ledger", "open"),
        (6, "rejected_row", "open"),
    ]
    told = [desk.get(f"/v1/payments/{one}", api_key=shop.api_key) for one in paid]
    assert [one["settlement_id"] for one in told] == [run["id"], None, None]
    assert run["started_at"] <= told[0]["settled_at"] <= run["completed_at"]
    assert [one["version"] for one in told] == [2, 1, 1]


def test_settled_payment__moved_no_money(desk: Desk, shop: Shop, paid: list[str]) -> None:
    before = (shop.available_minor(), shop.get("/v1/ledger/entries").json["data"])
    desk.settle(a_key(), a_file(*(a_row(one, one) for one in paid)))
    assert (shop.available_minor(), shop.get("/v1/ledger/entries").json["data"]) == before


def test_file_of_all_kinds__of_two_merchants__is_as_the_oracle_says(
    desk: Desk, shops: list[Shop], written: list[World]
) -> None:
    case, expected = a_written_case(desk, shops, written, 1, rows=3_000)
    assert expected.breaks == case.seeded
    run = desk.settle(a_key(), case.content)
    assert_as_expected(desk, case.world, expected, run)
    for shop in shops:
        told = {one["id"]: one for one in desk.pages("/v1/payments", api_key=shop.api_key)}
        mine = [one for one in case.world.values() if one.merchant_id == shop.merchant_id]
        assert {one.id for one in mine} <= told.keys()
        for one in mine:
            wanted = run["id"] if one.id in expected.payments else one.settlement_id
            assert told[one.id]["settlement_id"] == wanted
            assert (told[one.id]["settled_at"] is None) == (wanted is None)


def test_same_content__under_another_name__books_nothing_and_says_whose_copy(
    desk: Desk, shop: Shop, paid: list[str]
) -> None:
    content = a_file(a_row(paid[0]), a_row(paid[0]), a_row(paid[1]))
    first = desk.settle(a_key(), content)
    second = desk.settle(a_key(), content)
    assert (second["status"], second["duplicate_of"]) == ("completed", first["id"])
    assert second["counts"] == {"rows": 0, "matched": 0, "breaks": 0, "rejected": 0}
    assert (second["sums"], second["breaks_by_kind"]) == ({}, {})
    assert desk.breaks(second["id"]) == []
    told = desk.get(f"/v1/payments/{paid[0]}", api_key=shop.api_key)
    assert (told["settlement_id"], told["version"]) == (first["id"], 2)


def test_same_name__with_the_same_content_again__is_a_copy_too(desk: Desk, paid: list[str]) -> None:
    key, content = a_key(), a_file(a_row(paid[0]))
    first = desk.settle(key, content)
    second = desk.settle(key, content)
    assert second["id"] != first["id"]
    assert second["duplicate_of"] == first["id"]


def test_later_file__with_the_same_payments__is_already_settled(
    desk: Desk, shop: Shop, paid: list[str]
) -> None:
    assert shop.refund(paid[0], 700, key="r").status == 201
    refund = f"r9,refund,{paid[0]},700,0,USD,{TIME}"
    first = desk.settle(a_key(), a_file(a_row(paid[0]), a_row(paid[1]), refund))
    assert first["counts"] == {"rows": 3, "matched": 3, "breaks": 0, "rejected": 0}
    later = desk.settle(a_key(), a_file(a_row(paid[2]), a_row(paid[1]), refund))
    assert [(one["row"], one["kind"]) for one in desk.breaks(later["id"])] == [
        (2, "already_settled"),
        (3, "already_settled"),
    ]
    told = [desk.get(f"/v1/payments/{one}", api_key=shop.api_key) for one in paid]
    assert [one["settlement_id"] for one in told] == [first["id"], first["id"], later["id"]]


def test_event__told_again_and_again__changes_nothing(
    desk: Desk, shops: list[Shop], written: list[World]
) -> None:
    case, expected = a_written_case(desk, shops, written, 2, rows=300)
    key = a_key()
    version_id = desk.upload(key, case.content)
    for _ in range(3):
        desk.tell_again(key, version_id)
    run = reported(desk, desk.wait(key, version_id)["id"])
    desk.tell_again_and_wait(key, version_id)
    assert desk.find_run(key, version_id) == run
    assert [one["id"] for one in desk.pages("/v1/settlements", source_key=key)] == [run["id"]]
    assert_as_expected(desk, case.world, expected, run)


def test_two_files_at_once__with_the_same_payments__settle_each_once(
    desk: Desk, shops: list[Shop], written: list[World]
) -> None:
    case = generate(
        4, rows=400, merchant_ids=[shops[0].merchant_id], broken_share=0, rejected_share=0,
        names=uuid.uuid4().hex,
    )  # fmt: skip
    written.append(case.world)
    write_world(case.world, **_place(desk.stack))
    last = [a_row("pay_nobody", f"last{number}").encode() for number in range(3)]
    contents = [case.content.rstrip() + b"\n" + one for one in last]
    keys = [a_key() for _ in contents]
    versions = [desk.upload(*one) for one in zip(keys, contents, strict=True)]
    runs = [desk.wait(*one) for one in zip(keys, versions, strict=True)]
    assert [run["duplicate_of"] for run in runs] == [None, None, None]
    assert sum(run["counts"]["matched"] for run in runs) == 400
    for run in runs:
        mine = [
            item
            for item in desk.items("payments")
            if item.get("settlement_id", {}).get("S") == run["id"]
        ]
        assert len(mine) == run["counts"]["matched"]
        already = 400 - run["counts"]["matched"]
        told = {kind: n for kind, n in run["breaks_by_kind"].items() if n}
        assert told == {"missing_in_ledger": 1} | ({"already_settled": already} if already else {})


def test_two_copies_at_once__one_books_and_the_other_says_so(
    desk: Desk, shops: list[Shop], written: list[World]
) -> None:
    case, expected = a_written_case(desk, shops, written, 3, rows=400)
    keys = [a_key(), a_key()]
    versions = [desk.upload(key, case.content) for key in keys]
    runs = [desk.wait(*one) for one in zip(keys, versions, strict=True)]
    copies = [run for run in runs if run["duplicate_of"]]
    originals = [run for run in runs if not run["duplicate_of"]]
    assert [run["duplicate_of"] for run in copies] == [run["id"] for run in originals]
    assert copies[0]["counts"]["rows"] == 0
    assert_as_expected(desk, case.world, expected, originals[0])


def test_overwritten_file__each_version_is_a_run_of_its_own(desk: Desk, paid: list[str]) -> None:
    key = a_key()
    first = desk.upload(key, a_file(a_row(paid[0])))
    second = desk.upload(key, a_file(a_row(paid[1])))
    runs = [desk.wait(key, version_id) for version_id in (first, second)]
    assert [run["counts"]["matched"] for run in runs] == [1, 1]
    assert runs[0]["id"] != runs[1]["id"]


def test_key__with_blanks_pluses_and_accents__is_told_as_it_is(desk: Desk, paid: list[str]) -> None:
    key = f"incoming/{uuid.uuid4().hex}/a b+c \u00e9 100%25.csv"
    run = desk.settle(key, a_file(a_row(paid[0])))
    assert (run["source"]["key"], run["counts"]["matched"]) == (key, 1)


@pytest.mark.parametrize("name", wrong_files(a_file(a_row("pay_x"))))
def test_file__wrong_as_a_whole__is_quarantined_with_a_reason(desk: Desk, name: str) -> None:
    # A row of its own makes each content a new one.
    good = a_file(a_row("pay_x", uuid.uuid4().hex)) + b"\n"
    run = desk.settle(a_key(), wrong_files(good)[name])
    assert run["status"] == "quarantined"
    assert run["reason"]
    assert desk.breaks(run["id"]) == []


def test_file__quarantined_and_then_mended__settles(
    desk: Desk, shop: Shop, paid: list[str]
) -> None:
    good = a_file(a_row(paid[0]))
    assert desk.settle(a_key(), good + b'\n"')["status"] == "quarantined"
    told = desk.get(f"/v1/payments/{paid[0]}", api_key=shop.api_key)
    assert (told["settlement_id"], told["version"]) == (None, 1)
    assert desk.settle(a_key(), good)["counts"]["matched"] == 1


def test_file__of_a_header_only__is_completed_with_no_rows(desk: Desk) -> None:
    run = desk.settle(a_key(), a_file() + b"\n" * (uuid.uuid4().int % 1_000))
    assert (run["status"], run["counts"]["rows"], run["sums"]) == ("completed", 0, {})
    assert (run["progress"]["rows"], run["progress"]["percent"]) == (0, 100)


def test_poison_message__stops_no_good_file_and_ends_as_a_dead_letter(
    desk: Desk, paid: list[str]
) -> None:
    attributes = desk.sqs.get_queue_attributes(
        QueueUrl=desk.queue_url, AttributeNames=["VisibilityTimeout", "RedrivePolicy"]
    )["Attributes"]
    dead_letters = desk.sqs.get_queue_url(
        QueueName=json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].split(":")[-1]
    )["QueueUrl"]
    poison = f"no event at all {uuid.uuid4().hex}"
    # Tried again at once, not after half an hour.
    desk.sqs.set_queue_attributes(QueueUrl=desk.queue_url, Attributes={"VisibilityTimeout": "1"})
    try:
        desk.send(poison)
        # One file needs less than the second after which it would be given out again.
        run = desk.settle(a_key(), a_file(a_row(paid[0])))
        assert run["counts"]["matched"] == 1
        found = []
        for _ in range(6):
            got = desk.sqs.receive_message(
                QueueUrl=dead_letters, WaitTimeSeconds=10, MaxNumberOfMessages=10
            )
            found += [message["Body"] for message in got.get("Messages", [])]
            if poison in found:
                break
        assert poison in found
    finally:
        desk.sqs.set_queue_attributes(
            QueueUrl=desk.queue_url,
            Attributes={"VisibilityTimeout": attributes["VisibilityTimeout"]},
        )


def test_operators_words__are_no_merchants(desk: Desk, shop: Shop, paid: list[str]) -> None:
    run = desk.settle(a_key(), a_file(a_row(paid[0])))
    for path in ("/v1/settlements", f"/v1/settlements/{run['id']}"):
        assert (shop.get(path).status, shop.get(path).code) == (403, "forbidden")


@pytest.fixture
def operator(stack: dict[str, Any]) -> HttpClient:
    return HttpClient(stack["api_url"], stack["admin_api_key"])


@pytest.fixture
def broken(desk: Desk, shop: Shop) -> tuple[str, dict[str, Any]]:
    """A charge of 50.00 USD with a fee of 1.00, and the break of a row that says 50.07."""
    payment_id = shop.charge(5_000, "pm_approve", key="broken").json["id"]
    run = desk.settle(a_key(), a_file(f"r1,payment,{payment_id},5007,100,USD,{TIME}"))
    (found,) = desk.breaks(run["id"])
    assert (found["kind"], found["status"]) == ("amount_mismatch", "open")
    return payment_id, {**found, "run_id": run["id"]}


def decide(operator: HttpClient, found: dict[str, Any], action: str, *, key: str) -> Reply:
    path = f"/v1/settlements/{found['run_id']}/breaks/{found['id']}/resolve"
    return operator.call("POST", path, body={"action": action, "reason": "so the bank"}, key=key)


def assert_books_agree(stack: dict[str, Any]) -> None:
    report = verify(stack["tables"], client=aws_client(stack, "dynamodb"))
    assert report.findings == []


def test_break__corrected__settles_the_payment_and_the_books_agree(
    operator: HttpClient, shop: Shop, broken: tuple[str, dict[str, Any]], stack: dict[str, Any]
) -> None:
    payment_id, found = broken
    assert (shop.available_minor(), shop.pending_minor()) == (0, 4_900)
    corrected = decide(operator, found, "correct", key=found["id"])
    assert (corrected.status, corrected.json["status"]) == (200, "corrected")
    (decision,) = corrected.json["decisions"]
    assert (decision["action"], decision["reason"]) == ("correct", "so the bank")
    assert (shop.available_minor(), shop.pending_minor()) == (4_900, 0)
    assert shop.get(f"/v1/payments/{payment_id}").json["settlement_id"] == found["run_id"]
    statement = shop.get("/v1/ledger/entries").json["data"]
    (entry,) = [one for one in statement if one["kind"] == "correction"]
    assert entry["payment_id"] == payment_id
    assert {one["account"]: one["amount_minor"] for one in entry["postings"]} == {
        "pending": -4_900, "available": 4_900, "external:simulated": -7, "suspense": 7
    }  # fmt: skip
    assert_books_agree(stack)


def test_break__corrected_and_reopened__is_as_before_and_the_books_agree(
    operator: HttpClient, shop: Shop, broken: tuple[str, dict[str, Any]], stack: dict[str, Any]
) -> None:
    payment_id, found = broken
    assert decide(operator, found, "correct", key=found["id"]).status == 200
    reopened = decide(operator, found, "reopen", key=f"{found['id']}-2")
    assert (reopened.status, reopened.json["status"]) == (200, "open")
    assert (shop.available_minor(), shop.pending_minor()) == (0, 4_900)
    told = shop.get(f"/v1/payments/{payment_id}").json
    assert (told["settlement_id"], told["settled_at"]) == (None, None)
    assert_books_agree(stack)


def test_break__corrected__is_not_booked_by_a_corrected_file_again(
    operator: HttpClient, desk: Desk, shop: Shop, broken: tuple[str, dict[str, Any]]
) -> None:
    payment_id, found = broken
    assert decide(operator, found, "correct", key=found["id"]).status == 200
    later = desk.settle(a_key(), a_file(f"r2,payment,{payment_id},5000,100,USD,{TIME}"))
    assert later["breaks_by_kind"] == {"already_settled": 1}
    assert (shop.available_minor(), shop.pending_minor()) == (4_900, 0)


def test_decision__sent_again__is_answered_with_the_same_bytes(
    operator: HttpClient, broken: tuple[str, dict[str, Any]]
) -> None:
    _, found = broken
    first = decide(operator, found, "ignore", key=found["id"])
    again = decide(operator, found, "ignore", key=found["id"])
    assert (again.status, again.body, again.is_replay) == (200, first.body, True)
    other = decide(operator, found, "accept", key=f"{found['id']}-2")
    assert (other.status, other.code) == (409, "invalid_transition")


def test_decision__by_the_operators_command__is_told_by_the_api(
    desk: Desk, broken: tuple[str, dict[str, Any]], stack: dict[str, Any], tmp_path: Path
) -> None:
    _, found = broken
    described = tmp_path / "stack.json"
    described.write_text(json.dumps(stack))
    words = ["settlements", "resolve", found["id"], "--action", "accept", "--reason", "so the bank"]
    result = CliRunner().invoke(app, [*words, "--stack-file", str(described)])
    assert (result.exit_code, result.stdout) == (0, f"{found['id']}: accepted\n")
    (now,) = desk.breaks(found["run_id"])
    assert now["status"] == "accepted"


def test_decision__of_a_merchant__is_refused(
    shop: Shop, broken: tuple[str, dict[str, Any]], desk: Desk
) -> None:
    _, found = broken
    refused = decide(shop.client, found, "ignore", key="mine")
    assert (refused.status, refused.code) == (403, "forbidden")
    (now,) = desk.breaks(found["run_id"])
    assert now["status"] == "open"


def test_results__are_in_the_bucket_where_the_settlement_says(
    desk: Desk, broken: tuple[str, dict[str, Any]]
) -> None:
    _, found = broken
    told = reported(desk, found["run_id"])
    assert told["progress"]["rows_per_second"] is not None
    prefix = f"s3://{desk.bucket}/"
    summary, table = (
        desk.s3.get_object(Bucket=desk.bucket, Key=address.removeprefix(prefix))["Body"].read()
        for address in told["results"].values()
    )
    assert json.loads(summary)["counts"] == told["counts"]
    assert found["id"].encode() in table


def test_reconcile__over_the_deployed_stack__shows_the_break_and_says_so_to_a_script(
    stack: dict[str, Any], shop: Shop, tmp_path: Path
) -> None:
    described, file = tmp_path / "stack.json", tmp_path / "day.csv.gz"
    described.write_text(json.dumps(stack))
    payment_id = shop.charge(5_000, "pm_approve", key="told").json["id"]
    file.write_bytes(gzip.compress(a_file(a_row(payment_id), f"r2,payment,{shop.merchant_id},x")))
    words = ["reconcile", str(file), "--strict", "--stack-file", str(described)]
    result = CliRunner().invoke(app, words)
    assert "2 rows, 1 matched, 1 breaks" in result.stdout
    assert "rejected_row" in result.stdout
    assert result.exit_code == 3
