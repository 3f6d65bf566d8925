"""How does a fresh machine get what this project needs? A virtual environment with CPython 3.13,
all inside this folder.

Run by the Makefile with whatever `python3` there is (3.9 or newer, standard library only, the venv
module not needed). pip installs uv into .tools, uv makes .venv from a CPython 3.13 that is here
already or that it downloads, and installs the pinned packages by their hashes. Done again only when
what it depends on has changed.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python3.13"
UV = TOOLS / "uv" / "bin" / "uv"
LOG = TOOLS / "bootstrap.log"
STAMP = VENV / "bootstrapped"
INPUTS = (
    "requirements-bootstrap.txt",
    "requirements-dev.txt",
    "pyproject.toml",
    "ops/bootstrap.py",
)

# Not the environment's own python3, should it be activated: it may be half-made, and goes away.
PYTHON = sys.executable
if VENV in Path(sys.executable).parents:
    PYTHON = getattr(sys, "_base_executable", sys.executable)

PROBE_SECONDS = 20
INSTALL_SECONDS = 1800

# A build that lacks one of these modules was made without its C library and could not run the
# tools.
PROBE = """
import bz2, ctypes, platform, ssl, sys, sysconfig, zlib
ok = sys.version_info[:2] == (3, 13) and platform.python_implementation() == "CPython"
ok = ok and not sysconfig.get_config_var("Py_GIL_DISABLED")
print(*sys.version_info[:3]) if ok else sys.exit(1)
"""

# What pip was told on this machine, in uv's words. uv does not read pip's configuration.
UV_NAME_OF_PIP_OPTION = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


class BootstrapError(Exception):
    """What is missing, in one line."""


def main() -> int:
    """Set up .venv if it is not up to date; returns the exit code."""
    started = time.monotonic()
    if sys.version_info < (3, 9):
        print("bootstrap: python3 is older than 3.9; put a newer one in PATH", file=sys.stderr)
        return 1
    try:
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / "bootstrap.lock").open("w") as lock:
            # Two makes at once: the second waits, then finds the work done.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_up_to_date():
                return 0
            LOG.write_text("")
            _bootstrap()
    except BootstrapError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bootstrap: interrupted; the next run goes on from here", file=sys.stderr)
        return 130
    _say(f"ready, after {time.monotonic() - started:.0f} s")
    return 0


def _bootstrap() -> None:
    environment = _environment()
    _say("setting up .venv (once; everything stays inside this folder)")
    if not _runs([str(UV), "--version"]):
        _install_uv(environment)
    environment.update(_uv_settings(environment))
    python = _find_python()
    if python is None:
        python = _download_python(environment)
    _say(f"CPython {'.'.join(map(str, _version_of(python) or ()))} at {python}")
    STAMP.unlink(missing_ok=True)
    _run(
        [str(UV), "venv", "--quiet", "--clear", "--python", str(python), str(VENV)],
        environment,
        "could not make the virtual environment",
    )
    _say("installing the pinned packages")
    started = time.monotonic()
    _run(
        [
            str(UV),
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            "--no-build",
            "--python",
            str(VENV_PYTHON),
        ]
        + [str(ROOT / "requirements-dev.txt")],
        environment,
        "could not install the packages (is there a network, and a wheel of each for it?)",
    )
    _run(
        [str(UV), "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--offline"]
        + ["--python", str(VENV_PYTHON), "--editable", str(ROOT)],
        environment,
        "could not install the project itself",
    )
    _say(f"packages installed in {time.monotonic() - started:.0f} s")
    STAMP.write_text(_fingerprint())


def _is_up_to_date() -> bool:
    try:
        return STAMP.read_text() == _fingerprint() and _runs([str(VENV_PYTHON), "-c", ""])
    except OSError:
        return False


def _fingerprint() -> str:
    # The folder's own path too: scripts in .venv/bin name it, so a copied or moved folder starts
    # anew.
    digest = hashlib.sha256(f"{ROOT}\n{platform.machine()}\n".encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _environment() -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON"}
    }
    return {
        **environment,
        "PIP_CACHE_DIR": str(TOOLS / "pip-cache"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        # Settings of the machine that would refuse or move an installation into this folder.
        "PIP_USER": "0",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "UV_CACHE_DIR": str(TOOLS / "uv-cache"),
        "UV_PYTHON_INSTALL_DIR": str(TOOLS / "python"),
        "UV_NO_PROGRESS": "1",
    }


def _install_uv(environment: dict[str, str]) -> None:
    if not _runs([PYTHON, "-m", "pip", "--version"]):
        raise BootstrapError(
            f"{PYTHON} has no pip; install it (Debian: apt-get install python3-pip)"
        )
    _say("getting uv with pip")
    shutil.rmtree(TOOLS / "uv", ignore_errors=True)
    _run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--target", str(TOOLS / "uv")]
        + [
            "--only-binary",
            ":all:",
            "--require-hashes",
            "-r",
            str(ROOT / "requirements-bootstrap.txt"),
        ],
        environment,
        "pip could not get uv (is there a network?)",
    )
    if not _runs([str(UV), "--version"]):
        raise BootstrapError(f"uv was installed but does not run: {UV}")


def _uv_settings(environment: dict[str, str]) -> dict[str, str]:
    """Carry pip's index, certificate and proxy settings over to uv; what uv was told itself
    wins."""
    # Hashes are required, so any index may serve a package, as with pip.
    settings = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for option, value in _pip_options(environment).items():
        name = UV_NAME_OF_PIP_OPTION.get(option)
        if name is None:
            continue
        values = value.split()
        if option == "find-links":
            # uv stops at a folder that is not there; pip only warns.
            values = [
                place for place in values if "://" in place or Path(place).expanduser().exists()
            ]
        if values:
            settings[name] = ("," if option == "find-links" else " ").join(values)
    return {name: value for name, value in settings.items() if name not in environment}


def _pip_options(environment: dict[str, str]) -> dict[str, str]:
    listing = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROBE_SECONDS,
    ).stdout
    options: dict[str, dict[str, str]] = {}
    for line in listing.splitlines():
        match = re.fullmatch(r"(global|install|:env:)\.([a-z-]+)=(.*)", line)
        if match:
            section, option, literal = match.groups()
            options.setdefault(section, {})[option] = str(ast.literal_eval(literal))
    # As pip does: what is said for one command beats what is said for all, and the environment
    # beats both.
    return {**options.get("global", {}), **options.get("install", {}), **options.get(":env:", {})}


def _find_python() -> Path | None:
    """The newest CPython 3.13 on this machine that really runs.

    Looked for by hand: the first python3.13 in PATH may be a shim that only says that it is not set
    up.
    """
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    candidates = [Path(PYTHON)]
    candidates += [
        Path(folder) / "python3.13"
        for folder in os.environ.get("PATH", "").split(os.pathsep)
        if folder
    ]
    for folder, pattern in (
        (pyenv / "versions", "3.13*/bin/python3.13"),
        (home / ".local" / "share" / "uv" / "python", "cpython-3.13*/bin/python3.13"),
        (TOOLS / "python", "cpython-3.13*/bin/python3.13"),
        (home / ".local" / "share" / "mise" / "installs" / "python", "3.13*/bin/python3.13"),
        (home / ".asdf" / "installs" / "python", "3.13*/bin/python3.13"),
        (Path("/opt/homebrew/bin"), "python3.13"),
        (Path("/opt/homebrew/opt/python@3.13/bin"), "python3.13"),
        (Path("/usr/local/bin"), "python3.13"),
        (Path("/usr/local/opt/python@3.13/bin"), "python3.13"),
        (Path("/Library/Frameworks/Python.framework/Versions/3.13/bin"), "python3.13"),
        (Path("/usr/bin"), "python3.13"),
    ):
        candidates += sorted(folder.glob(pattern))
    found: dict[Path, tuple[int, ...]] = {}
    for candidate in candidates:
        # Never the environment that is about to be made anew.
        if candidate not in found and candidate.is_file() and VENV not in candidate.parents:
            version = _version_of(candidate)
            if version is not None:
                found[candidate] = version
    return max(found, key=lambda python: found[python], default=None)


def _version_of(python: Path) -> tuple[int, ...] | None:
    try:
        probe = subprocess.run(
            [str(python), "-I", "-c", PROBE],
            capture_output=True,
            text=True,
            check=False,
            timeout=PROBE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return tuple(int(part) for part in probe.stdout.split()) if probe.returncode == 0 else None


def _download_python(environment: dict[str, str]) -> Path:
    _say("no CPython 3.13 on this machine; uv downloads one into .tools/python")
    _run(
        [str(UV), "python", "install", "--quiet", "--no-bin", "3.13"],
        environment,
        "no CPython 3.13 is here and uv could not download one; install it and run make again",
    )
    python = _find_python()
    if python is None:
        raise BootstrapError("the downloaded CPython 3.13 does not run on this machine")
    return python


def _runs(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _run(command: list[str], environment: dict[str, str], complaint: str) -> None:
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise BootstrapError(f"{complaint}: no end after {INSTALL_SECONDS} s") from None
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        reason = next((line for line in lines if line.lower().startswith("error")), "")
        said = f": {reason}" if reason else ""
        raise BootstrapError(f"{complaint}{said} (all of it is in {LOG.relative_to(ROOT)})")


def _say(text: str) -> None:
    print(f"bootstrap: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
