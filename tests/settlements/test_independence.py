"""What checks the code shares none of it."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
# One starts a stack of its own, by the operator's own command; the other runs what is judged.
RUN_THE_PROJECT = {"proof.py", "formats/in_memory.py"}
MODULES = sorted(
    {
        str(path.relative_to(FOLDER))
        for path in FOLDER.rglob("*.py")
        if not path.name.startswith("test_")
    }
    - RUN_THE_PROJECT
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
    assert {"formats/oracle.py", "formats/judge.py", "formats/reads_stripe.py"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_module__imports_none_that_runs_the_project(name: str) -> None:
    run_it = {f"tests.settlements.{name[:-3].replace('/', '.')}" for name in RUN_THE_PROJECT}
    assert imported(FOLDER / name) & run_it == set()
