"""What must be there before the first request? Merchants with money, made for this run alone where
that can be done, and what they have is written down.
"""

import json
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loadtests.record import MERCHANTS_FILE, RecordWriter
from loadtests.scenarios import Scenario, Settings
from loadtests.target import Merchant, Target
from ops.demo.http_client import HttpClient, NoAnswerError, Reply
from ops.demo.shop import CURRENCY, open_shop

SETTERS_UP: Final = 4
"""Merchants that are set up at once."""


class PreparingError(Exception):
    """The run cannot begin; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a scenario's own preparation has to work with.

    Attributes:
        target: where.
        settings: what was chosen.
        merchants: who pays.
        run_id: of this run.
        record: for what it sends that moves money.
    """

    target: Target
    settings: Settings
    merchants: tuple[Merchant, ...]
    run_id: str
    record: RecordWriter

    def client(self, merchant: Merchant) -> HttpClient:
        """Calls the API as that merchant."""
        return HttpClient(self.target.api_url, merchant.api_key)


def set_up_merchants(
    target: Target, scenario: Scenario, run_id: str, *, users: int
) -> tuple[Merchant, ...]:
    """Make merchants on a local stack, or take those of the keys; each has money then.

    On a local stack there are as many as the scenario has, but no more than users; and one more,
    the last one, which warms the stack up.

    Raises: PreparingError with one clear line.
    """
    try:
        merchants = target.merchants or _make_merchants(
            target, scenario, min(scenario.merchants, users) + 1
        )
        with ThreadPoolExecutor(SETTERS_UP) as pool:
            list(pool.map(lambda one: _give_money(target, scenario, run_id, one), merchants))
    except NoAnswerError as error:
        raise PreparingError(f"{target.api_url} does not answer: {error}") from None
    return merchants


def write_balances(target: Target, merchants: Sequence[Merchant], folder: Path) -> None:
    """Write down who they are and what they have before the run begins.

    Their keys are written too where they were made for this run, and open nothing else.

    Raises: PreparingError with one clear line.
    """
    try:
        told = [
            {
                "id": merchant.id,
                **({"api_key": merchant.api_key} if target.is_local else {}),
                "balances": _balances(target, merchant),
                "newest": {
                    "payments": _newest(target, merchant, "/v1/payments"),
                    "entries": _newest(target, merchant, "/v1/ledger/entries"),
                },
            }
            for merchant in merchants
        ]
    except NoAnswerError as error:
        raise PreparingError(f"{target.api_url} does not answer: {error}") from None
    path = folder / MERCHANTS_FILE
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        json.dump({"merchants": told}, out, indent=2)


def _make_merchants(target: Target, scenario: Scenario, number: int) -> tuple[Merchant, ...]:
    if target.stack is None:
        raise PreparingError("merchants cannot be made where only an address is known")
    database = target.stack.open_database()
    shops = [
        open_shop(f"Load {scenario.name}", stack=target.stack, database=database,
                  fee_basis_points=None)
        for _ in range(number)
    ]  # fmt: skip
    return tuple(Merchant(id=shop.merchant_id, api_key=shop.api_key) for shop in shops)


def _give_money(target: Target, scenario: Scenario, run_id: str, merchant: Merchant) -> None:
    missing_minor = scenario.deposit_minor - sum(
        balance["available_minor"]
        for balance in _balances(target, merchant)
        if balance["currency"] == CURRENCY
    )
    if missing_minor <= 0:
        return
    body = {"amount_minor": missing_minor, "currency": CURRENCY}
    key = f"{run_id}-deposit-{secrets.token_hex(4)}"
    reply = HttpClient(target.api_url, merchant.api_key).call(
        "POST", "/v1/deposits", body=body, key=key
    )
    if reply.status == 403:
        raise PreparingError(
            f"{merchant.id} has {missing_minor} {CURRENCY} (minor units) too little for this run,"
            " and its key may not deposit: give it the scope deposits:write, or the money"
        )
    _require(reply, 201, f"the deposit of {merchant.id}")


def _newest(target: Target, merchant: Merchant, path: str) -> dict[str, str] | None:
    """What was there before the run is none of its own."""
    reply = HttpClient(target.api_url, merchant.api_key).call("GET", f"{path}?limit=1")
    _require(reply, 200, f"{path} of {merchant.id}")
    return next(
        ({"id": one["id"], "created_at": one["created_at"]} for one in reply.member("data") or []),
        None,
    )


def _balances(target: Target, merchant: Merchant) -> list[dict[str, Any]]:
    reply = HttpClient(target.api_url, merchant.api_key).call("GET", "/v1/balances")
    _require(reply, 200, f"the balances of {merchant.id}")
    data: list[dict[str, Any]] = reply.member("data") or []
    return data


def _require(reply: Reply, status: int, what: str) -> None:
    if reply.status != status:
        said = reply.member("detail") or reply.code or ""
        raise PreparingError(f"{what}: {reply.status} {said}".rstrip())
