"""How is DynamoDB reached? One kept-alive client for all tables, one retry rule for all calls.

botocore's own retries are switched off, so that a request is sent again in one place only: here,
with full jitter, inside the budget of the invocation. A transaction carries one random client
token, kept for byte-identical re-sends of the very same request: DynamoDB then applies it once even
if a reply was lost. The token is never relied on beyond that; what makes a payment happen once are
the conditions.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection
from pynamodb.exceptions import (
    PynamoDBException,
    TableError,
    TransactGetError,
    TransactWriteError,
)
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from oncepay.domain.errors import InternalError, OutcomeUnknown, RateLimited, StorageUnavailable
from oncepay.storage.budget import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, Budget, Usage
from oncepay.storage.failures import (
    CANCELED,
    UNREADABLE_REPLY,
    Failure,
    classify,
    classify_cancelled_read,
    response_code,
)
from oncepay.storage.tables import open_table
from oncepay.storage.transactions import RawItem, Refusal, Transaction, read_refusal
from oncepay.storage.wire import open_client

MAX_KEYS_PER_BATCH = 100
"""Source: DynamoDB service quotas, BatchGetItem, as of 2026-11."""

MAX_PAGES = 1000
"""A query that reads whole reads at most this many pages of 1 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where DynamoDB is, if not where the environment says: a local stack, or another profile's
    keys.
    """

    region: str | None = None
    url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a query, and the key to go on from, or None at the end."""

    items: list[RawItem]
    last_key: RawItem | None


def open_database(tables: Mapping[str, str], endpoint: Endpoint | None = None) -> "Database":
    """Bind the models to tables and make the client.

    Args:
        tables: name of each table by its role: idempotency, payments, ledger, directory; only those
            that are used.
        endpoint: where DynamoDB is, if the environment does not say.
    """
    endpoint = endpoint or Endpoint()
    connection = Connection(
        region=endpoint.region,
        host=endpoint.url,
        connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
        retry_configuration={"total_max_attempts": 1, "mode": "standard"},
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret_access_key,
        aws_session_token=endpoint.session_token,
    )
    open_client(connection, endpoint.url)
    for role, name in tables.items():
        open_table(role, name, connection)
    return Database(connection, tables)


