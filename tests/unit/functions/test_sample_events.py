"""Does each file in events/ get from its function the answer that it is a sample of?

The table below says which, file by file; a file, a function or a route that it does not know of is
a failure.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest

from oncepay.services.add_merchant import add_merchant
from oncepay.services.create_api_key import create_api_key
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.sample_events import (
    EXAMPLE_API_KEY,
    EXAMPLE_BUCKET,
    SIGNATURE_HEADER,
    SIMULATED_HEADER,
    StackValues,
    find_object,
    prepare_event,
)
from ops.simulated.server import SimulatedProcessor
from tests.events import LambdaContext, Reply, load_function
from tests.processor_handlers import ProcessorHandlers, running_handlers
from tests.template_tables import ROOT, template

EVENTS = ROOT / "events"
DEPOSIT = "process_payment/create_deposit.json"
PAYMENT = "process_payment/create_payment.json"
REFUND = "process_payment/create_refund.json"
SETTLEMENT = "reconcile/one_file.json"
CARD = "process_payment/create_processor_payment.json"
DECLINED_CARD = "process_payment/create_processor_payment_declined.json"
HELD_CARD = "process_payment/create_processor_payment_held.json"
PAGE = "process_payment/create_checkout_session.json"
UNKNOWN_CARD = "process_payment/create_processor_payment_unknown.json"
DECLINED_EVENT = "webhook/simulated_charge_declined.json"
UNKNOWN_EVENT = "webhook/simulated_unknown_payment.json"
STRIPE = "webhook/payment_succeeded.json"

# The answer to each file, and the files that come before it.
ANSWERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "authorizer/good_key.json": ("Allow", ()),
    "authorizer/malformed_key.json": ("Unauthorized", ()),
    "authorizer/missing_header.json": ("Unauthorized", ()),
    "authorizer/unknown_key.json": ("Unauthorized", ()),
    DEPOSIT: ("201 deposit", ()),
    PAYMENT: ("201 payment succeeded", (DEPOSIT,)),
    "process_payment/create_payment_again.json": (
        "201 payment succeeded, replayed",
        (DEPOSIT, PAYMENT),
    ),
    "process_payment/create_payment_base64_body.json": ("201 payment succeeded", (DEPOSIT,)),
    "process_payment/create_payment_declined.json": ("402 insufficient_funds", (DEPOSIT,)),
    "process_payment/create_payment_fractional_amount.json": ("400 invalid_request", (DEPOSIT,)),
    "process_payment/create_payment_key_in_body.json": ("201 payment succeeded", (DEPOSIT,)),
    "process_payment/create_payment_not_json.json": ("400 invalid_request", (DEPOSIT,)),
    "process_payment/create_payment_same_key_other_amount.json": (
        "422 idempotency_key_reused",
        (DEPOSIT, PAYMENT),
    ),
    "process_payment/create_payment_without_key.json": ("400 idempotency_key_missing", (DEPOSIT,)),
    PAGE: ("201 checkout_session open", ()),
    "process_payment/create_checkout_session_bad_url.json": ("400 invalid_request", ()),
    CARD: ("201 payment succeeded", ()),
    DECLINED_CARD: ("402 card_declined", ()),
    HELD_CARD: ("201 payment authorized", ()),
    UNKNOWN_CARD: ("202 payment processing", ()),
    "process_payment/capture.json": ("200 payment succeeded", (HELD_CARD,)),
    "process_payment/capture_more_than_authorized.json": (
        "422 amount_exceeds_authorized",
        (HELD_CARD,),
    ),
    "process_payment/void.json": ("200 payment voided", (HELD_CARD,)),
    "process_payment/create_processor_refund.json": ("201 refund succeeded", (CARD,)),
    REFUND: ("201 refund succeeded", (DEPOSIT, PAYMENT)),
    "process_payment/create_refund_of_unknown_payment.json": ("404 not_found", (DEPOSIT,)),
    "process_payment/resolve_break.json": ("200 break accepted", (SETTLEMENT,)),
    "process_payment/resolve_break_as_merchant.json": ("403 forbidden", (SETTLEMENT,)),
    "query/get_actual_costs.json": ("200 cost_actual", ()),
    "query/get_cost_estimate.json": ("200 cost_estimate", ()),
    "query/get_checkout_session.json": ("200 checkout_session open", (PAGE,)),
    "query/get_event.json": ("200 event applied", (DECLINED_CARD, DECLINED_EVENT)),
    "query/get_payment.json": ("200 payment succeeded", (DEPOSIT, PAYMENT)),
    "query/get_reconciliation_summary.json": ("200 reconciliation_summary", (SETTLEMENT,)),
    "query/get_settlement.json": ("200 settlement completed", (SETTLEMENT,)),
    "query/get_unknown_payment.json": ("404 not_found", ()),
    "query/health.json": ("200 ok", ()),
    "query/list_balances.json": ("200 list of 1", (DEPOSIT,)),
    "query/list_breaks.json": ("200 list of 6", (SETTLEMENT,)),
    "query/list_events.json": ("200 list of 1", (DECLINED_CARD, DECLINED_EVENT, STRIPE)),
    "query/list_events_as_operator.json": (
        "200 list of 2",
        (DECLINED_CARD, DECLINED_EVENT, STRIPE, UNKNOWN_EVENT),
    ),
    "query/list_ledger_entries.json": ("200 list of 3", (DEPOSIT, PAYMENT, REFUND)),
    "query/list_payments.json": ("200 list of 1", (DEPOSIT, PAYMENT)),
    "query/list_payments_filtered.json": ("200 list of 1", (DEPOSIT, PAYMENT)),
    "query/list_payments_unknown_parameter.json": ("400 invalid_request", ()),
    "query/list_settlements.json": ("200 list of 1", (SETTLEMENT,)),
    "query/list_settlements_as_merchant.json": ("403 forbidden", ()),
    "query/list_settlements_by_source_key.json": ("200 list of 1", (SETTLEMENT,)),
    "reconcile/batch_with_one_poison_message.json": (
        "failed: 00000000-0000-4000-8000-000000000002",
        (),
    ),
    "reconcile/direct_s3_event.json": ("nothing failed", ()),
    SETTLEMENT: ("nothing failed", ()),
    "reconcile/several_files_in_one_message.json": ("nothing failed", ()),
    "reconcile/test_event.json": ("nothing failed", ()),
    "sweep/every_minute.json": ("looked at 1, ended 1", (UNKNOWN_CARD,)),
    "webhook/bad_signature.json": ("400 invalid_signature", ()),
    "webhook/base64_body.json": ("200 received", ()),
    "webhook/future_timestamp.json": ("400 invalid_signature", ()),
    "webhook/missing_signature.json": ("400 invalid_signature", ()),
    "webhook/paypal_bad_signature.json": ("400 invalid_signature", ()),
    STRIPE: ("200 received", ()),
    "webhook/payment_succeeded_again.json": ("200 received, duplicate", (STRIPE,)),
    "webhook/signed_but_not_json.json": ("400 invalid_request", ()),
    "webhook/simulated_bad_signature.json": ("400 invalid_signature", ()),
    DECLINED_EVENT: ("200 received", (DECLINED_CARD,)),
    "webhook/simulated_charge_declined_again.json": (
        "200 received, duplicate",
        (DECLINED_CARD, DECLINED_EVENT),
    ),
    UNKNOWN_EVENT: ("200 received", ()),
    "webhook/stale_timestamp.json": ("400 invalid_signature", ()),
    "webhook/two_signatures.json": ("200 received", ()),
}

EXAMPLE_SETTLEMENT = "exampleexampleexample22222"
"""In the id of the run, and in those of its breaks."""
SETTLEMENT_FILE = "reconcile/settlement.csv"
BUCKET = "settlements"
SECRET = "whsec_of_the_test"

type Send = Callable[[str], Any]


@pytest.fixture
def handlers(
    environment: None,
    monkeypatch: pytest.MonkeyPatch,
    tables: dict[str, str],
    request: pytest.FixtureRequest,
) -> Iterator[ProcessorHandlers]:
    """PayPal is configured where it is needed: its simulated certificates take a while to make."""
    faces = ["paypal"] if "paypal" in request.node.name else []
    with running_handlers(monkeypatch, tables, faces=faces) as handlers:
        yield handlers


@pytest.fixture
def values(processor: SimulatedProcessor, database: Database) -> StackValues:
    """What a running stack has of its own."""
    now = datetime.now(UTC)
    merchant = add_merchant(
        name="Example", fee_basis_points=None, database=database, now=now, budget=Budget(9)
    )
    key = create_api_key(
        owner_id=merchant.id,
        environment="local",
        scopes=("balances:read",),
        name="",
        expires_at=None,
        database=database,
        now=now,
        budget=Budget(9),
    )[1]
    boto3.client("secretsmanager").create_secret(Name="stripe", SecretString=SECRET)

    @cache
    def s3() -> Any:
        # Made when it is asked for: most files need none, and a client costs as much as a test.
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        content = (EVENTS / SETTLEMENT_FILE).read_bytes()
        client.put_object(Bucket=BUCKET, Key="incoming/a b+c é.csv", Body=content)
        return client

    return StackValues(
        api_key=key,
        settlement_bucket=BUCKET,
        stripe_webhook_secret=SECRET,
        simulated_secret=processor.secret,
        find_object=lambda key: find_object(s3(), BUCKET, key),
    )


@pytest.fixture
def send(values: StackValues, tables: dict[str, str]) -> Send:
    """Send a file's event to its function; each function starts once."""
    functions: dict[str, Any] = {}

    def send(file: str) -> Any:
        folder = file.split("/")[0]
        if folder not in functions:
            functions[folder] = load_function(folder)
        text, newest = (EVENTS / file).read_text(), newest_settlement(tables)
        for prefix in ("set_", "brk_"):
            text = text.replace(prefix + EXAMPLE_SETTLEMENT, prefix + newest)
        event = prepare_event(text, values, int(time.time()))
        return functions[folder].handler(event, LambdaContext(120_000))

    return send


