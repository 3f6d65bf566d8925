"""What does CloudFormation get? template.yaml as sam's own translator turns it out, and the same
with something spoilt or added, to see that a rule notices.
"""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.template_tables import ROOT

type Resources = dict[str, dict[str, Any]]

# What new functions of tests are triggered by, or keep their failures in.
_NEIGHBOURS = ("PaymentsTable", "SettlementDeadLetters")


@cache
def translated() -> dict[str, Any]:
    """The template as CloudFormation gets it; to be read only."""
    return translate(_source())


def spoilt(change: Callable[[Resources], object]) -> Resources:
    """The translated resources, changed."""
    resources: Resources = copy.deepcopy(translated()["Resources"])
    change(resources)
    return resources


def translated_beside(**new: dict[str, Any]) -> Resources:
    """New resources as sam translates them, beside a few of the template's."""
    source = _source()
    # The layer is left away: it is translated under a name of its own.
    del source["Globals"]["Function"]["Layers"]
    source["Resources"] = {name: source["Resources"][name] for name in _NEIGHBOURS} | new
    del source["Outputs"]
    resources: Resources = translate(copy.deepcopy(source))["Resources"]
    return resources


def of_type(kind: str, resources: Resources | None = None) -> Resources:
    """Translated resources of a type, by their logical id."""
    everything = translated()["Resources"] if resources is None else resources
    return {name: found for name, found in everything.items() if found["Type"] == kind}


def id_of_reference(value: Any) -> str:
    """The logical id that a Ref or a GetAtt names; empty if it is neither."""
    match value:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), *_]}:
            return name
        case {"Fn::GetAtt": str(path)}:
            return path.partition(".")[0]
    return ""


def _source() -> dict[str, Any]:
    source: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return source


def translate(source: dict[str, Any]) -> dict[str, Any]:
    """A template as CloudFormation gets it; the template itself is changed on the way."""
    for resource in source["Resources"].values():
        # What sam package does: the translator wants the artifacts to be in S3.
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://bucket/key"
    result: dict[str, Any] = Translator({}, Parser()).translate(source, {})
    return result
