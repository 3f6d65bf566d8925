"""Is the roof thin? What a function's app.py may import. (The floors below are import-linter's.)"""

import ast
import sys

import pytest

from tests.template_tables import ROOT

APPS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))

# Of the storage floor only what makes the composition root: opening tables, secrets, time budgets.
ROOMS = (
    "oncepay.api.",
    "oncepay.services.",
    "oncepay.settings",
    "oncepay.domain.",
    "oncepay.storage.database",
    "oncepay.storage.budget",
    "oncepay.storage.secret_values",
)
LIBRARIES = ("aws_lambda_powertools",)


def imports_of(app: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / "functions" / app / "app.py").read_text())):
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