def newest_settlement(tables: dict[str, str]) -> str:
    """What a person would look up in the list; the sample's own if there is none."""
    for item in boto3.client("dynamodb").scan(TableName=tables["settlements"])["Items"]:
        if item["part"]["S"] == "run":
            return item["id"]["S"].removeprefix("set_")
    return EXAMPLE_SETTLEMENT


@pytest.mark.parametrize("file", sorted(ANSWERS))
def test_file__sent_to_its_function__is_answered_as_listed(file: str, send: Send) -> None:
    expected, before = ANSWERS[file]
    for earlier in before:
        send(earlier)
    if expected == "Unauthorized":
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            send(file)
    else:
        assert in_words(send(file)) == expected


def test_payment_again__is_answered_with_the_same_bytes(send: Send) -> None:
    send(DEPOSIT)
    first = send(PAYMENT)["body"]
    assert send("process_payment/create_payment_again.json")["body"] == first


def test_settlement_file__after_the_sample_payments__is_one_of_each(send: Send) -> None:
    for name in ("", "_key_in_body", "_base64_body"):
        send(DEPOSIT)
        send(f"process_payment/create_payment{name}.json")
    send(SETTLEMENT)
    (run,) = json.loads(send("query/list_settlements_by_source_key.json")["body"])["data"]
    assert run["source"]["key"] == "incoming/a b+c é.csv"
    assert (run["status"], run["reason"]) == ("completed", None)
    assert run["counts"] == {"rows": 6, "matched": 1, "breaks": 5, "rejected": 1}
    assert run["breaks_by_kind"] == {
        "amount_mismatch": 1,
        "fee_mismatch": 1,
        "duplicate_row": 1,
        "missing_in_ledger": 1,
        "rejected_row": 1,
    }


