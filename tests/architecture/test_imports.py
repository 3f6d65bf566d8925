"""Is the roof thin, and does each floor keep to its own work? (That imports point down is
import-linter's to say, in `make check`.)
"""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

from tests.template_tables import ROOT

APPS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))

# Of the storage floor only what makes the composition root: opening tables, files, queues and
# secrets, time budgets. Of the processors nothing: which there are is for the services to know.
ROOMS = (
    "oncepay.api.",
    "oncepay.services.",
    "oncepay.settings",
    "oncepay.domain.",
    "oncepay.storage.database",
    "oncepay.storage.budget",
    "oncepay.storage.objects",
    "oncepay.storage.queues",
    "oncepay.storage.secret_values",
)
LIBRARIES = ("aws_lambda_powertools",)

LAYER = ROOT / "layers" / "core" / "oncepay"
MODULES = sorted(path.relative_to(LAYER).as_posix() for path in LAYER.rglob("*.py"))
# Whoever imports one of these knows that there is AWS.
OF_AWS = {"boto3", "botocore", "pynamodb"}
# A clock, chance, the environment, files, the network, other threads.
IMPURE = {
    "asyncio", "http", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil",
    "socket", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
NOWHERE_NAMES = {"utils", "util", "common", "helpers", "helper", "base", "misc", "shared", "core"}


def imports_of(app: str) -> set[str]:
    return imports_in(ROOT / "functions" / app / "app.py")


def imports_in(path: Path) -> set[str]:
    """Every module that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("app", APPS)
def test_app__imports_from_the_rooms_of_its_composition_root_only(app: str) -> None:
    strangers = {
        name
        for name in imports_of(app)
        if not name.startswith((*ROOMS, *LIBRARIES))
        and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert strangers == set()


@pytest.mark.parametrize("app", APPS)
def test_app__is_alone_in_its_folder(app: str) -> None:
    # What two functions share is in the layer; what one needs fits into its app.py.
    others = {
        path.name
        for path in (ROOT / "functions" / app).iterdir()
        if path.name not in {"app.py", "__pycache__"}
    }
    assert others == set()


@pytest.mark.parametrize("app", APPS)
def test_app__is_short(app: str) -> None:
    assert len((ROOT / "functions" / app / "app.py").read_text().splitlines()) <= 200


def test_process_payment__loads_what_decisions_about_breaks_need__with_the_first_of_them() -> None:
    tree = ast.parse((ROOT / "functions" / "process_payment" / "app.py").read_text())
    at_once = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    of_decisions = {"oncepay.api.settlement_commands", "oncepay.services.resolve_break"}
    assert of_decisions <= imports_of("process_payment")
    assert of_decisions & at_once == set()


def packages_in(module: str) -> set[str]:
    return {name.split(".")[0] for name in imports_in(LAYER / module)}


def calls_of_the_clock(path: Path) -> list[str]:
    """Where a file asks what time it is."""
    tree = ast.parse(path.read_text())
    asked = {"now", "utcnow", "today"}
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        ast.unparse(function)
        for function in calls
        if isinstance(function, ast.Attribute)
        and function.attr in asked
        and ast.unparse(function.value).split(".")[-1] in {"datetime", "date"}
    ]


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("domain/")])
def test_domain__knows_no_clock_no_chance_no_environment_and_no_library(module: str) -> None:
    assert packages_in(module) <= sys.stdlib_module_names | {"oncepay"}
    assert packages_in(module) & IMPURE == set()
    assert calls_of_the_clock(LAYER / module) == []


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("storage/")])
def test_module_outside_of_storage__knows_no_aws(module: str) -> None:
    assert packages_in(module) & OF_AWS == set()


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("services/")])
def test_service__is_told_the_time(module: str) -> None:
    assert calls_of_the_clock(LAYER / module) == []


@pytest.mark.parametrize(
    "line",
    ["datetime.now(UTC)", "dt.datetime.utcnow()", "datetime.datetime.today()", "date.today()"],
)
def test_call_of_the_clock__is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(line)
    assert len(calls_of_the_clock(tmp_path / "module.py")) == 1


def test_floors__are_all_there_are_and_all_in_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (floors,) = [c for c in contracts["contracts"] if c["id"] == "floors"]
    named = [name.strip() for layer in floors["layers"] for name in layer.split("|")]
    folders = {f"oncepay.{path.parent.name}" for path in LAYER.glob("*/__init__.py")}
    # Settings are no floor: a contract of their own says who knows them.
    assert set(named) == folders - {"oncepay.settings"}
    assert floors["layers"] == [
        "oncepay.api",
        "oncepay.services",
        "oncepay.storage | oncepay.processors",
        "oncepay.domain",
    ]


def test_module__has_a_name_that_says_what_is_in_it() -> None:
    places = [*LAYER.rglob("*"), *(ROOT / "ops").rglob("*"), *(ROOT / "functions").rglob("*")]
    assert [path for path in places if path.stem in NOWHERE_NAMES] == []


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("services/")])
def test_service__is_named_after_its_function(module: str) -> None:
    name = Path(module).stem
    tree = ast.parse((LAYER / module).read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in functions | {"__init__"} or name in SHARED


# No use case of their own: each is a part of several.
SHARED = {"answer_request", "page", "processor_tools", "run_operation", "settle_operation"}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_service_that_is_no_use_case__is_a_part_of_several(name: str) -> None:
    users = {
        module
        for module in MODULES
        if module.startswith("services/")
        and f"oncepay.services.{name}" in imports_in(LAYER / module)
    }
    assert len(users) >= 2
