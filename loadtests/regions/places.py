"""Which two regions? Two local stacks that are brought up for it, and ended after it; two that run
already; or two deployed stages.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.target import CONFIRM_OPTION, Target, TargetError, choose_target
from ops.local.folder import Folder

REGIONS: Final = ("us-east-1", "eu-west-1")
FOLDER: Final = Path(".local/regions")

type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One of the two.

    Attributes:
        name: its region, or its host.
        target: where.
        options: of the command that loads it.
        keys: that this command is to use; none for a local stack.
    """

    name: str
    target: Target
    options: tuple[str, ...]
    keys: tuple[str, ...] = ()


@contextmanager
def brought_up(say: Say) -> Iterator[list[Place]]:
    """Two local stacks, each in a region of its own; what was started is ended.

    Raises: LocalStackError if one does not come up.
    """
    from ops.local.stack import bring_down, bring_up

    with ExitStack() as ending:
        files = []
        for region in REGIONS:
            path = FOLDER / region
            is_new = Folder(path.resolve()).running_server() is None
            if is_new:
                ending.callback(bring_down, path, tell=say)
            say(f"{region}: {'coming up' if is_new else 'runs already'} in {path}")
            bring_up(
                path, port=_free_port() if is_new else None, region=region, tell=lambda _: None
            )
            files.append(path / "stack.json")
        yield local_places(files)


def local_places(stack_files: Sequence[Path]) -> list[Place]:
    """Two local stacks that run.

    Raises: TargetError if they are not two, of two regions.
    """
    places = []
    for file in stack_files:
        target = choose_target(stack_file=file)
        region = target.stack.region if target.stack is not None else ""
        places.append(Place(name=region, target=target, options=("--stack-file", str(file))))
    return _two(places)


def deployed_places(
    hosts: Sequence[str],
    api_keys: Sequence[str],
    *,
    is_confirmed: bool,
    ask: Callable[[str], str] | None,
) -> list[Place]:
    """Two deployed stages, with a merchant's key of each, in the same order.

    Raises: TargetError if they are not two, or are not to be loaded.
    """
    if len(api_keys) != len(hosts):
        raise TargetError("give one --api-key for each --host, in the same order")
    places = []
    for host, key in zip(hosts, api_keys, strict=True):
        target = choose_target(host=host, api_keys=[key], is_confirmed=is_confirmed, ask=ask)
        options = ("--host", host, CONFIRM_OPTION)
        places.append(Place(name=target.host, target=target, options=options, keys=(key,)))
    return _two(places)


def _two(places: list[Place]) -> list[Place]:
    names = [place.name for place in places]
    if len(names) != 2 or len(set(names)) != 2:
        raise TargetError(
            f"two stacks of different regions are compared, not {' and '.join(names) or 'none'}"
        )
    return places


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
