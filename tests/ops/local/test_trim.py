"""What is taken out of the layer, and that what the functions use is left in."""

import ast
import shutil
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader
from botocore.session import Session

from ops.local.trim import SERVICES, trim
from tests.template_tables import ROOT

LAYER = ROOT / "layers" / "core" / "oncepay"
# Powertools' own clients, by the class that we use.
POWERTOOLS = {"SecretsProvider": "secretsmanager"}


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """As much of a layer as is looked at."""
    for name in (
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/examples-1.json",
        "botocore/data/dynamodb/2011-12-05/endpoint-rule-set-1.json.gz",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/partitions.json",
        "botocore/client.py",
        "boto3/data/s3/2006-03-01/resources-1.json",
        "boto3/session.py",
        "oncepay/domain/money.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    trim(tmp_path)
    return tmp_path


def test_trim__leaves_what_is_used_and_nothing_else(layer: Path) -> None:
    left = {path.relative_to(layer).as_posix() for path in layer.rglob("*") if path.is_file()}
    assert left == {
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/partitions.json",
        "botocore/client.py",
        "boto3/session.py",
        "oncepay/domain/money.py",
    }


def test_trim__again__changes_nothing(layer: Path) -> None:
    before = sorted(layer.rglob("*"))
    trim(layer)
    assert sorted(layer.rglob("*")) == before


def test_services__are_exactly_those_that_the_layer_makes_clients_of() -> None:
    # PynamoDB's client is of DynamoDB.
    found = {"dynamodb"}
    for path in LAYER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                if called in {"create_client", "client", "resource"}:
                    found.add(ast.literal_eval(node.args[0]))
                elif called in POWERTOOLS:
                    found.add(POWERTOOLS[called])
    assert found == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_client__is_made_from_a_trimmed_botocore(service: str, tmp_path: Path) -> None:
    whole = Path(botocore.__path__[0]) / "data"
    layer = tmp_path / "botocore" / "data"
    layer.mkdir(parents=True)
    for path in whole.glob("*.json"):
        shutil.copy(path, layer)
    for name in (*SERVICES, "sns"):
        shutil.copytree(whole / name, layer / name)
    trim(tmp_path)
    session = Session()
    # A loader of this test's own: the session's is that of all tests.
    loader = Loader(extra_search_paths=[str(layer)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    assert sorted(session.get_available_services()) == sorted(SERVICES)
    client = session.create_client(
        service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    assert client.meta.service_model.service_name == service
    client.close()