def in_words(answer: dict[str, Any]) -> str:
    """An answer in a few words."""
    if "policyDocument" in answer:
        (statement,) = answer["policyDocument"]["Statement"]
        return str(statement["Effect"])
    if "due" in answer:
        return f"looked at {answer['due']}, ended {answer['ended']}"
    if "batchItemFailures" in answer:
        failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        return f"failed: {', '.join(failed)}" if failed else "nothing failed"
    reply = Reply(answer)
    body = reply.json
    if body.get("received"):
        return f"{reply.status} received" + (", duplicate" if body.get("duplicate") else "")
    if body.get("object") == "list":
        return f"{reply.status} list of {len(body['data'])}"
    if "object" in body:
        replayed = ", replayed" if "idempotent-replayed" in reply.headers else ""
        return f"{reply.status} {body['object']} {body.get('status', '')}".strip() + replayed
    return f"{reply.status} {body.get('code') or body['status']}"


def test_every_file__is_listed_above() -> None:
    files = {path.relative_to(EVENTS).as_posix() for path in EVENTS.rglob("*.*")}
    assert files == {*ANSWERS, SETTLEMENT_FILE}


def routes_of_template() -> set[tuple[str, str, str]]:
    """Function's folder, method and path of each route."""
    return {
        (
            resource["Properties"]["CodeUri"].split("/")[-1],
            event["Properties"]["Method"],
            event["Properties"]["Path"],
        )
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    }


