"""The runs that are kept: of every scenario one, whose money was counted, and the document's table
is what they found."""

import json

import pytest

from loadtests.kept import DOCUMENT, KEPT, KEPT_NAMES, KeptError, draw


def test_document__has_the_table_of_what_is_kept() -> None:
    text = DOCUMENT.read_text()
    assert draw(text) == text


def test_document__without_a_place__is_refused() -> None:
    with pytest.raises(KeptError):
        draw("no table here")


@pytest.mark.parametrize("name", sorted(KEPT_NAMES))
def test_kept_run__of_each_scenario__was_well(name: str) -> None:
    summary = json.loads((KEPT / f"{name}.json").read_text())
    assert (summary["scenario"], summary["exit_code"]) == (name, 0)
    assert summary["machine"]["cores"]
    assert "sk_" not in json.dumps(summary)
