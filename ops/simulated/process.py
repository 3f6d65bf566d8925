"""How does the processor run in the local stack? As a process beside the local AWS, which started
it: `python -m ops.simulated.process <listening socket> <file of the secret> <its pid>`.

Neither is of use without the other, so that this one ends, and with it whatever else is left of
their process group, as soon as the local AWS is gone.
"""

import os
import signal
import socket
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from ops.simulated.server import PATIENCE, Server, chance_id

WATCH_SECONDS = 0.5


def main() -> None:
    """Answer, and deliver webhooks, until told to stop."""
    listener, secret = socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]).read_text().strip()
    # Told, not asked for: by now it may be gone.
    parent = int(sys.argv[3])
    server = Server(
        listener,
        secret=secret,
        clock=lambda: datetime.now(UTC),
        new_id=chance_id,
        patience=PATIENCE,
    )
    threading.Thread(target=_end_without, args=(parent,), daemon=True).start()
    threading.Thread(
        target=server.courier.deliver_until, args=(server.stopping,), daemon=True
    ).start()
    server.serve_forever()


def _end_without(parent: int) -> None:
    """End once the process that started this one is gone."""
    while os.getppid() == parent:
        threading.Event().wait(WATCH_SECONDS)
    if os.getpgid(0) == parent:
        # It led the group; its workers are as useless as we are.
        os.killpg(parent, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
