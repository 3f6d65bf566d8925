"""What does DynamoDB's work in a benchmark? DynamoDB Local, which is AWS's own and written in Java,
or MiniStack, which every machine here has. One of this run alone, on a free port, gone after it.

    with running_engine(folder) as engine:
        environment = engine.environment()

The environment variable ENGINE chooses: `dynamodb-local` or `ministack`. Without it DynamoDB Local
is taken where Java and npm are, else MiniStack. Neither is as fast as DynamoDB, or as slow: what is
compared on one of them is compared on the same one, in turns.
"""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from benchmarks.dynamodb_jar import LIBRARIES, NoJarError, find_jar, find_java
from tests.ministack import free_port, running_ministack
from tests.template_tables import create_tables

DYNAMODB_LOCAL: Final = "dynamodb-local"
MINISTACK: Final = "ministack"
ENGINES: Final = (DYNAMODB_LOCAL, MINISTACK)
REGION: Final = "us-east-1"
START_SECONDS: Final = 60
END_SECONDS: Final = 20
HEAP: Final = "1g"


class EngineError(Exception):
    """There is no engine; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEngine:
    """A running engine.

    Attributes:
        name: `dynamodb-local` or `ministack`.
        url: where it listens.
        why: why it was taken, for a person.
    """

    name: str
    url: str
    why: str

    def client(self) -> Any:
        """A plain client of it, to set a world up and to look at it."""
        return boto3.client(
            "dynamodb",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}, retries={"total_max_attempts": 1, "mode": "standard"}),
        )

    def create_tables(self, prefix: str) -> dict[str, str]:
        """The tables of template.yaml, empty; returns the name of each role."""
        return create_tables(self.client(), prefix)

    def environment(self) -> dict[str, str]:
        """For a process that works on it: this one's, and never a real account."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }


def require_engine(wanted: str | None = None) -> str | None:
    """The name of the engine that is asked for, here or by the environment; None if none is.

    Raises:
        EngineError: there is no such engine.
    """
    name = wanted or os.environ.get("ENGINE") or None
    if name is not None and name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}: it must be one of {', '.join(ENGINES)}")
    return name


@contextmanager
def running_engine(folder: Path, wanted: str | None = None) -> Iterator[LocalEngine]:
    """Start one, and stop it.

    Args:
        folder: empty, for whatever it keeps.
        wanted: its name; the environment's ENGINE if none is given.

    Raises:
        EngineError: what was asked for cannot be had, or does not start.
    """
    name = require_engine(wanted)
    if name == MINISTACK:
        why = "asked for"
    else:
        try:
            java, jar = find_java(), find_jar()
        except NoJarError as error:
            if name == DYNAMODB_LOCAL:
                raise EngineError(f"DynamoDB Local cannot be had: {error}") from error
            why = f"DynamoDB Local cannot be had: {error}"
        else:
            why = "asked for" if name else "Java and npm are here"
            with _running_jar(java, jar, folder) as url:
                yield LocalEngine(name=DYNAMODB_LOCAL, url=url, why=why)
            return
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(running_ministack(folder))
        except RuntimeError as error:
            raise EngineError(f"MiniStack did not start: {error}") from error
        yield LocalEngine(name=MINISTACK, url=url, why=why)


@contextmanager
def _running_jar(java: str, jar: Path, folder: Path) -> Iterator[str]:
    port = free_port()
    log = folder / "dynamodb-local.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            jar_command(java, jar, port),
            env=_without_aws(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def jar_command(java: str, jar: Path, port: int) -> list[str]:
    """What starts DynamoDB Local: in memory, one set of tables for all keys and regions."""
    # The serial collector uses no cores that the measured process could have.
    return [
        java,
        f"-Xmx{HEAP}",
        "-XX:+UseSerialGC",
        f"-Djava.library.path={jar.parent / LIBRARIES}",
        "-jar",
        str(jar),
        "-inMemory",
        "-sharedDb",
        "-disableTelemetry",
        "-port",
        str(port),
    ]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EngineError(
                f"DynamoDB Local has ended: {log.read_text(errors='replace')[-1000:]}"
            )
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise EngineError(f"DynamoDB Local did not listen within {START_SECONDS} s")


def _without_aws(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("AWS_")}
