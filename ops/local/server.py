"""How does the local AWS run? MiniStack in a process of its own, started, found again and stopped.

Run as a program it is that process: it takes the folder's lock, which says to everybody that it
lives, starts the simulated processor beside it, and becomes MiniStack. The two end together.
"""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from ops.local.folder import DEFAULT_REGION, Folder, LocalStackError, Server
from ops.local.metrics_from_logs import start as start_metrics
from ops.local.simulated import make_up_secret, processor_answers, start_processor

PREFERRED_PORT = 4566
PREFERRED_PROCESSOR_PORT = 4567
START_SECONDS = 60.0
STOP_SECONDS = 15.0
WATCH_SECONDS = 1.0
PROBE_SECONDS = 1.0
PORT_VARIABLE = "ONCEPAY_PORT"

_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""What this very process started: a child that ended is there until its parent looks."""


def start_server(folder: Folder, port: int | None, region: str = DEFAULT_REGION) -> Server:
    """Start the local AWS, the simulated processor with it, and wait until both answer.

    Args:
        folder: of the stack.
        port: to listen on; None for 4566, or a free one if that is taken.
        region: of AWS, in which everything is.

    Raises: LocalStackError if the port is taken, or it does not start.
    """
    chosen = _choose_port(port)
    make_up_secret(folder)
    with folder.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.local.server", str(folder.path), str(chosen), region],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_server_environment(folder, chosen, region),
            # Its own group: stopping it stops its Lambda workers, and Ctrl-C here does not.
            start_new_session=True,
        )
    _children[process.pid] = process
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at:
        if process.poll() is not None:
            raise LocalStackError(
                f"the local AWS ended at once ({_last_line(folder.log)}); see {folder.log}"
            )
        server = folder.running_server()
        if server is not None and answers(server):
            return server
        time.sleep(0.1)
    _end_group(process.pid)
    raise LocalStackError(f"the local AWS did not answer within 60 seconds; see {folder.log}")


def stop_server(folder: Folder) -> bool:
    """Stop the local AWS of this folder and its workers; False if none runs.

    Raises: LocalStackError if it does not end.
    """
    server = folder.running_server()
    if server is None:
        return False
    _end_group(server.pid)
    ends_at = time.monotonic() + STOP_SECONDS
    while folder.running_server() is not None:
        if time.monotonic() > ends_at:
            raise LocalStackError(f"the local AWS, process {server.pid}, does not end")
        time.sleep(0.05)
    return True


def answers(server: Server) -> bool:
    """Whether it is ready, and the simulated processor with it."""
    try:
        with urllib.request.urlopen(f"{server.url}/_ministack/health", timeout=2) as response:
            return bool(response.status == 200) and processor_answers(server)
    except (OSError, urllib.error.URLError):
        return False


def _choose_port(port: int | None) -> int:
    if port is None and os.environ.get(PORT_VARIABLE):
        text = os.environ[PORT_VARIABLE]
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
            raise LocalStackError(f"{PORT_VARIABLE} must be a port, 1 to 65535")
        port = int(text)
    if port is not None:
        if not _is_free(port):
            raise LocalStackError(f"port {port} is taken by another program; choose another")
        return port
    if _is_free(PREFERRED_PORT):
        return PREFERRED_PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(PROBE_SECONDS)
        # macOS lets us bind 127.0.0.1 beside a program that listens on every address. Whoever
        # listens but is too busy to answer (EAGAIN) has the port too.
        if probe.connect_ex(("127.0.0.1", port)) in {0, errno.EAGAIN, errno.ETIMEDOUT}:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _server_environment(folder: Folder, port: int, region: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    folder.scratch.mkdir(exist_ok=True)
    return {
        **kept,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": region,
        "IOT_MTLS_ENABLED": "0",
        # Workers unpack their code here, and are swept away with the folder.
        "TMPDIR": str(folder.scratch.resolve()),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
    ends_at = time.monotonic() + STOP_SECONDS / 2
    while time.monotonic() < ends_at:
        child = _children.get(pid)
        if child is not None and child.poll() is not None:
            del _children[pid]
        try:
            os.killpg(pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


def _listen_for_processor(port: int) -> socket.socket:
    """Beside the preferred port the preferred one, if it is free; else any."""
    is_preferred = port == PREFERRED_PORT and _is_free(PREFERRED_PROCESSOR_PORT)
    return socket.create_server(("127.0.0.1", PREFERRED_PROCESSOR_PORT if is_preferred else 0))


def _end_together(folder: Folder, lock: int, processor: "subprocess.Popen[bytes]") -> None:
    """End once the lock is no longer where it was: without it nobody could find and stop us. And
    once the simulated processor has ended: payments through it would fail for ever.
    """
    while True:
        time.sleep(WATCH_SECONDS)
        try:
            same = os.path.samestat(folder.server_lock.stat(), os.fstat(lock))
        except OSError:
            same = False
        if not same or processor.poll() is not None:
            os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    """Take the folder's lock, say who we are, start the processor, become MiniStack."""
    folder, port, region = Folder(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3]
    lock = folder.server_lock.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("another local AWS of this folder runs already")
    with _listen_for_processor(port) as listener:
        processor = start_processor(folder, listener)
        lock.truncate(0)
        lock.write(f"{os.getpid()} {port} {listener.getsockname()[1]} {region}")
        lock.flush()
    watched = (folder, lock.fileno(), processor)
    threading.Thread(target=_end_together, args=watched, daemon=True).start()
    start_metrics(f"http://127.0.0.1:{port}", region)
    sys.argv = ["ministack"]
    from ministack.app import main as become_ministack

    try:
        become_ministack()
    finally:
        processor.terminate()
        processor.wait()
    lock.close()


if __name__ == "__main__":
    main()
