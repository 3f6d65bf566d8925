"""What is kept of a local stack between two commands? A folder: who runs, on which port, and
stack.json.

    stack.json       what the stack offers, in the contract's shape
    server.lock      held by the local AWS for as long as it lives; its text is
                     `<pid> <port> <port of the simulated processor> <region>`
    command.lock     held by a command that changes the stack
    deployed         what was deployed into which server; not there before a first `up` has finished
    simulated.secret what the simulated processor was started with
    ministack.log    what the local AWS says

Whether the local AWS of this folder runs is told by the lock, not by a pid, which may long be
somebody else's: a process that holds the lock is ours, and nothing else is ever stopped.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The output of template.yaml that names the table of each role.
TABLES = {
    "idempotency": "IdempotencyTable",
    "payments": "PaymentsTable",
    "ledger": "LedgerTable",
    "directory": "DirectoryTable",
    "events": "EventsTable",
    "settlements": "SettlementsTable",
}

DEFAULT_REGION = "us-east-1"
LOCK_TEXT = re.compile(r"([0-9]+) ([0-9]+)(?: ([0-9]+)(?: ([a-z]+(?:-[a-z]+)+-[0-9]))?)?")


class LocalStackError(Exception):
    """The local stack cannot do it; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class Server:
    """The running local AWS of a folder, and the simulated processor that lives with it. Where
    an earlier version of this program started it, there is none, and no region but one.
    """

    pid: int
    port: int
    processor_port: int | None = None
    region: str = DEFAULT_REGION

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def processor_url(self) -> str | None:
        """Where the simulated processor listens."""
        return None if self.processor_port is None else f"http://127.0.0.1:{self.processor_port}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of one local stack."""

    path: Path

    @property
    def stack_file(self) -> Path:
        """Where stack.json is."""
        return self.path / "stack.json"

    @property
    def server_lock(self) -> Path:
        """Held by the local AWS."""
        return self.path / "server.lock"

    @property
    def deployed_file(self) -> Path:
        """What was deployed, into which server."""
        return self.path / "deployed"

    @property
    def scratch(self) -> Path:
        """Where the local AWS unpacks the functions."""
        return self.path / "tmp"

    @property
    def simulated_secret(self) -> Path:
        """What the simulated processor is called with, and signs with."""
        return self.path / "simulated.secret"

    @property
    def log(self) -> Path:
        """What the local AWS says."""
        return self.path / "ministack.log"

    def running_server(self) -> Server | None:
        """The local AWS that this folder started, if it lives."""
        try:
            lock = self.server_lock.open()
        except FileNotFoundError:
            return None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _server_of(lock.read())
            return None

    def read_stack(self) -> dict[str, Any] | None:
        """stack.json, or None if there is none that says where a stack is."""
        try:
            described = json.loads(self.stack_file.read_text())
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(described, dict) or not isinstance(described.get("tables"), dict):
            return None
        names = [described.get("api_url"), *(described["tables"].get(role) for role in TABLES)]
        return described if all(isinstance(name, str) and name for name in names) else None

    def write_stack(self, described: dict[str, Any]) -> None:
        """Write stack.json whole or not at all, readable by its owner only: it holds API keys."""
        draft = self.stack_file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(described, indent=2) + "\n")
        draft.replace(self.stack_file)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Only one command at a time changes a stack.

        Raises: LocalStackError if another one is at it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "command.lock").open("w")
        except OSError as error:
            raise LocalStackError(f"{self.path} cannot be written: {error.strerror}") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalStackError(
                    f"another command is changing the stack in {self.path}; wait for it to end"
                ) from None
            yield


def local_environment(server: Server) -> dict[str, str]:
    """The environment of a program that is to see the local AWS, and never a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ca_bundle = os.environ.get("AWS_CA_BUNDLE")
    return {
        **kept,
        **({"AWS_CA_BUNDLE": ca_bundle} if ca_bundle else {}),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": server.region,
        "AWS_REGION": server.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def _server_of(text: str) -> Server | None:
    found = LOCK_TEXT.fullmatch(text)
    if found is None:
        return None
    pid, port, processor_port, region = found.groups()
    return Server(
        int(pid),
        int(port),
        None if processor_port is None else int(processor_port),
        region or DEFAULT_REGION,
    )
