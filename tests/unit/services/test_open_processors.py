"""Which processors are opened, and in which order? Only what is configured is imported, and no
secret is read before it is needed.
"""

import os
import subprocess
import sys

import pytest

from oncepay.domain.inbound_event import Provider
from oncepay.domain.processor_place import ProcessorPlace
from oncepay.services.open_paypal_certificates import open_paypal_certificates
from oncepay.services.open_processors import open_processors
from tests.builders import NOW
from tests.template_tables import ROOT

ADAPTERS = ("stripe", "paypal", "simulated")
ROOTS = b"-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"


def a_place(provider: Provider) -> ProcessorPlace:
    # Nobody listens there, and there is no such secret.
    version = "2026-10-28.endive" if provider is Provider.STRIPE else None
    return ProcessorPlace(url="http://127.0.0.1:1", secret_id="nowhere", api_version=version)


@pytest.mark.parametrize("names", [ADAPTERS, ADAPTERS[::-1], ("paypal",), ()], ids=repr)
def test_processors__are_those_that_are_configured_in_the_order_given(
    names: tuple[str, ...],
) -> None:
    places = {Provider(name): a_place(Provider(name)) for name in names}
    opened = open_processors(places, timeout_seconds=3.0, clock=lambda: NOW)
    assert list(opened) == list(names)
    assert [processor.name for processor in opened.values()] == list(names)
    assert {processor.timeout_seconds for processor in opened.values()} <= {3.0}


@pytest.mark.parametrize("name", ADAPTERS)
def test_processor__that_is_opened__is_the_only_one_imported(name: str) -> None:
    script = (
        "import sys\n"
        "from oncepay.domain.inbound_event import Provider\n"
        "from oncepay.domain.processor_place import ProcessorPlace\n"
        "from oncepay.services.open_processors import open_processors\n"
        "place = ProcessorPlace(url='http://127.0.0.1:1', secret_id='x', api_version='v')\n"
        f"places = {{Provider('{name}'): place}}\n"
        "open_processors(places, timeout_seconds=3.0, clock=lambda: None)\n"
        "loaded = [n for n in ('stripe', 'paypal', 'simulated')"
        " if f'oncepay.processors.{n}' in sys.modules]\n"
        "print(*loaded)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "core")}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [name]


def test_certificates_of_paypal__are_opened_once_for_each_place() -> None:
    sandbox = open_paypal_certificates("https://api-m.sandbox.paypal.com", None)
    assert open_paypal_certificates("https://api-m.sandbox.paypal.com", None) is sandbox
    assert open_paypal_certificates("https://api-m.paypal.com", None) is not sandbox


@pytest.mark.parametrize(
    ("base_url", "roots"), [("https://api-m.paypal.com", ROOTS), ("http://127.0.0.1:1", None)]
)
def test_certificates_of_paypal__roots_for_itself_or_none_for_another__are_refused(
    base_url: str, roots: bytes | None
) -> None:
    with pytest.raises(ValueError, match="roots are pinned"):
        open_paypal_certificates(base_url, roots)
