"""How does a local stack come up, and go down? Step by step, each told as it happens.

Coming up twice is harmless: what runs and is as wanted is kept, what is not is mended. Where a
first `up` did not finish there is nothing worth keeping, and the local AWS is started anew.
"""

import json
import os
import platform
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from oncepay.domain.errors import PaymentsError
from oncepay.storage.database import Endpoint, open_database
from ops.local import build as build_module
from ops.local.deploy import STACK_NAME, client, deploy
from ops.local.folder import DEFAULT_REGION, TABLES, Folder, LocalStackError, Server
from ops.local.processor_secrets import ensure_stripe_secret, put_secret
from ops.local.seed import seed
from ops.local.server import PORT_VARIABLE, PREFERRED_PORT, answers, start_server, stop_server
from ops.local.simulated import (
    PAYPAL_PATH,
    STRIPE_PATH,
    point_webhooks,
    read_paypal_root,
    read_secret,
)
from ops.simulated.credentials import credentials_of
from ops.stack import forget_operators_aws

ENVIRONMENT = "local"
WARM_SECONDS = 30
HEALTHY, REFUSED = 200, 400

# Rates that a laptop's load test does not meet: it is to find the code's limits, not the gateway's.
PARAMETERS = {
    "Environment": ENVIRONMENT,
    "ThrottleRate": "10000",
    "ThrottleBurst": "5000",
    "LogRetentionDays": "1",
    # Few calls, and whoever looks at what they cost wants each of them.
    "UsageSampling": "1",
    # The simulated processor is near, and who waits for its time-outs is a person.
    "ProcessorTimeout": "3",
    # The simulated processor writes Adyen's files too, of its own charges.
    "SettlementProcessors": "stripe=stripe,paypal=paypal,adyen=simulated",
}

type Tell = Callable[[str], None]


