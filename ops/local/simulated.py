"""How does the simulated processor run beside the local AWS? As a second process of its group, from
its first moment to its last, with a secret that is made up before either starts.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from http.client import HTTPException
from typing import Any

from ops.local.folder import Folder, LocalStackError, Server

PREFIX = "simsec_"
SECRET_BYTES = 32
ANSWER_SECONDS = 5
# As a processor behaves: not at once, and once.
WEBHOOKS: dict[str, Any] = {"enabled": True, "delay_seconds": 1, "copies": 1, "shuffle": 0}
WEBHOOK_PATHS = {
    "url": "/webhooks/simulated",
    "stripe_url": "/webhooks/stripe",
    "paypal_url": "/webhooks/paypal",
}
STRIPE_PATH, PAYPAL_PATH = "/stripe", "/paypal"


def make_up_secret(folder: Folder) -> None:
    """Before the start; its owner's only."""
    folder.simulated_secret.unlink(missing_ok=True)
    folder.simulated_secret.touch(mode=0o600)
    folder.simulated_secret.write_text(PREFIX + secrets.token_hex(SECRET_BYTES))


def read_secret(folder: Folder) -> str:
    """What the running processor was started with.

    Raises: LocalStackError if that is lost.
    """
    try:
        return folder.simulated_secret.read_text().strip()
    except OSError:
        raise LocalStackError(
            f"{folder.simulated_secret} is gone; stop the stack and start it again (make down)"
        ) from None


def start_processor(folder: Folder, listener: socket.socket) -> "subprocess.Popen[bytes]":
    """Start it in this process's group, listening already."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "ops.simulated.process",
            str(listener.fileno()), str(folder.simulated_secret.resolve()), str(os.getpid()),
        ],
        pass_fds=(listener.fileno(),),
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def processor_answers(server: Server) -> bool:
    """Whether it is ready."""
    if server.processor_url is None:
        return False
    try:
        with urllib.request.urlopen(f"{server.processor_url}/health", timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, HTTPException):
        return False


def point_webhooks(
    server: Server, secret: str, api_url: str, *, stripe_webhook_secret: str
) -> None:
    """Tell it where its events go, and what those of its Stripe face are signed with.

    Raises: LocalStackError if it does not take it.
    """
    urls = {name: api_url + path for name, path in WEBHOOK_PATHS.items()}
    wanted = {**WEBHOOKS, **urls, "stripe_webhook_secret": stripe_webhook_secret}
    _ask(server, secret, "PUT", "/control/webhooks", json.dumps(wanted).encode())


def read_paypal_root(server: Server, secret: str) -> str:
    """The certificate that vouches for those of its PayPal face, as the template takes it.

    Raises: LocalStackError if it does not tell.
    """
    lines = _ask(server, secret, "GET", "/control/paypal-root").decode().split("\n")
    return "".join(line for line in lines if not line.startswith("-----"))


def _ask(server: Server, secret: str, method: str, path: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(
        f"{server.processor_url}{path}",
        data=body,
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            answered: bytes = response.read()
            return answered
    except (OSError, HTTPException) as error:
        raise LocalStackError(f"the simulated processor failed: {error}") from None
