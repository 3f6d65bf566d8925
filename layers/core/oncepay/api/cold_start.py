"""How does a function's cold start end?

With SnapStart the process is copied at that point, and each copy goes on as if it were the first:
what must not be the same in two of them, or does not outlive the pause, is made anew in each.
"""

import gc
import importlib
import random
from contextlib import suppress

from oncepay.storage.database import Database

RESTORE_HOOKS = "snapshot_restore_py"
"""A module of Lambda's own Python, and of no other. Source: AWS Lambda developer guide, "Implement
code before or after Lambda function snapshots", as of 2026-11."""


def end_cold_start(database: Database) -> None:
    """Call it last among what a function does once.

    Looking for garbage was off while modules were imported; what they made stays for good, and is
    not looked through from here on.
    """
    gc.freeze()
    gc.enable()
    with suppress(ModuleNotFoundError):
        hooks = importlib.import_module(RESTORE_HOOKS)
        hooks.register_after_restore(_wake_up, database)


def _wake_up(database: Database) -> None:
    """Make anew what the snapshot must not give to two processes.

    Ids and tokens come from the kernel's randomness, which no snapshot holds; the pauses between
    attempts come from Python's, and would be the same in all copies.
    """
    random.seed()
    database.close_connections()