def local_architecture() -> str:
    """This machine's, in Lambda's words."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def bring_up(
    path: Path,
    *,
    port: int | None = None,
    region: str | None = None,
    parameters: dict[str, str] | None = None,
    tell: Tell = print,
) -> dict[str, Any]:
    """Build, start, deploy, seed and warm; returns what stack.json says.

    Args:
        path: the stack's folder.
        port: to listen on; None for 4566, or a free one if that is taken.
        region: of AWS, for the whole life of the stack; None for what it is, or us-east-1.
        parameters: of the template, over the local ones.
        tell: takes one line of progress.

    Raises: LocalStackError, one clear line, if it cannot be done.
    """
    folder = Folder(path.resolve())
    began = time.monotonic()
    _check_region(region)
    with folder.changing():
        tell("up: building the artifacts (sam build, bytecode) ...")
        built = build_module.build(local_architecture())
        tell(f"up: artifacts {'built' if built else 'as they were'} {_since(began)}")
        server = _ensure_server(folder, port, region, tell)
        forget_operators_aws(os.environ, server.url)
        try:
            described = _deploy_and_seed(folder, server, parameters or {}, tell)
            tell(f"up: warming the functions {_since(began)}")
            _warm(described)
        except PaymentsError as error:
            raise LocalStackError(
                f"the local AWS refused: {error.detail}; see {folder.log}"
            ) from error
        except (BotoCoreError, ClientError, OSError) as error:
            said = " ".join(str(error).split())
            raise LocalStackError(f"the local AWS failed: {said}; see {folder.log}") from error
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
        for left in (
            folder.stack_file,
            folder.deployed_file,
            folder.server_lock,
            folder.simulated_secret,
        ):
            left.unlink(missing_ok=True)
        shutil.rmtree(folder.scratch, ignore_errors=True)
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


def _ensure_server(folder: Folder, port: int | None, region: str | None, tell: Tell) -> Server:
    server = folder.running_server()
    if server is not None and port is not None and port != server.port:
        raise LocalStackError(
            f"this stack runs on port {server.port} already; stop it first (make down)"
        )
    if server is not None and region is not None and region != server.region:
        raise LocalStackError(
            f"this stack is in {server.region} already; stop it first (make down), or give another"
            " folder (--dir)"
        )
    if server is not None and not answers(server):
        tell("up: the local AWS of before does not answer; starting anew")
    elif server is not None and not folder.deployed_file.exists():
        tell("up: the last `up` did not finish; starting anew")
    elif server is not None:
        tell(f"up: the local AWS runs already, on port {server.port}")
        return server
    before = server.region if server is not None else _region_of(folder.read_stack())
    stop_server(folder)
    folder.deployed_file.unlink(missing_ok=True)
    shutil.rmtree(folder.scratch, ignore_errors=True)
    if folder.stack_file.exists():
        tell("up: the stack of before is gone, and its data with it; keys and addresses are new")
    tell("up: starting the local AWS ...")
    server = start_server(folder, port, region or before)
    was_free_to_choose = port is None and not os.environ.get(PORT_VARIABLE)
    taken = (
        f" ({PREFERRED_PORT} is taken)"
        if was_free_to_choose and server.port != PREFERRED_PORT
        else ""
    )
    tell(f"up: the local AWS listens on port {server.port}{taken}")
    tell(f"up: the simulated processor listens on port {server.processor_port}")
    return server


def _check_region(region: str | None) -> None:
    # Those that botocore knows: it ships with a list of them.
    if region is not None and region not in Session().get_available_regions("dynamodb"):
        raise LocalStackError(f"{region!r} is no region of AWS; one is {DEFAULT_REGION}")


def _region_of(known: dict[str, Any] | None) -> str:
    """A stack that has ended comes up where it was."""
    return str(known["region"]) if known is not None and "region" in known else DEFAULT_REGION


def _deploy_and_seed(
    folder: Folder, server: Server, parameters: dict[str, str], tell: Tell
) -> dict[str, Any]:
    """Bring what is deployed up to date, if it is not, and write stack.json."""
    began = time.monotonic()
    secret = read_secret(folder)
    wanted = {
        **PARAMETERS,
        "Architecture": local_architecture(),
        "GatewayLogRole": "create",
        "SimulatedProcessorUrl": str(server.processor_url),
        # The same server, in the words of both.
        "StripeUrl": f"{server.processor_url}{STRIPE_PATH}",
        "PayPalUrl": f"{server.processor_url}{PAYPAL_PATH}",
        "PayPalRoot": read_paypal_root(server, secret),
        **parameters,
    }
    stamp = f"{server.pid} {build_module.STAMP.read_text()} {sorted(wanted.items())}"
    known = folder.read_stack()
    if known is not None and _is_deployed(folder, stamp) and _serves(server, known):
        described = {**known, "endpoint_url": server.url}
    else:
        if folder.deployed_file.exists():
            # Half an update is neither the old stack nor the new one.
            folder.deployed_file.write_text("an update did not finish")
        tell("up: deploying template.yaml (sam deploy) ...")
        described = _describe(server, deploy(folder, server, wanted))
        tell(f"up: deployed, in {time.monotonic() - began:.0f} s")
    database = open_database(
        described["tables"],
        Endpoint(
            region=server.region,
            url=server.url,
            access_key_id="test",
            secret_access_key="test",
        ),
    )
    described |= seed(database, ENVIRONMENT, known)
    secrets_manager = client(server, "secretsmanager")
    described["stripe_webhook_secret"] = ensure_stripe_secret(
        secrets_manager, described["stripe_webhook_secret_id"]
    )
    simulated = credentials_of(secret)
    paypal = {
        "client_id": simulated.paypal_client_id,
        "client_secret": simulated.paypal_client_secret,
    }
    for secret_id, value in {
        "simulated_processor_secret_id": secret,
        "stripe_api_key_id": simulated.stripe_api_key,
        "paypal_credentials_id": json.dumps(paypal),
        "paypal_webhook_id_secret_id": simulated.paypal_webhook_id,
    }.items():
        put_secret(secrets_manager, described[secret_id], value)
    point_webhooks(
        server,
        secret,
        described["api_url"],
        stripe_webhook_secret=described["stripe_webhook_secret"],
    )
    described["paypal_webhook_id"] = simulated.paypal_webhook_id
    described["simulated_processor"] = {"url": server.processor_url, "secret": secret}
    folder.write_stack(described)
    folder.deployed_file.write_text(stamp)
    return described


def _is_deployed(folder: Folder, stamp: str) -> bool:
    return (
        folder.deployed_file.exists() and folder.deployed_file.read_text(errors="replace") == stamp
    )


def _serves(server: Server, known: dict[str, Any]) -> bool:
    """Whether what stack.json says is still there: the local AWS can be emptied by one call."""
    if not known["api_url"].startswith(f"{server.url}/"):
        return False
    try:
        dynamodb = client(server, "dynamodb")
        for role in TABLES:
            dynamodb.describe_table(TableName=known["tables"][role])
        with urllib.request.urlopen(f"{known['api_url']}/health", timeout=WARM_SECONDS) as response:
            return bool(response.status == HEALTHY)
    except (BotoCoreError, ClientError, OSError, ValueError):
        return False


def _describe(server: Server, outputs: dict[str, str]) -> dict[str, Any]:
    stage = outputs["Environment"]
    return {
        # Not the *.localhost name, which not every client resolves.
        "api_url": f"{server.url}/_aws/execute-api/{outputs['ApiId']}/{stage}",
        "endpoint_url": server.url,
        "region": server.region,
        "stack_name": STACK_NAME,
        "environment": stage,
        "settlement_bucket": outputs["SettlementBucket"],
        "settlement_queue_url": outputs["SettlementQueueUrl"],
        "paypal_webhook_id": None,
        "tables": {role: outputs[output] for role, output in TABLES.items()},
        "cursor_secret": outputs["CursorSecret"],
        "stripe_webhook_secret_id": outputs["StripeWebhookSecret"],
        "simulated_processor_secret_id": outputs["SimulatedProcessorSecret"],
        "stripe_api_key_id": outputs["StripeApiKey"],
        "paypal_credentials_id": outputs["PayPalCredentials"],
        "paypal_webhook_id_secret_id": outputs["PayPalWebhookId"],
    }


def _warm(described: dict[str, Any]) -> None:
    """A first call to each function, so that a person's first call is not a cold start."""
    key = described["merchants"][0]["api_key"]

    def call(path: str, body: dict[str, Any] | None, expected_status: int) -> None:
        request = urllib.request.Request(
            described["api_url"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
                "Idempotency-Key": "warm",
                "Stripe-Signature": f"t=0,v1={'0' * 64}",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=WARM_SECONDS) as response:
                status_code = response.status
        except urllib.error.HTTPError as error:
            status_code = error.code
            error.close()
        if status_code != expected_status:
            raise LocalStackError(
                f"the stack is deployed, but {path} answers {status_code}, not {expected_status}"
            )

    calls: tuple[tuple[str, dict[str, Any] | None, int], ...] = (
        ("/health", None, HEALTHY),
        ("/v1/balances", None, HEALTHY),
        # Refused before anything is stored: the deposit has no amount, the event a wrong signature.
        ("/v1/deposits", {}, REFUSED),
        ("/webhooks/stripe", {}, REFUSED),
    )
    with ThreadPoolExecutor(len(calls)) as pool:
        for outcome in [pool.submit(call, *arguments) for arguments in calls]:
            outcome.result()


def _since(began: float) -> str:
    return f"({time.monotonic() - began:.0f} s)"
