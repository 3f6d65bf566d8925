"""How does the processor answer over HTTP? For tests in process, for the local stack as a process.

HTTP/1.1 on 127.0.0.1, a thread for each connection. What the engine says of an answer is done for
real here: held until the client gives up, sent late, or a byte at a time.
"""

import contextlib
import hmac
import http.server
import secrets
import select
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from ops.simulated.calls import MAX_BODY_BYTES, BadCall, Call, Reply, error_reply, json_reply
from ops.simulated.checkout_page import CheckoutPage
from ops.simulated.control import ControlFace
from ops.simulated.courier import Courier, Post, post_over_http
from ops.simulated.credentials import credentials_of
from ops.simulated.engine import Engine, NewId
from ops.simulated.faces import Face
from ops.simulated.native import NativeFace
from ops.simulated.outbox import Outbox
from ops.simulated.outcomes import Travel
from ops.simulated.page import ActionPage
from ops.simulated.paypal_face import PayPalFace
from ops.simulated.records import Event
from ops.simulated.stripe_face import StripeFace
from ops.simulated.timeline import Clock

MAX_QUERY_FIELDS = 100
IDLE_SECONDS = 75
PROBE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the faults of an answer really take."""

    hold_seconds: float = 60
    """The longest that a connection without an answer is kept."""
    slow_seconds: float = 1.5
    drip_seconds: float = 1


PATIENCE = Patience()


class Server(http.server.ThreadingHTTPServer):
    """The processor, listening."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        listener: socket.socket,
        *,
        secret: str,
        clock: Clock,
        new_id: NewId,
        patience: Patience,
        post: Post = post_over_http,
    ) -> None:
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_activate()
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.secret, self.patience = secret, patience
        self.credentials = credentials_of(secret)
        self.outbox = Outbox(secret, self._messages)
        self.engine = Engine(clock=clock, new_id=new_id, on_event=self.outbox.add)
        self._native = NativeFace(self.engine, self.outbox, self.url)
        paypal = PayPalFace(
            self.engine,
            secret=secret,
            credentials=self.credentials,
            base_url=self.url,
            clock=clock,
            new_id=new_id,
        )
        stripe = StripeFace(self.engine, self.url, self.credentials)
        # A face joins here.
        faces: list[Face] = [self._native, stripe, paypal]
        self._faces = {face.name: face for face in faces}
        self.courier = Courier(self.engine, self.outbox, faces=self._faces, clock=clock, post=post)
        self._control = ControlFace(
            self.engine,
            self.outbox,
            self.courier,
            faces=self._faces,
            credentials=self.credentials,
            base_url=self.url,
            paypal_root=lambda: paypal.root_pem,
        )
        self._action_page = ActionPage(self.engine)
        self._checkout_page = CheckoutPage(self.engine)
        self.stopping = threading.Event()

    def answer(self, call: Call, authorization: str | None) -> Reply:
        """Answer a call, whatever it is."""
        if call.path == "/health":
            return json_reply(200, {"status": "ok"})
        try:
            if call.path.startswith("/action/"):
                return self._action_page.answer(call)
            if call.path.startswith("/checkout/"):
                return self._checkout_page.answer(call)
            face = self._faces.get(call.path.removeprefix("/").partition("/")[0])
            if face is not None and face is not self._native:
                return face.answer(call)
            sent = (authorization or "").encode()
            if not hmac.compare_digest(sent, f"Bearer {self.secret}".encode()):
                return error_reply(401, "unauthorized", "send Authorization: Bearer <secret>")
            if call.path.startswith("/control/"):
                return self._control.answer(call)
            return self._native.answer(call)
        except BadCall as bad:
            return error_reply(bad.status, bad.code, bad.message)

    def _messages(self, event: Event) -> Sequence[bytes]:
        return self._faces[event.face].messages(event)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to report; anything else is an error of our own."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "simulated", ""
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    # Head and body of an answer leave together.
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def do_POST(self) -> None:
        """Answer."""
        self._answer()

    def do_PUT(self) -> None:
        """Answer."""
        self._answer()

    def do_PATCH(self) -> None:
        """Answer."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer."""
        self._answer()

    def _answer(self) -> None:
        try:
            body = self._read_body()
            path, _, query = self.path.partition("?")
            call = Call(
                self.command,
                path,
                self.headers.get("Idempotency-Key"),
                body,
                _read_query(query),
                {name.lower(): value for name, value in self.headers.items()},
            )
        except BadCall as bad:
            self.close_connection = True
            self._send(error_reply(bad.status, bad.code, bad.message))
            return
        self._deliver(self.server.answer(call, self.headers.get("Authorization")))

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            raise BadCall("send a Content-Length")
        if int(length) > MAX_BODY_BYTES:
            raise BadCall(f"the body may have {MAX_BODY_BYTES} bytes", status=413)
        return self.rfile.read(int(length))

    def _deliver(self, reply: Reply) -> None:
        patience = self.server.patience
        match reply.travel:
            case Travel.PLAIN | Travel.GARBLED:
                self._send(reply)
            case Travel.SLOWLY:
                self._wait(patience.slow_seconds)
                self._send(reply)
            case Travel.IN_DRIPS:
                self._drip(reply)
            case Travel.NEVER:
                self._wait(patience.hold_seconds)
                self.close_connection = True

    def _send(self, reply: Reply) -> None:
        self.wfile.write(self._head(reply) + reply.body)

    def _drip(self, reply: Reply) -> None:
        self.close_connection = True
        whole = self._head(reply) + reply.body
        for byte in whole:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if not self._wait(self.server.patience.drip_seconds):
                return

    def _head(self, reply: Reply) -> bytes:
        lines = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {len(reply.body)}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
            *(["Connection: close"] if self.close_connection else []),
        ]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()

    def _wait(self, seconds: float) -> bool:
        """Wait so long; False as soon as the client has hung up, or the server stops."""
        left = seconds
        while left > 0 and not self.server.stopping.is_set():
            pause = min(left, PROBE_SECONDS)
            with contextlib.suppress(OSError, ValueError):
                if select.select([self.connection], [], [], pause)[0]:
                    if not self.connection.recv(1, socket.MSG_PEEK):
                        return False
                    # It has sent its next request already, which says nothing.
                    self.server.stopping.wait(pause)
                left -= pause
                continue
            return False
        return not self.server.stopping.is_set()

    def log_message(self, *_: Any) -> None:
        """Say nothing: the record tells what was asked."""


