"""Is everything that is installed pinned by its hash, and nothing heavy in the layer?"""

import os
import re
import subprocess
import sys
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
    assert not {"awscrt", "pydantic", "pydantic-core", "stripe"} & set(layer)
    # Three are of the one that is not small: only a webhook of PayPal needs it.
    assert len(layer) <= 14
    assert {"cryptography", "cffi", "pycparser"} <= set(layer)


def test_cryptography__is_imported_only_inside_the_functions_that_need_it() -> None:
    # Where it stood at the top of a module, every cold start would wait for it. The layer holds no
    # pyOpenSSL, by which botocore would import it on this machine.
    assert "pyopenssl" not in pins_of("layers/core/requirements.txt")
    script = (
        "import importlib, pkgutil, sys\n"
        "sys.modules['OpenSSL'] = None\n"
        "import oncepay\n"
        "for found in pkgutil.walk_packages(oncepay.__path__, 'oncepay.'):\n"
        "    importlib.import_module(found.name)\n"
        "assert 'oncepay.processors.paypal_certificates' in sys.modules\n"
        "sys.exit('cryptography' in sys.modules)\n"
    )
    layer = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "core")}
    assert subprocess.run([sys.executable, "-c", script], env=layer, check=False).returncode == 0


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
