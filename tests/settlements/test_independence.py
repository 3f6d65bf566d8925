"""What checks the code shares none of it."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
# It starts a stack of its own, by the operator's own command.
STARTS_A_STACK = {"proof.py"}
MODULES = sorted(
    path.name
    for path in FOLDER.glob("*.py")
    if not path.name.startswith("test_") and path.name not in STARTS_A_STACK
)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("name", MODULES)
def test_module__imports_nothing_of_the_project(name: str) -> None:
    project = {
        module
        for module in imported(FOLDER / name)
        if module.split(".")[0] in {"oncepay", "ops", "functions"}
        or (module.startswith("tests") and not module.startswith("tests.settlements"))
    }
    assert project == set()


def test_modules__are_the_ones_that_judge() -> None:
    assert {"generator.py", "oracle.py", "comparison.py", "world_writer.py"} <= set(MODULES)