def _read_query(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        raise BadCall(f"the query may have {MAX_QUERY_FIELDS} fields") from None


class SimulatedProcessor:
    """A running processor, as tests hold it."""

    def __init__(self, server: Server) -> None:
        self.url, self.secret = server.url, server.secret
        self.credentials = server.credentials
        self.engine, self.outbox, self.courier = server.engine, server.outbox, server.courier

    def deliver_due(self) -> int:
        """Send the webhooks that are due by the clock; returns how many were taken."""
        return self.courier.deliver_due()


@contextlib.contextmanager
def running_simulated_processor(
    *,
    clock: Clock = lambda: datetime.now(UTC),
    new_id: NewId | None = None,
    secret: str | None = None,
    patience: Patience = PATIENCE,
    post: Post = post_over_http,
) -> Iterator[SimulatedProcessor]:
    """A processor of one's own, on a free port. Webhooks go when `deliver_due` is called.

    Args:
        clock: tells the time; nothing lands, lapses or ends but by it.
        new_id: makes an id that begins with what it is given; by chance unless given.
        secret: bearer token and signing secret; by chance unless given.
        patience: how long slow, dripping and held answers take.
        post: how a webhook is posted.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = Server(
            listener,
            secret=secret or new_secret(),
            clock=clock,
            new_id=new_id or chance_id,
            patience=patience,
            post=post,
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield SimulatedProcessor(server)
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()


def new_secret() -> str:
    """A made-up secret."""
    return "simsec_" + secrets.token_hex(32)


def chance_id(prefix: str) -> str:
    """An id that nobody has."""
    return prefix + secrets.token_hex(12)
