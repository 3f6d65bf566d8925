"""Do the papers say what is there? README's commands, the data model's names, samconfig's words."""

import re
import tomllib

import pytest
import typer
import typer.main
from pynamodb.models import Model

from ops.main import app
from tests.stored_items import MODELS
from tests.template_tables import ROOT, template

PAPERS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
PAPERS.append("README.md")

# The data model's headings of the items that a model stores.
ITEMS = {
    "IdempotencyItem": ("idempotency", "## Idempotency"),
    "PaymentItem": ("payments", "**A payment**"),
    "RefundItem": ("payments", "**A refund of it**"),
    "DisputeItem": ("payments", "**A dispute of it**"),
    "DepositItem": ("payments", "**A deposit**"),
    "OperationItem": ("payments", "**An operation**"),
    "ReferenceItem": ("payments", "**A pointer from a processor's id**"),
    "HotMerchantItem": ("payments", "**A merchant with several shards**"),
    "EntryItem": ("ledger", "**An entry**"),
    "BalanceItem": ("ledger", "**The balance**"),
    "MerchantItem": ("directory", "**A merchant**"),
    "ApiKeyItem": ("directory", "**An API key**"),
    "EventItem": ("events", "## Events"),
    "SettlementItem": ("settlements", "**A run**"),
    "BreakItem": ("settlements", "**A break**"),
    "SourceItem": ("settlements", "**A pointer from a file's name**"),
    "ClaimItem": ("settlements", "**The claim to a content**"),
    "PayoutItem": ("settlements", "**A payout**"),
    "LatestItem": ("settlements", "**The latest file of a format**"),
    "MarkerItem": ("settlements", "**A marker**"),
    "BatchesItem": ("settlements", "**The batches of a file**"),
}
# Words in the prose of those that are values, or parts of other keys, and no attributes.
VALUES = {
    "balance", "batches", "by_merchant", "claim", "deposit", "file", "mer_", "merchant", "operator",
    "row", "succeeded",
}  # fmt: skip

MODELS_OF_TABLES: list[type[Model]] = [model for models in MODELS.values() for model in models]


def section_of(model: str) -> str:
    """What docs/data-model.md says of one kind of item."""
    text = (ROOT / "docs" / "data-model.md").read_text()
    heading = ITEMS[model][1]
    assert text.count(heading) == 1, heading
    start = text.index(heading)
    rest = text[start + len(heading) :]
    end = re.search(r"^(## |\*\*(A|An|The) )", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def declared(model: type[Model]) -> set[str]:
    return set(model.get_attributes())


@pytest.mark.parametrize("model", MODELS_OF_TABLES, ids=lambda model: model.__name__)
def test_data_model__names_every_attribute_that_is_stored(model: type[Model]) -> None:
    # The table's heading says the key of all its items.
    said = set(re.findall(r"`([a-z_0-9]+)`", section_of(model.__name__)))
    missing = declared(model) - said - {"id", "part"}
    assert missing == set()


@pytest.mark.parametrize("model", MODELS_OF_TABLES, ids=lambda model: model.__name__)
def test_data_model__names_no_attribute_that_is_not_stored(model: type[Model]) -> None:
    section = section_of(model.__name__)
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    if table:
        # The first cell of each row has the names, the second says what they are.
        section = "\n".join(row.split("|")[1] for row in table[0].splitlines())
    said = set(re.findall(r"`([a-z_0-9]+)`", section))
    assert said - declared(model) - VALUES == set()


def test_every_model__is_listed_above() -> None:
    assert {model.__name__ for model in MODELS_OF_TABLES} == set(ITEMS)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("paper", PAPERS)
def test_paper__names_only_targets_that_make_has(paper: str) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)\b", (ROOT / paper).read_text(), re.M))
    assert named <= make_targets()


def test_make_help__names_every_target_that_a_person_runs() -> None:
    recipe = (ROOT / "Makefile").read_text().split("\nhelp:")[1].split("\n\n")[0]
    named = set(re.findall(r'echo "make ([a-z-]+)', recipe))
    assert named <= make_targets()
    assert make_targets() - named <= {"help", "bootstrap", "format", "requirements"}


def test_phony__is_every_target_and_no_other() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.split()) == make_targets()


@pytest.mark.parametrize("paper", PAPERS)
def test_paper__names_only_commands_and_options_that_oncepay_has(paper: str) -> None:
    text = (ROOT / paper).read_text()
    for line in re.findall(r"(?:^|[`(])oncepay ([a-z][^`#)\n]*)", text, re.MULTILINE):
        words = [word for word in line.split() if re.fullmatch(r"[a-z-]+", word)]
        command = typer.main.get_command(app)
        while words and getattr(command, "commands", None):
            found = command.commands.get(words.pop(0))  # type: ignore[attr-defined]
            assert found is not None, f"oncepay {line}"
            command = found
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, f"oncepay {line}"


@pytest.mark.parametrize("paper", PAPERS)
def test_paper__links_to_files_that_are_there(paper: str) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / paper).read_text()):
        assert ((ROOT / paper).parent / link).exists(), link


def test_readme__names_the_parameters_as_they_are() -> None:
    named = re.findall(r"`([A-Z][A-Za-z]+)=", (ROOT / "README.md").read_text())
    assert set(named) - {"ENV", "ARCHITECTURE"} <= set(template()["Parameters"])


def test_samconfig__sets_parameters_that_the_template_has_to_values_that_it_takes() -> None:
    stages = tomllib.loads((ROOT / "samconfig.toml").read_text())
    stages.pop("version")
    parameters = template()["Parameters"]
    for stage in stages.values():
        for override in (
            stage.get("deploy", {}).get("parameters", {}).get("parameter_overrides", ())
        ):
            name, value = override.split("=", 1)
            assert name in parameters
            allowed = parameters[name].get("AllowedValues")
            assert allowed is None or value in {str(each) for each in allowed}
