"""An event's answer is checked to the letter; only a lost answer makes a difference."""

import io
from collections import Counter

import pytest
from rich.console import Console

from oncepay.storage.database import Database
from ops.demo.checks import Checks
from ops.demo.crowd import Crowd
from ops.demo.http_client import LOST_CONNECTION, Reply
from ops.demo.inbound import is_duplicate, is_taken
from ops.demo.scene import Scene
from ops.stack import Credentials, Stack

TAKEN = b'{"received":true}'
DUPLICATE = b'{"received":true,"duplicate":true}'


@pytest.fixture
def scene(database: Database) -> Scene:
    console = Console(file=io.StringIO())
    nowhere = Stack(
        name="oncepay-local",
        environment="local",
        region="us-east-1",
        tables={},
        api_url="http://127.0.0.1",
        endpoint_url=None,
        credentials=Credentials(access_key_id="test", secret_access_key="test"),
    )
    return Scene(
        stack=nowhere,
        database=database,
        console=console,
        checks=Checks(console),
        crowd=Crowd(0, "http://127.0.0.1"),
    )


def an_answer(status: int, body: bytes, *, lost: int = 0) -> Reply:
    return Reply(status, {}, body, Counter({LOST_CONNECTION: lost} if lost else {}))


def test_taken__first__passes(scene: Scene) -> None:
    is_taken(scene, an_answer(200, TAKEN))
    assert (scene.checks.passed, scene.checks.failed) == (1, [])


def test_taken__a_duplicate__fails(scene: Scene) -> None:
    is_taken(scene, an_answer(200, DUPLICATE))
    assert len(scene.checks.failed) == 1


def test_taken__a_duplicate_after_a_lost_answer__passes(scene: Scene) -> None:
    is_taken(scene, an_answer(200, DUPLICATE, lost=1))
    assert scene.checks.failed == []


@pytest.mark.parametrize("answer", [an_answer(200, TAKEN), an_answer(400, DUPLICATE)])
def test_duplicate__anything_else__fails(scene: Scene, answer: Reply) -> None:
    is_duplicate(scene, answer)
    assert len(scene.checks.failed) == 1


def test_duplicate__to_the_letter__passes(scene: Scene) -> None:
    is_duplicate(scene, an_answer(200, DUPLICATE))
    assert scene.checks.failed == []