# What PayPal signs with is a key that it alone has; so does the simulated one. So no file can hold
# what it sends, nor can a signature be put in afterwards. Stripe signs with a secret of ours.
ONLY_REFUSED = {("webhook", "POST", "/webhooks/paypal")}


@pytest.mark.parametrize("route", sorted(routes_of_template() - ONLY_REFUSED), ids=" ".join)
def test_every_route__has_a_file_that_is_answered_well(route: tuple[str, str, str]) -> None:
    folder, method, path = route
    found = []
    for file in ANSWERS:
        event = json.loads((EVENTS / file).read_text())
        if file.startswith(f"{folder}/") and ANSWERS[file][0].startswith("2"):
            found.append((event["httpMethod"], event["resource"]))
    assert (method, path) in found


@pytest.mark.parametrize("route", sorted(ONLY_REFUSED), ids=" ".join)
def test_route_of_which_no_file_can_be_good__has_one_that_is_refused(
    route: tuple[str, str, str],
) -> None:
    folder, method, path = route
    events = [json.loads((EVENTS / file).read_text()) for file in ANSWERS if folder in file]
    assert (method, path) in [(event["httpMethod"], event["resource"]) for event in events]


def test_every_function__has_a_file() -> None:
    folders = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    assert {file.split("/")[0] for file in ANSWERS} == folders


@pytest.mark.parametrize("file", sorted(ANSWERS))
def test_file__holds_nothing_of_a_real_stack(file: str) -> None:
    event = json.loads((EVENTS / file).read_text())
    headers = event.get("headers", {})
    for name in (SIGNATURE_HEADER, SIMULATED_HEADER):
        assert "{now" in headers.get(name, "{now")
    known = (EXAMPLE_API_KEY, "Bearer example", EXAMPLE_API_KEY.replace("keyz", "nope"))
    operators = EXAMPLE_API_KEY.replace("exampleexample22", "operator")
    sent = headers.get("Authorization", "Bearer example").removeprefix("Bearer ")
    assert sent in {*known, operators, "example"}
    for record in event.get("Records", ()):
        if "s3" in record:
            assert record["s3"]["bucket"]["name"] == EXAMPLE_BUCKET


@pytest.mark.parametrize("file", sorted(ANSWERS))
def test_file__headers_and_parameters__are_the_same_in_both_forms(file: str) -> None:
    event = json.loads((EVENTS / file).read_text())
    for one, many in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        singles = event.get(one) or {}
        assert (event.get(many) or {}) == {name: [value] for name, value in singles.items()}
