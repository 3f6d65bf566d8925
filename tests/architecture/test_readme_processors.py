"""Does README tell all of the simulated processor's behaviours, and of what needs a person? And
does every command that it shows exist?
"""

import re

from typer.main import get_command

from ops.main import app
from ops.simulated.behaviours import Behaviour
from tests.architecture.test_readme import README, section
from tests.template_tables import ROOT

_ALARM = re.compile(r'\.alarm\(\s*"(\w+)"')


def first_cells(heading: str) -> list[str]:
    """Of the table below a header row that begins so."""
    table = section("## Payments through a processor").split(f"\n| {heading} |")[1]
    rows = table.split("\n\n")[0].splitlines()[2:]
    return [row.split("|")[1] for row in rows]


def test_behaviours__are_all_told_of() -> None:
    told = set(re.findall(r"`(\w+)(?:_<code>)?`", "".join(first_cells("`pm_...`"))))
    assert told == {behaviour.value for behaviour in Behaviour}


def test_alarms__are_all_told_of() -> None:
    sounded = {
        name
        for folder in ("layers/core/oncepay", "functions")
        for path in (ROOT / folder).rglob("*.py")
        for name in _ALARM.findall(path.read_text())
    }
    assert set(re.findall(r"`(\w+)`", "".join(first_cells("`alarm`")))) == sounded


def test_targets_of_make__are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"(?:^|`|and )make ([a-z-]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_commands_of_oncepay__are_there() -> None:
    command = get_command(app)
    shown = set(
        re.findall(r"\boncepay ((?:local |merchants |keys |settlements |events )?[a-z]+)", README)
    )
    assert {"operations", "sweep", "verify", "local docker"} <= shown
    for words in shown:
        found = command
        for word in words.split():
            found = found.commands[word]  # type: ignore[attr-defined]
