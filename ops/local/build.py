"""How are the artifacts built? sam build, less what no function reads, and the bytecode, which sam
leaves out.

Lambda's folders cannot be written, so that without bytecode every cold start compiles every module
anew: it takes twice as long. Built again only when something that goes in has changed, or what came
out is no longer whole.
"""

import compileall
import fcntl
import hashlib
import os
import py_compile
import subprocess
import sys
from pathlib import Path

from ops.local.folder import LocalStackError
from ops.local.trim import trim

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
BUILD = ROOT / ".aws-sam" / "build"
STAMP = ROOT / ".aws-sam" / "built"
LOCK = ROOT / ".aws-sam" / "lock"
LOG = ROOT / ".aws-sam" / "build.log"
INPUTS = ("template.yaml", "layers", "functions", "ops/local/build.py", "ops/local/trim.py")
BUILD_SECONDS = 900
ARCHITECTURES = ("arm64", "x86_64")

# Where each built folder stands in Lambda: what a traceback is to say.
LAYER_AT, FUNCTION_AT = "/opt", "/var/task"


def build(architecture: str) -> bool:
    """Build the artifacts of template.yaml for an architecture; False if they were there already.

    Raises: LocalStackError with what sam said, if it fails.
    """
    try:
        LOCK.parent.mkdir(exist_ok=True)
        lock = LOCK.open("w")
    except OSError as error:
        raise LocalStackError(f"{LOCK.parent} cannot be written: {error.strerror}") from None
    with lock:
        # Two stacks on one machine may be started at once: the second waits for the first's build.
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _digest(architecture)
        if STAMP.exists() and STAMP.read_text(errors="replace") == f"{wanted} {_digest_of_build()}":
            return False
        STAMP.unlink(missing_ok=True)
        _run_sam(architecture)
        for layer in sorted(BUILD.glob("*/python")):
            trim(layer)
        _compile()
        STAMP.write_text(f"{wanted} {_digest_of_build()}")
        return True


def sam_settings() -> dict[str, str]:
    """With these sam finds its tools, and keeps its notes and caches inside this folder."""
    return {
        # sam looks for python3.13 in PATH, and must not meet a broken one first.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(TOOLS / "sam"),
        "PIP_CACHE_DIR": str(TOOLS / "pip-cache"),
    }


def _digest(architecture: str) -> str:
    digest = hashlib.sha256(architecture.encode())
    for name in INPUTS:
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not _is_by_product(path.relative_to(ROOT)):
                _add_file(digest, path, ROOT)
    return digest.hexdigest()


def _digest_of_build() -> str:
    digest = hashlib.sha256()
    for path in sorted(BUILD.rglob("*")):
        if path.is_file():
            _add_file(digest, path, BUILD)
    return digest.hexdigest()


def _add_file(digest: "hashlib._Hash", path: Path, top: Path) -> None:
    digest.update(f"{path.relative_to(top)}\0".encode())
    digest.update(hashlib.sha256(path.read_bytes()).digest())


def _is_by_product(path: Path) -> bool:
    return any(part == "__pycache__" or part.startswith(".") for part in path.parts)


def _run_sam(architecture: str) -> None:
    command = [
        "sam", "build", "--template-file", str(ROOT / "template.yaml"),
        "--build-dir", str(BUILD), "--parameter-overrides", f"Architecture={architecture}",
    ]  # fmt: skip
    environment = {
        # Nothing of an account is needed; a profile that is not there would stop sam.
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **sam_settings(),
        "AWS_DEFAULT_REGION": "us-east-1",
        # Bytecode of the sources is not to be copied: it is made below, for where it will stand.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with LOG.open("wb") as log:
        try:
            done = subprocess.run(
                command, stdout=log, stderr=log, env=environment, cwd=ROOT, check=False,
                timeout=BUILD_SECONDS, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except FileNotFoundError:
            raise LocalStackError("sam is not installed; run `make bootstrap`") from None
        except subprocess.TimeoutExpired:
            raise LocalStackError(
                f"sam build took over {BUILD_SECONDS} seconds; see {LOG}"
            ) from None
    if done.returncode != 0:
        said = LOG.read_text(errors="replace").strip().splitlines()
        errors = [line for line in said if "rror" in line] or said or ["it said nothing"]
        raise LocalStackError(f"sam build failed ({errors[-1].strip()[:300]}); see {LOG}")


def _compile() -> None:
    for built in sorted(path for path in BUILD.iterdir() if path.is_dir()):
        stands_at = LAYER_AT if (built / "python").is_dir() else FUNCTION_AT
        fine = compileall.compile_dir(
            built,
            quiet=1,
            force=True,
            stripdir=str(built),
            prependdir=stands_at,
            # Lambda unpacks with times of its own: a check by time would throw all of it away.
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        if not fine:
            raise LocalStackError(f"{built.name} holds Python that does not compile")
