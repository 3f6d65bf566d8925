"""The HTTP side of a person's decision about a break."""

from collections.abc import Callable
from typing import Any

import pytest

from oncepay.domain.principal import MERCHANT_SCOPES, OPERATOR_SCOPES
from oncepay.domain.settlement import Break, BreakKind, BreakStatus
from oncepay.storage.breaks import break_item
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Transaction
from tests.books import Books
from tests.builders import NOW
from tests.events import Reply, an_authorizer, an_operator
from tests.unit.domain.test_break_resolution import RUN, a_break
from tests.unit.domain.test_settlement_matching import PAYMENT
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import assert_problem
from tests.unit.services.test_resolve_break import put

RESOLVE = "/v1/settlements/{id}/breaks/{break_id}/resolve"
BODY = {"action": "correct", "reason": "the bank says so"}
BROKEN = a_break(opened_at=NOW)

type Resolve = Callable[..., Reply]


@pytest.fixture
def resolve(process: Send) -> Resolve:
    """As an operator, about the break unless another is named."""

    def send(action: str = "correct", break_id: str = BROKEN.id, **kwargs: Any) -> Reply:
        given = {"body": BODY | {"action": action}, "authorizer": an_operator()} | kwargs
        run_id = given.pop("run_id", RUN)
        return process("POST", RESOLVE, parameters={"id": run_id, "break_id": break_id}, **given)

    return send


@pytest.fixture
def found(database: Database) -> Break:
    """A payment that is not as its row says."""
    put(database, Budget(60), PAYMENT, BROKEN)
    return BROKEN


def everything(books: Books) -> list[list[dict[str, Any]]]:
    return [books.items(role) for role in ("settlements", "payments", "ledger", "idempotency")]


def test_break__corrected__is_answered_with_the_break(resolve: Resolve, found: Break) -> None:
    reply = resolve()
    assert reply.status == 200
    assert list(reply.json) == [
        "id", "object", "kind", "status", "row", "payment_id", "expected", "found", "reason",
        "correction", "decisions",
    ]  # fmt: skip
    assert (reply.json["id"], reply.json["status"]) == (found.id, "corrected")
    (decision,) = reply.json["decisions"]
    assert decision["at"]
    assert (decision["action"], decision["reason"]) == ("correct", "the bank says so")
    assert "idempotent-replayed" not in reply.headers


def test_break__corrected__books_and_settles(resolve: Resolve, found: Break, books: Books) -> None:
    resolve()
    (payment,) = books.items("payments")
    assert payment["settlement_id"] == found.settlement_id
    (balance,) = [item for item in books.items("ledger") if item["part"] == "balance"]
    assert int(balance["available_minor"]) == 4_900


def test_decision__is_by_the_id_of_the_key(resolve: Resolve, found: Break) -> None:
    colleague = an_operator(key_id="operator-anna", principalId="operator-anna")
    assert resolve(authorizer=colleague).json["decisions"][0]["by"] == "operator-anna"


@pytest.mark.parametrize(
    ("action", "status"),
    [("accept", "accepted"), ("correct", "corrected"), ("ignore", "ignored")],
)
def test_break__decided_about_and_reopened__is_as_each_says(
    resolve: Resolve, found: Break, action: str, status: str
) -> None:
    assert resolve(action).json["status"] == status
    reopened = resolve("reopen", key="key-2")
    assert (reopened.status, reopened.json["status"]) == (200, "open")
    actions = [decision["action"] for decision in reopened.json["decisions"]]
    assert actions == [action, "reopen"]


def test_break__corrected_and_reopened__leaves_the_balance_as_it_was(
    resolve: Resolve, found: Break, books: Books
) -> None:
    resolve()
    resolve("reopen", key="key-2")
    (payment,) = books.items("payments")
    assert "settlement_id" not in payment
    (balance,) = [item for item in books.items("ledger") if item["part"] == "balance"]
    assert (int(balance["available_minor"]), int(balance["pending_minor"])) == (0, 4_900)


