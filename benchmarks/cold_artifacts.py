"""What is started cold? Our function as it is built, the same without one measure at a time, and
the peer as sam builds it.
"""

import compileall
import os
import py_compile
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import botocore

from ops.local.build import BUILD, build, sam_settings
from ops.local.stack import local_architecture

HERE: Final = Path(__file__).parent
PEER: Final = HERE / "cold_peer"
PEER_SECONDS: Final = 600

FUNCTION: Final = BUILD / "ProcessPaymentFunction"
LAYER: Final = BUILD / "CoreLayer" / "python"

OURS, PEER_AS_BUILT = "oncepay", "peer"
"""The two whose ratio is told."""


class NotBuiltError(Exception):
    """An artifact cannot be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Something that is started.

    Attributes:
        name: in the record.
        title: in tables.
        folders: what stands in Lambda's path, in order.
        module: the function.
        design: which design's tables it has.
        variables: of its environment, besides.
    """

    name: str
    title: str
    folders: tuple[Path, ...]
    module: str = "app"
    design: str
    variables: Mapping[str, str] = field(default_factory=dict)


def make_artifacts(folder: Path, say: Callable[[str], None]) -> list[Artifact]:
    """All of them.

    Args:
        folder: for what is built for this alone.
        say: tells what is being done.

    Raises:
        NotBuiltError, LocalStackError: one cannot be built.
    """
    say("cold: building ours")
    build(local_architecture())
    say("cold: building the peer, with sam")
    bare = build_peer(folder / "peer")
    compiled = folder / "peer-with-bytecode"
    shutil.copytree(bare, compiled)
    compile_all(compiled)
    return [*_ours(folder), *_peers(bare, compiled)]


def build_peer(folder: Path) -> Path:
    """Have sam build the peer; returns where the artifact is.

    Raises:
        NotBuiltError: sam would not.
    """
    source = folder / "source"
    shutil.copytree(PEER, source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "peers" / "idempotency_utility" / "app.py", source / "peer.py")
    ran = subprocess.run(
        ["sam", "build", "--template-file", str(source / "template.yaml"),
         "--build-dir", str(folder / "built")],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **sam_settings(),
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PEER_SECONDS,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if ran.returncode != 0:
        raise NotBuiltError(f"sam did not build the peer: {ran.stderr.strip()[-500:]}")
    return folder / "built" / "Peer"


def compile_all(folder: Path) -> None:
    """Put bytecode beside every module, of the kind that is never checked."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=2, force=True, invalidation_mode=mode)


def _ours(folder: Path) -> list[Artifact]:
    over_botocore = {"ONCEPAY_TRANSPORT": "botocore"}
    design = "oncepay"
    return [
        Artifact(name=OURS, title="Oncepay, as built", folders=(FUNCTION, LAYER), design=design),
        Artifact(
            name="oncepay-collecting",
            title="  looking for garbage while it imports",
            folders=(_collecting(folder / "collecting"), LAYER),
            design=design,
        ),
        Artifact(
            name="oncepay-botocore",
            title="  over botocore's client",
            folders=(FUNCTION, LAYER),
            design=design,
            variables=over_botocore,
        ),
        Artifact(
            name="oncepay-botocore-whole",
            title="  and that with all of botocore's services",
            folders=(FUNCTION, _with_all_services(folder / "whole")),
            design=design,
            variables=over_botocore,
        ),
        Artifact(
            name="oncepay-no-bytecode",
            title="  without bytecode",
            folders=_without_bytecode(folder / "no-bytecode"),
            design=design,
        ),
    ]


def _peers(bare: Path, compiled: Path) -> list[Artifact]:
    design = "peer-a"
    return [
        Artifact(
            name=PEER_AS_BUILT, title="peer, as sam builds it", folders=(bare,), design=design
        ),
        Artifact(name="peer-bytecode", title="  with bytecode", folders=(compiled,), design=design),
        Artifact(
            name="peer-no-pydantic",
            title="  as sam builds it, without pydantic",
            folders=(bare,),
            module="peer",
            design=design,
        ),
        Artifact(
            name="peer-bytecode-no-pydantic",
            title="  with bytecode, without pydantic",
            folders=(compiled,),
            module="peer",
            design=design,
        ),
    ]


def _collecting(folder: Path) -> Path:
    """Our function, with the garbage collector left on."""
    shutil.copytree(FUNCTION, folder, ignore=shutil.ignore_patterns("__pycache__"))
    app = folder / "app.py"
    code = app.read_text()
    if code.count("gc.disable()") != 1:
        raise NotBuiltError(f"{app} does not switch the collector off, once")
    app.write_text(code.replace("gc.disable()", "gc.enable()"))
    compile_all(folder)
    return folder


def _with_all_services(folder: Path) -> Path:
    """Our layer, with the services that were taken out of botocore."""
    shutil.copytree(LAYER, folder)
    whole = Path(botocore.__path__[0]) / "data"
    shutil.copytree(whole, folder / "botocore" / "data", dirs_exist_ok=True)
    return folder


def _without_bytecode(folder: Path) -> tuple[Path, Path]:
    bare = shutil.ignore_patterns("__pycache__")
    places = folder / "function", folder / "layer"
    for source, place in zip((FUNCTION, LAYER), places, strict=True):
        shutil.copytree(source, place, ignore=bare)
    return places
