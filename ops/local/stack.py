"""How does a local stack come up, and go down? Step by step, each told as it happens.

Coming up twice is harmless: what runs and is as wanted is kept, what is not is mended. A stack that
crashed half-way is begun again from where it stands.
"""

import platform
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from oncepay.storage.database import Endpoint, open_database
from ops.local import build as build_module
from ops.local.deploy import STACK_NAME, deploy
from ops.local.folder import REGION, Folder, LocalStackError, Server
from ops.local.seed import seed
from ops.local.server import answers, start_server, stop_server
from ops.stack import forget_operators_aws

ENVIRONMENT = "local"
WARM_CALLS = 4
WARM_SECONDS = 30

# Rates that a laptop's load test does not meet: it is to find the code's limits, not the gateway's.
PARAMETERS = {
    "Environment": ENVIRONMENT,
    "ThrottleRate": "10000",
    "ThrottleBurst": "5000",
    "LogRetentionDays": "1",
}

TABLES = {
    "idempotency": "IdempotencyTable",
    "payments": "PaymentsTable",
    "ledger": "LedgerTable",
    "directory": "DirectoryTable",
}

type Tell = Callable[[str], None]


def local_architecture() -> str:
    """This machine's, in Lambda's words."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def bring_up(
    path: Path,
    *,
    port: int | None = None,
    parameters: dict[str, str] | None = None,
    tell: Tell = print,
) -> dict[str, Any]:
    """Build, start, deploy, seed and warm; returns what stack.json says.

    Args:
        path: the stack's folder.
        port: to listen on; None for 4566, or a free one if that is taken.
        parameters: of the template, over the local ones.
        tell: takes one line of progress.

    Raises: LocalStackError, one clear line, if it cannot be done.
    """
    folder = Folder(path.resolve())
    began = time.monotonic()
    with folder.changing():
        tell("up: building the artifacts (sam build, bytecode) ...")
        built = build_module.build(local_architecture())
        tell(f"up: artifacts {'built' if built else 'as they were'} {_since(began)}")
        server = _ensure_server(folder, port, tell)
        forget_operators_aws_of(server)
        known = folder.read_stack()
        digest = build_module.STAMP.read_text()
        wanted = {
            **PARAMETERS,
            "Architecture": local_architecture(),
            "GatewayLogRole": "create",
            **(parameters or {}),
        }
        stamp = f"{server.pid} {digest} {sorted(wanted.items())}"
        deployed = folder.path / "deployed"
        if not (known and deployed.exists() and deployed.read_text() == stamp):
            deployed.unlink(missing_ok=True)
            tell("up: deploying template.yaml (sam deploy) ...")
            described = _describe(server, deploy(folder, server, wanted))
            tell(f"up: deployed {_since(began)}")
        else:
            described = {**known, "endpoint_url": server.url}
        database = open_database(
            described["tables"],
            Endpoint(region=REGION, url=server.url, access_key_id="test", secret_access_key="test"),
        )
        described |= seed(database, ENVIRONMENT, known)
        folder.write_stack(described)
        deployed.write_text(stamp)
        _warm(described)
        tell(f"up: ready {_since(began)}")
        tell(f"up: API at {described['api_url']}; keys and tables in {folder.stack_file}")
        return described


def bring_down(path: Path, *, tell: Tell = print) -> None:
    """Stop the local AWS that this folder started, and nothing else.

    Raises: LocalStackError, one clear line, if it cannot be done.
    """
    folder = Folder(path.resolve())
    if not folder.path.is_dir():
        tell("down: nothing is running")
        return
    with folder.changing():
        stopped = stop_server(folder)
        for name in ("stack.json", "deployed", "server.lock"):
            (folder.path / name).unlink(missing_ok=True)
        tell("down: stopped" if stopped else "down: nothing is running")


def status(path: Path) -> str:
    """One line: what runs, and where."""
    folder = Folder(path.resolve())
    server = folder.running_server()
    if server is None:
        return "nothing is running"
    described = folder.read_stack()
    if not answers(server):
        return f"the local AWS runs (process {server.pid}, port {server.port}), but does not answer"
    if described is None:
        return f"the local AWS runs (process {server.pid}, port {server.port}), nothing is deployed"
    return f"running (process {server.pid}); API at {described.get('api_url')}"


def forget_operators_aws_of(server: Server) -> None:
    """From here on this process sees the local AWS only."""
    import os

    forget_operators_aws(os.environ, server.url)


def _ensure_server(folder: Folder, port: int | None, tell: Tell) -> Server:
    server = folder.running_server()
    if server is not None and answers(server):
        if port is not None and port != server.port:
            raise LocalStackError(
                f"this stack runs on port {server.port} already; stop it first (make down)"
            )
        tell(f"up: the local AWS runs already, on port {server.port}")
        return server
    if server is not None:
        tell("up: the local AWS of before does not answer; stopping it")
        stop_server(folder)
    tell("up: starting the local AWS ...")
    server = start_server(folder, port)
    tell(f"up: the local AWS listens on port {server.port}")
    return server


def _describe(server: Server, outputs: dict[str, str]) -> dict[str, Any]:
    stage = outputs["Environment"]
    return {
        # Not the *.localhost name, which not every client resolves.
        "api_url": f"{server.url}/_aws/execute-api/{outputs['ApiId']}/{stage}",
        "endpoint_url": server.url,
        "region": REGION,
        "stack_name": STACK_NAME,
        "environment": stage,
        "settlement_bucket": None,
        "stripe_webhook_secret": None,
        "paypal_webhook_id": None,
        "tables": {role: outputs[output] for role, output in TABLES.items()},
        "cursor_secret": outputs["CursorSecret"],
    }


def _warm(described: dict[str, Any]) -> None:
    """A first call to each function, so that a person's first call is not a cold start."""
    key = described["merchants"][0]["api_key"]

    def call(path: str) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own 127.0.0.1
            described["api_url"] + path, headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=WARM_SECONDS) as response:  # noqa: S310
            response.read()

    try:
        with ThreadPoolExecutor(WARM_CALLS) as pool:
            list(pool.map(call, ["/health", "/v1/balances"]))
    except OSError as error:
        raise LocalStackError(f"the stack is deployed, but its API says: {error}") from None


def _since(began: float) -> str:
    return f"({time.monotonic() - began:.0f} s)"