class Database:
    """The tables of one stack."""

    def __init__(self, connection: Connection, tables: Mapping[str, str]) -> None:
        self._connection = connection
        self._tables = dict(tables)

    def close_connections(self) -> None:
        """Let go of what is connected; the next request connects anew."""
        client = self._connection._client
        if client is not None:
            client.close()

    def write(
        self, transaction: Transaction, budget: Budget, *, tries: int | None = None
    ) -> Refusal | None:
        """Commit a transaction; None when it is done, else which conditions did not hold.

        Args:
            transaction: what to write.
            budget: the time left.
            tries: give up when it was turned away so often; None is as often as there is time.

        Raises:
            RateLimited: nothing was done; conflicts or throttling lasted as long as the budget,
                or there was no time left to begin.
            OutcomeUnknown: a reply was lost, and no later one came: it may have been done.
            InternalError: DynamoDB refused the request itself.
        """
        if _is_too_late(budget):
            raise RateLimited("no time was left; nothing was done")
        checks, puts, updates = transaction.checks(), transaction.puts(), transaction.updates()
        token = secrets.token_hex(16)
        lost = False
        attempt = 0
        while True:
            budget.usage.requests += 1
            try:
                response = self._connection.transact_write_items(
                    condition_check_items=checks,
                    delete_items=(),
                    put_items=puts,
                    update_items=updates,
                    client_request_token=token,
                )
            except (TransactWriteError, *UNREADABLE_REPLY) as error:
                if _is_cancelled(error):
                    budget.usage.write_units += transaction.units_if_cancelled()
                outcome = _read_failed_write(transaction, error)
                if isinstance(outcome, Refusal):
                    return outcome
                if outcome is Failure.FINAL:
                    # Unless an attempt before this one was lost: it may have been done.
                    raise _give_up_writing(lost=True) if lost else _refused_for_good() from error
                if outcome is Failure.LOST and not lost:
                    # Perhaps it was done: counted until it is known that it was not.
                    lost = True
                    budget.usage.write_units += transaction.units_if_cancelled()
                if tries is not None and attempt + 1 >= tries and not lost:
                    raise _give_up_writing(lost=False) from error
                if not budget.wait_before_retry(attempt):
                    raise _give_up_writing(lost=lost) from error
                attempt += 1
            else:
                budget.usage.commits += 1
                if _count_written(budget.usage, response) and lost:
                    # Done now, so it was not done by the attempt whose reply was lost.
                    budget.usage.write_units -= transaction.units_if_cancelled()
                return None

    def get(
        self, role: str, hash_key: str, range_key: str | None, budget: Budget
    ) -> RawItem | None:
        """Read one item, strongly consistent.

        Raises:
            StorageUnavailable: no answer within the budget.
        """
        # By way of a batch: an absent item is said there, not just left out of the reply.
        key = {"id": hash_key} if range_key is None else {"id": hash_key, "part": range_key}
        found = self.get_many(role, [key], budget)
        return found[0] if found else None

    def get_together(
        self, keys: Sequence[tuple[type[Model], str, str | None]], budget: Budget
    ) -> list[RawItem | None]:
        """Read items of several tables in one consistent picture, in one request.

        Raises:
            StorageUnavailable: no answer within the budget.
        """
        gets = [
            model.get_operation_kwargs_from_class(hash_key, range_key)
            for model, hash_key, range_key in keys
        ]
        call = partial(self._connection.transact_get_items, gets)
        response = self._read(call, "Responses", budget)
        return [found.get("Item") for found in response["Responses"]]

    def get_many(
        self, role: str, keys: Sequence[Mapping[str, str]], budget: Budget
    ) -> list[RawItem]:
        """Read items of one table by key, strongly consistent, in no order.

        Raises:
            StorageUnavailable: no answer within the budget.
        """
        table = self._tables[role]
        found: list[RawItem] = []
        for start in range(0, len(keys), MAX_KEYS_PER_BATCH):
            wanted: list[Any] = [dict(key) for key in keys[start : start + MAX_KEYS_PER_BATCH]]
            attempt = 0
            while wanted:
                call = partial(self._connection.batch_get_item, table, wanted, consistent_read=True)
                response = self._read(call, "Responses", budget)
                items = response["Responses"].get(table, [])
                found.extend(items)
                # DynamoDB may leave keys over, as it pleases.
                left = response.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
                if "ConsumedCapacity" not in response:
                    # Some local ones do not say it of a batch.
                    absent = len(wanted) - len(left) - len(items)
                    budget.usage.read_units += _units_read(items, absent)
                wanted = left
                if wanted and not budget.wait_before_retry(attempt):
                    raise StorageUnavailable("the payment store is busy; try again")
                attempt += 1
        return found

    def query_page(
        self,
        role: str,
        hash_key: str,
        budget: Budget,
        *,
        range_condition: Condition | None = None,
        filter_condition: Condition | None = None,
        index: str | None = None,
        start_key: RawItem | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Page:
        """Read one page of a partition; strongly consistent but on an index.

        Raises:
            StorageUnavailable: no answer within the budget.
        """
        response = self._read(
            lambda: self._connection.query(
                self._tables[role],
                hash_key,
                range_key_condition=range_condition,
                filter_condition=filter_condition,
                consistent_read=index is None,
                exclusive_start_key=start_key,
                index_name=index,
                limit=limit,
                scan_index_forward=not newest_first,
            ),
            "Items",
            budget,
        )
        return Page(response["Items"], response.get("LastEvaluatedKey"))

    def query_all(
        self,
        role: str,
        hash_key: str,
        budget: Budget,
        *,
        range_condition: Condition | None = None,
        index: str | None = None,
        max_pages: int | None = None,
    ) -> Iterator[RawItem]:
        """Read a partition whole; `max_pages` where it may be larger than others are.

        Raises:
            StorageUnavailable: no answer within the budget, or more than so many pages, or 1000.
        """
        start_key: RawItem | None = None
        for _ in range(max_pages or MAX_PAGES):
            page = self.query_page(
                role,
                hash_key,
                budget,
                range_condition=range_condition,
                index=index,
                start_key=start_key,
            )
            yield from page.items
            start_key = page.last_key
            if start_key is None:
                return
        raise StorageUnavailable("the partition is larger than one request reads")

    def describe_table(self, name: str, budget: Budget) -> dict[str, Any]:
        """What DynamoDB says of a table: its sizes are those of some hours ago.

        Raises:
            StorageUnavailable: no answer within the budget.
        """

        def call() -> dict[str, Any]:
            # PynamoDB has each operation's errors wrapped by its own method; this one's keeps what
            # it read, and hands on some errors as they are.
            try:
                return dict(self._connection.dispatch("DescribeTable", {"TableName": name}))
            except (BotoCoreError, ClientError) as error:
                raise TableError("the table was not described", error) from error

        found: dict[str, Any] = self._read(call, "Table", budget)["Table"]
        return found

    def _read(
        self, call: Callable[[], dict[str, Any]], member: str, budget: Budget
    ) -> dict[str, Any]:
        """Read again until the reply has its member: garbled JSON comes as an empty reply."""
        if _is_too_late(budget):
            raise StorageUnavailable("no time was left to read; try again")
        attempt = 0
        cause: Exception | None = None
        while True:
            budget.usage.requests += 1
            try:
                response = call()
            except (PynamoDBException, *UNREADABLE_REPLY) as error:
                if _read_failed_read(error) is Failure.FINAL:
                    raise _refused_for_good() from error
                cause = error
            else:
                if member in response:
                    budget.usage.read_units += sum(units for units, _ in _consumed(response))
                    return response
            if not budget.wait_before_retry(attempt):
                raise StorageUnavailable("the payment store did not answer in time") from cause
            attempt += 1


def _is_too_late(budget: Budget) -> bool:
    # The first call of an invocation is always made: nothing is known yet, and time may be short.
    return budget.usage.requests > 0 and not budget.has_time()


def _read_failed_read(error: Exception) -> Failure:
    if isinstance(error, TransactGetError) and response_code(error) == CANCELED:
        return classify_cancelled_read(error.cancellation_reasons)
    return classify(error)


def _read_failed_write(transaction: Transaction, error: Exception) -> Refusal | Failure:
    if _is_cancelled(error):
        return read_refusal(transaction.labels, error.cancellation_reasons)
    return classify(error)


def _refused_for_good() -> InternalError:
    return InternalError("the payment store refused the request")


def _give_up_writing(*, lost: bool) -> OutcomeUnknown | RateLimited:
    if lost:
        return OutcomeUnknown(
            "the outcome is not known; send the same request with the same key again"
        )
    return RateLimited("too many requests at once; nothing was done")


def _is_cancelled(error: Exception) -> TypeGuard[TransactWriteError]:
    return isinstance(error, TransactWriteError) and response_code(error) == CANCELED


def _count_written(usage: Usage, response: Mapping[str, Any]) -> bool:
    """Whether it was written now: to a token that it knows DynamoDB tells the outcome of before,
    which is a read.
    """
    wrote = read = 0.0
    for units, of_them_read in _consumed(response):
        wrote += units - of_them_read
        read += of_them_read
    usage.write_units += wrote
    usage.read_units += read
    return wrote > 0


def _units_read(items: Sequence[RawItem], absent: int) -> float:
    """What DynamoDB charges for items of a batch, strongly consistent."""
    # Imported here: DynamoDB itself has said it.
    from oncepay.domain.capacity import Consistency, item_size_bytes, read_units

    sizes = [item_size_bytes(item) for item in items] + [0] * absent
    return float(sum(read_units(size, Consistency.STRONG) for size in sizes))


def _consumed(response: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """By table, the units in all, with the indexes', and how many of a write's only read. What is
    not to be understood counts nothing: what was done is done, whatever is said of its price.
    """
    told = response.get("ConsumedCapacity")
    for table in told if isinstance(told, list) else [told]:
        if isinstance(table, Mapping):
            yield _number(table.get("CapacityUnits")), _number(table.get("ReadCapacityUnits"))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
