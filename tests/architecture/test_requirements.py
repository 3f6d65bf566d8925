"""Is everything that is installed pinned by its hash, and nothing heavy in the layer?"""

import re
import tomllib

import pytest

from tests.template_tables import ROOT

PINNED = ("layers/core/requirements.txt", "requirements-dev.txt", "requirements-bootstrap.txt")


def pins_of(path: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / path).read_text(), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("path", PINNED)
def test_requirements__each_has_hashes_and_none_an_address(path: str) -> None:
    text = (ROOT / path).read_text()
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def test_layer__holds_few_and_small_packages() -> None:
    layer = pins_of("layers/core/requirements.txt")
    assert not {"awscrt", "pydantic", "pydantic-core", "cryptography"} & set(layer)
    assert len(layer) <= 12


def test_layer__is_tested_with_the_versions_that_it_ships() -> None:
    layer, dev = pins_of("layers/core/requirements.txt"), pins_of("requirements-dev.txt")
    assert {name: dev.get(name) for name in layer} == layer


def test_samconfig__has_the_stages_and_prod_asks_first() -> None:
    stages = tomllib.loads((ROOT / "samconfig.toml").read_text())
    assert {"local", "dev", "prod"} <= set(stages)
    assert stages["prod"]["deploy"]["parameters"]["confirm_changeset"] is True
    for stage in ("local", "dev", "prod"):
        overrides = stages[stage]["deploy"]["parameters"]["parameter_overrides"]
        assert f"Environment={stage}" in overrides
