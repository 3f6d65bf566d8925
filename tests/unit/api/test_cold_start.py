"""After a snapshot, what must not be shared by two processes is made anew in each."""

import gc
import random
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from oncepay.api.cold_start import RESTORE_HOOKS, end_cold_start
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database, Endpoint, open_database
from oncepay.storage.wire import TRANSPORT
from tests.unit.storage.scripted_server import ScriptedServer, a_reply, running_server

EMPTY = a_reply(b'{"Responses": {"ledger-dev": []}, "UnprocessedKeys": {}}')


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        running.script = [EMPTY]
        yield running


@pytest.fixture(params=["thin", "botocore"])
def database(
    request: pytest.FixtureRequest, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> Database:
    monkeypatch.setenv(TRANSPORT, request.param)
    endpoint = Endpoint(
        region="us-east-1", url=server.url, access_key_id="local", secret_access_key="local"
    )
    return open_database({"ledger": "ledger-dev"}, endpoint)


@pytest.fixture
def restore(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What Lambda's Python does when a snapshot is taken up again."""
    hooks: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
    module: Any = ModuleType(RESTORE_HOOKS)
    module.register_after_restore = lambda hook, *arguments: hooks.append((hook, arguments))
    monkeypatch.setitem(sys.modules, RESTORE_HOOKS, module)

    def run() -> None:
        assert len(hooks) == 1
        for hook, arguments in hooks:
            hook(*arguments)

    return run


def read(database: Database) -> None:
    assert database.get("ledger", "mer_1#USD#0", "balance", Budget(5)) is None


def test_connection__made_before_the_snapshot__is_not_used_after_it(
    database: Database, server: ScriptedServer, restore: Callable[[], None]
) -> None:
    end_cold_start(database)
    read(database)
    read(database)
    assert server.accepted == 1
    restore()
    read(database)
    assert server.accepted == 2
    database.close_connections()


def test_pauses_between_attempts__are_not_the_same_in_two_copies(
    database: Database, restore: Callable[[], None]
) -> None:
    end_cold_start(database)
    snapshot = random.getstate()
    drawn = []
    for _ in range(2):
        random.setstate(snapshot)
        restore()
        drawn.append(random.random())
    assert drawn[0] != drawn[1]


def test_end_cold_start__where_there_are_no_snapshots__looks_for_garbage_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, RESTORE_HOOKS, None)
    gc.disable()
    end_cold_start(database)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_close_connections__of_a_database_that_was_never_used__is_nothing(
    database: Database, server: ScriptedServer
) -> None:
    database.close_connections()
    assert server.accepted == 0
