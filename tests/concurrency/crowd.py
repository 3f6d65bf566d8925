"""Many workers pay for one merchant at once, and somebody looks at its money meanwhile."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from oncepay.api.presenters import present_deposit, present_payment
from oncepay.api.problems import Place
from oncepay.domain.errors import PaymentsError
from oncepay.domain.idempotency import IdempotentRequest, Outcome
from oncepay.domain.ledger import ledger_id
from oncepay.domain.shards import MAX_SHARDS
from oncepay.services.add_merchant import add_merchant
from oncepay.services.create_deposit import CreateDeposit, create_deposit
from oncepay.services.create_payment import CreatePayment, create_payment
from oncepay.services.grow_shards import grow_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.verify.prover import verify

WORKERS = 16
SECONDS = 20
"""Of one request, until it gives up: as the function that pays has."""


class Crowd:
    """One merchant without a fee, and its workers."""

    def __init__(self, database: Database, client: Any, tables: dict[str, str]) -> None:
        self.database = database
        self.client = client
        self.tables = tables
        self.merchant_id = add_merchant(
            name="Hot", fee_basis_points=0, database=database, now=now(), budget=Budget(SECONDS)
        ).id

    def deposit(self, amount_minor: int, *, shards: int) -> int:
        """The status of the answer."""
        return create_deposit(
            CreateDeposit(amount_minor=amount_minor, currency="USD"),
            request=self._request("/v1/deposits"),
            minimum_minor=1,
            present=present_deposit,
            retention=timedelta(hours=24),
            database=self.database,
            now=now(),
            budget=Budget(SECONDS),
            shards=shards,
        ).answer.status_code

    def pay(self, amount_minor: int, *, shards: int) -> Outcome:
        """One payment under a key of its own."""
        return create_payment(
            CreatePayment(
                amount_minor=amount_minor,
                currency="USD",
                customer_id=None,
                description=None,
                metadata={},
            ),
            request=self._request("/v1/payments"),
            fee_basis_points=0,
            present=present_payment(Place("/v1/payments", "req-1")),
            retention=timedelta(hours=24),
            database=self.database,
            now=now(),
            budget=Budget(SECONDS),
            shards=shards,
        )

    def pay_at_once(
        self, count: int, amount_minor: int, *, shards: Callable[[int], int] | int
    ) -> Counter[int | str]:
        """So many payments from all workers: statuses, or the codes of errors.

        Args:
            count: of the payments.
            amount_minor: of each.
            shards: how many the caller believes that there are; of each payment, by its number.
        """

        def pay(number: int) -> int | str:
            believed = shards if isinstance(shards, int) else shards(number)
            try:
                return self.pay(amount_minor, shards=believed).answer.status_code
            except PaymentsError as error:
                return error.code

        with ThreadPoolExecutor(WORKERS) as pool:
            return Counter(pool.map(pay, range(count)))

    def grow(self, shards: int) -> None:
        """As `oncepay shards` does."""
        grow_shards(
            self.merchant_id,
            shards,
            database=self.database,
            now=now(),
            budget=Budget(SECONDS),
        )

    def picture(self) -> list[int]:
        """What is in each shard that there may be, at one moment; past the rule."""
        gets: Sequence[Any] = [
            {
                "Get": {
                    "TableName": self.tables["ledger"],
                    "Key": {
                        "id": {"S": ledger_id(self.merchant_id, "USD", shard)},
                        "part": {"S": "balance"},
                    },
                }
            }
            for shard in range(MAX_SHARDS)
        ]
        found = self.client.transact_get_items(TransactItems=gets)["Responses"]
        return [int(one["Item"]["available_minor"]["N"]) if "Item" in one else 0 for one in found]

    @contextmanager
    def watched(self) -> Iterator[list[list[int]]]:
        """Pictures that are taken one after the other, until the end."""
        pictures = [self.picture()]
        is_over = threading.Event()

        def look() -> None:
            while not is_over.is_set():
                pictures.append(self.picture())

        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(look)
            try:
                yield pictures
            finally:
                is_over.set()
                looking.result()

    def findings(self) -> list[Any]:
        """What `oncepay verify` says of the tables."""
        return list(verify(self.tables, client=self.client).findings)

    def _request(self, path: str) -> IdempotentRequest:
        return IdempotentRequest(
            merchant_id=self.merchant_id,
            method="POST",
            path=path,
            key=uuid.uuid4().hex,
            fingerprint="f" * 64,
        )


def now() -> datetime:
    """The time of a call."""
    return datetime.now(UTC)
