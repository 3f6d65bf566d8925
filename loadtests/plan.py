"""What is the swarm told? Where to send what, as whom, for how long; by its standard input, so that
no key stands in a file, in a list of processes or in an environment.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from loadtests.scenarios import Settings
from loadtests.target import Merchant


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run, as the swarm needs to know it.

    Attributes:
        scenario: its name.
        run_id: unlike that of every other run; begins each idempotency key.
        api_url: base of the API.
        settings: what was chosen.
        merchants: who pays.
        folder: of the report.
        stripe_secret: what events are signed with; None if there are none.
        extra: what the scenario has prepared, as JSON.
    """

    scenario: str
    run_id: str
    api_url: str
    settings: Settings
    merchants: tuple[Merchant, ...]
    folder: Path
    stripe_secret: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_json(self) -> str:
        """For the swarm's standard input."""
        return json.dumps({**asdict(self), "folder": str(self.folder)})


def read_plan(text: str) -> Plan:
    """What `to_json` wrote."""
    told = json.loads(text)
    return Plan(
        scenario=told["scenario"],
        run_id=told["run_id"],
        api_url=told["api_url"],
        settings=Settings(**told["settings"]),
        merchants=tuple(Merchant(**merchant) for merchant in told["merchants"]),
        folder=Path(told["folder"]),
        stripe_secret=told["stripe_secret"],
        extra=told["extra"],
    )
