"""The functions, cold-started on moto."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from oncepay.storage.database import Database
from ops.simulated.server import SimulatedProcessor
from tests.books import Books
from tests.events import LambdaContext, Reply, an_event, load_function, set_environment
from tests.processor_handlers import ProcessorHandlers, running_handlers

type Send = Callable[..., Reply]


def sender(module: Any) -> Send:
    def send(*args: Any, **kwargs: Any) -> Reply:
        return Reply(module.handler(an_event(*args, **kwargs), LambdaContext()))

    return send


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], database: Database
) -> None:
    set_environment(monkeypatch, tables)
    boto3.client("secretsmanager").create_secret(Name="cursor", SecretString="not much of one")


@pytest.fixture
def handlers(
    environment: None, monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]
) -> Iterator[ProcessorHandlers]:
    """The functions at a running simulated processor."""
    with running_handlers(monkeypatch, tables) as handlers:
        yield handlers


@pytest.fixture
def processor(handlers: ProcessorHandlers) -> SimulatedProcessor:
    """That processor."""
    return handlers.processor


@pytest.fixture
def process(environment: None) -> Send:
    return sender(load_function("process_payment"))


@pytest.fixture
def query(environment: None) -> Send:
    return sender(load_function("query"))


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


@pytest.fixture
def logged(environment: None) -> Iterator[list[str]]:
    """Every line that the functions log from now on, as it would stand in CloudWatch."""
    load_function("query")
    logger = logging.getLogger("tests")
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keep = Keep()
    keep.setFormatter(logger.handlers[0].formatter)
    # Powertools' logger propagates; at the root the libraries' own lines are heard as well.
    logging.getLogger().addHandler(keep)
    yield lines
    logging.getLogger().removeHandler(keep)
