"""How does a function start from a snapshot? Lambda makes one of a published version only, and
the API then has to call that version, by an alias.

sam publishes a version where the template says so, with a name that cannot depend on a parameter;
and it does so when the code or the template has changed, not when a parameter has: the API would go
on calling the version of before. So nothing is published unless a stage wants it, and then with
every deployment. The template that sam has built is changed for that, not the one that is kept.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from ops.local.folder import LocalStackError

PARAMETER, WANTED = "SnapStart", "PublishedVersions"
ALIAS = "live"


def wants_versions(samconfig: Path, stage: str) -> bool:
    """Whether a stage's deployment is told to make snapshots.

    Raises:
        LocalStackError: there is no such stage, or the file cannot be read.
    """
    try:
        stages = tomllib.loads(samconfig.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LocalStackError(f"{samconfig.name} cannot be read: {error}") from None
    if stage not in stages:
        raise LocalStackError(f"{samconfig.name} has no stage {stage!r}")
    parameters = stages[stage].get("deploy", {}).get("parameters", {})
    overrides = parameters.get("parameter_overrides", [])
    words = overrides.split() if isinstance(overrides, str) else overrides
    return f"{PARAMETER}={WANTED}" in words


def publish_versions(template: Path, release: str) -> list[str]:
    """Have sam publish a version of each function that may start from a snapshot, and the API call
    it.

    Args:
        template: that sam has built; it is changed.
        release: another one for each deployment.

    Returns:
        The functions' names in the template.
    """
    # Nobody else waits for sam to be imported.
    from samcli.yamlhelper import yaml_dump, yaml_parse

    described: dict[str, Any] = yaml_parse(template.read_text())
    published = []
    for name, resource in described["Resources"].items():
        properties = resource.get("Properties", {})
        if PARAMETER in properties:
            properties["AutoPublishAlias"] = ALIAS
            # sam names the version after its first ten characters, and says it in the function's
            # description, for Lambda publishes no version of a function that has not changed.
            properties["AutoPublishCodeSha256"] = hashlib.sha256(release.encode()).hexdigest()
            # A snapshot is paid for as long as its version is there.
            properties["VersionDeletionPolicy"] = "Delete"
            published.append(name)
    template.write_text(yaml_dump(described))
    return published