def test_decision__sent_again__is_answered_with_the_same_bytes(
    resolve: Resolve, found: Break, books: Books
) -> None:
    first = resolve()
    before = everything(books)
    again = resolve()
    assert (again.status, again.text) == (200, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert everything(books) == before


def test_decision__sent_again_after_it_was_taken_back__is_answered_as_it_was(
    resolve: Resolve, found: Break, books: Books
) -> None:
    first = resolve()
    resolve("reopen", key="key-2")
    before = everything(books)
    assert resolve().text == first.text
    assert everything(books) == before


def test_decision__sent_again_with_a_colleague_s_api_key__is_the_same_decision(
    resolve: Resolve, found: Break
) -> None:
    first = resolve()
    colleague = an_operator(key_id="operator-anna", principalId="operator-anna")
    assert resolve(authorizer=colleague).text == first.text


def test_decision__another_under_the_key__is_422(resolve: Resolve, found: Break) -> None:
    resolve()
    reply = resolve("ignore")
    assert_problem(reply, 422, "idempotency_key_reused")
    assert reply.json["param"] == "Idempotency-Key"


def test_decision__about_another_break_under_the_key__is_a_request_of_its_own(
    resolve: Resolve, found: Break, database: Database
) -> None:
    other = a_break(
        opened_at=NOW, row=9, settles=None, correction=None, kind=BreakKind.REJECTED_ROW
    )
    put_break(database, other)
    assert resolve("accept").json["id"] == found.id
    assert resolve("accept", other.id).json["id"] == other.id


def put_break(database: Database, found: Break) -> None:
    transaction = Transaction()
    transaction.put("break", break_item(found))
    assert database.write(transaction, Budget(60)) is None


def test_decision__without_a_key__is_400(resolve: Resolve, found: Break) -> None:
    assert_problem(resolve(key=None), 400, "idempotency_key_missing")


def test_break__decided_already__is_409_and_nothing_is_stored(
    resolve: Resolve, found: Break, books: Books
) -> None:
    resolve("ignore")
    before = everything(books)
    reply = resolve(key="key-2")
    assert_problem(reply, 409, "invalid_transition")
    assert reply.json["detail"] == "the break is ignored; reopen it first"
    assert everything(books) == before


def test_break__that_is_open__is_not_reopened(resolve: Resolve, found: Break) -> None:
    assert_problem(resolve("reopen"), 409, "invalid_transition")


def test_break__of_which_nobody_knows_what_is_right__is_not_corrected(
    resolve: Resolve, database: Database
) -> None:
    rejected = a_break(opened_at=NOW, correction=None, settles=None, kind=BreakKind.REJECTED_ROW)
    put_break(database, rejected)
    reply = resolve()
    assert_problem(reply, 409, "invalid_transition")
    assert reply.json["detail"] == (
        "the break has no correction, since its row could not be read: accept or ignore it"
    )


@pytest.mark.parametrize(
    ("run_id", "break_id"),
    [
        (RUN, BROKEN.id + "1"),
        ("set_" + "b" * 26, BROKEN.id),
        (RUN, "brk_" + "b" * 26 + "_7"),
        (RUN, "run"),
        (RUN, "break#0000000007"),
        ("content#" + "a" * 64, "brk_x_1"),
        (RUN, "x" * 3_000),
    ],
    ids=["row", "run", "run of the break", "part", "key", "pointer", "long"],
)
def test_break__that_there_is_not__is_404(
    resolve: Resolve, found: Break, run_id: str, break_id: str
) -> None:
    reply = resolve(run_id=run_id, break_id=break_id)
    assert_problem(reply, 404, "not_found")
    assert reply.json["detail"] == "no such break of this settlement"


@pytest.mark.parametrize(
    "authorizer",
    [
        an_authorizer(),
        an_authorizer(scopes=" ".join((*MERCHANT_SCOPES, *OPERATOR_SCOPES))),
        an_operator(scopes="settlements:read metrics:read"),
    ],
    ids=["merchant", "merchant with the scope", "operator without the scope"],
)
def test_decision__of_a_caller_who_may_not__is_403_and_changes_nothing(
    resolve: Resolve, found: Break, books: Books, authorizer: dict[str, str]
) -> None:
    before = everything(books)
    assert_problem(resolve(authorizer=authorizer), 403, "forbidden")
    assert everything(books) == before


def test_decision__of_nobody_or_with_an_expired_key__is_401(resolve: Resolve, found: Break) -> None:
    expired = an_operator(expires_at="2026-01-01T00:00:00.000000Z")
    for authorizer in (expired, {}):
        assert_problem(resolve(authorizer=authorizer), 401, "unauthorized")


def test_decision__the_one_scope__is_enough(resolve: Resolve, found: Break) -> None:
    assert resolve(authorizer=an_operator(scopes="settlements:write")).status == 200


def test_operator__posts_no_merchant_s_payment(process: Send) -> None:
    authorizer = an_operator(scopes=" ".join((*MERCHANT_SCOPES, *OPERATOR_SCOPES)))
    body = {"amount_minor": 1, "currency": "USD"}
    assert_problem(process("POST", "/v1/deposits", body, authorizer=authorizer), 403, "forbidden")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"action": "correct"}, "reason"),
        ({"reason": "x"}, "action"),
        (BODY | {"action": "close"}, "action"),
        (BODY | {"reason": ""}, "reason"),
        (BODY | {"reason": "x" * 501}, "reason"),
        (BODY | {"status": "accepted"}, "status"),
        (None, "action"),
    ],
    ids=str,
)
def test_body__that_is_no_decision__is_refused_by_name(
    resolve: Resolve, found: Break, books: Books, body: Any, param: str
) -> None:
    before = everything(books)
    reply = resolve(body=body)
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == param
    assert everything(books) == before


def test_reason__with_a_card_s_number__is_refused_and_not_kept(
    resolve: Resolve, found: Break, books: Books
) -> None:
    before = everything(books)
    reply = resolve(body=BODY | {"reason": "card 4242 4242 4242 4242"})
    assert_problem(reply, 422, "card_data_refused")
    assert everything(books) == before


def test_parameter__of_the_query__is_refused(resolve: Resolve, found: Break) -> None:
    reply = resolve(query={"limit": ["1"]})
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == "limit"


def test_log__names_the_key_and_the_break__and_no_reason(
    resolve: Resolve, found: Break, logged: list[str]
) -> None:
    resolve()
    (line,) = [line for line in logged if '"request"' in line]
    assert '"key_id":"operator-key"' in line
    assert f'"break_id":"{found.id}"' in line
    assert "the bank" not in line


def test_log__of_a_break_that_there_is_not__says_nothing_that_the_caller_wrote(
    resolve: Resolve, found: Break, logged: list[str]
) -> None:
    resolve(break_id="made-up-by-the-caller")
    (line,) = [line for line in logged if '"request"' in line]
    assert "made-up" not in line


@pytest.mark.parametrize("status", [BreakStatus.ACCEPTED, BreakStatus.IGNORED], ids=str)
def test_break__decided_about_without_a_correction__moved_no_money(
    resolve: Resolve, found: Break, books: Books, status: BreakStatus
) -> None:
    before = books.items("payments"), books.items("ledger")
    action = {BreakStatus.ACCEPTED: "accept", BreakStatus.IGNORED: "ignore"}[status]
    assert resolve(action).json["status"] == status.value
    assert (books.items("payments"), books.items("ledger")) == before
