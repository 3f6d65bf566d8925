"""Does README show what there is, and all of it? Its calls by curl against the gateway's routes,
its commands of sam local, its tables of folders, codes and scopes, its links within the page.
"""

import re

import pytest

from oncepay.api.problems import STATUS_OF_CODE
from oncepay.domain.principal import MERCHANT_SCOPES, OPERATOR_SCOPES
from tests.template_tables import ROOT, template

type Route = tuple[str, str]

README = (ROOT / "README.md").read_text()


def section(heading: str) -> str:
    """What is below a heading, up to the next of its rank."""
    level = heading.split()[0]
    assert README.count(f"\n{heading}\n") == 1, heading
    return README.split(f"\n{heading}\n")[1].split(f"\n{level} ")[0]


def gateway_routes() -> set[Route]:
    events = [
        event["Properties"]
        for resource in template()["Resources"].values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "Api"
    ]
    return {(event["Method"], re.sub(r"{\w+}", "{}", event["Path"])) for event in events}


def routes_of_calls(text: str) -> set[Route]:
    """Method and path of each call by curl to the API."""
    found = set()
    # A call may go on in the next line, and may be within $(...).
    for call in re.findall(r"curl ((?:[^\n]*\\\n)*[^\n]*)", text):
        if "$CONTROL/" in call:
            continue  # Of the simulated processor.
        (path,) = re.findall(r"\$API([^\s?\"']*)", call)
        method = re.search(r"-X (\w+)", call)
        posts = re.search(r" -d ", call)
        shape = re.sub(r"\$\w+", "{}", path)
        found.add((method[1] if method else "POST" if posts else "GET", shape))
    return found


def test_calls_by_curl__go_to_routes_that_there_are() -> None:
    assert routes_of_calls(README) <= gateway_routes()


def test_routes__are_all_shown_by_curl__but_those_of_processors() -> None:
    # The simulated one is set up by `make up`: nobody posts to its route by hand.
    for_processors = {f"/webhooks/{name}" for name in ("stripe", "paypal", "simulated")}
    missing = gateway_routes() - routes_of_calls(README)
    assert missing == {("POST", path) for path in for_processors}
    for path in for_processors - {"/webhooks/simulated"}:
        assert f"`<ApiUrl>{path}`" in section("## Stripe and PayPal")


def test_outputs_that_a_secret_is_put_into__are_all_told_of() -> None:
    told = set(re.findall(r"^put (\w+) ", section("## Stripe and PayPal"), re.MULTILINE))
    secrets = {
        name
        for name, output in template()["Outputs"].items()
        if template()["Resources"].get(output["Value"].get("Ref"), {}).get("Type")
        == "AWS::SecretsManager::Secret"
    }
    # Cursors are signed with one that nobody has to know; `make up` puts the simulated one's.
    assert told == secrets - {"CursorSecret", "SimulatedProcessorSecret"}


def test_parameters_of_processors__are_all_told_of() -> None:
    told = set(re.findall(r"^\| `(\w+)[=`]", section("## Stripe and PayPal"), re.MULTILINE))
    parameters = {name for name in template()["Parameters"] if re.match("Stripe|PayPal", name)}
    assert told == parameters


@pytest.mark.parametrize(
    ("call", "route"),
    [
        ("curl $API/v1/payments -H x", ("GET", "/v1/payments")),
        ('P=$(curl -s "$API/v1/payments?limit=1")', ("GET", "/v1/payments")),
        ("curl $API/v1/payments \\\n  -d '{}'", ("POST", "/v1/payments")),
        ("curl -X PUT $API/v1/payments/$PAYMENT/x", ("PUT", "/v1/payments/{}/x")),
    ],
)
def test_call_by_curl__is_understood(call: str, route: Route) -> None:
    assert routes_of_calls(call) == {route}


def test_sam_local__invokes_functions_and_files_that_there_are() -> None:
    invoked = re.findall(r"sam local invoke (\w+) -e (\S+)", README)
    assert len(invoked) >= 5
    for function, event in invoked:
        assert template()["Resources"][function]["Type"] == "AWS::Serverless::Function"
        assert event == "-" or (ROOT / event).is_file(), event


def test_every_path_into_the_events__is_there() -> None:
    for path in re.findall(r"\bevents/[\w./]+", README):
        assert (ROOT / path).exists(), path


def test_links_within_the_page__go_to_headings() -> None:
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    linked = set(re.findall(r"\]\(#([^)]+)\)", README))
    assert linked <= anchors


def folder_rows() -> dict[str, str]:
    rows = re.findall(r"^\| (`.+?) \| (.*) \|$", section("## What is in each folder"), re.MULTILINE)
    return {name: said for names, said in rows for name in re.findall(r"`([^`]+)`", names)}


def test_folders__that_are_told_of__are_there() -> None:
    floors = "layers/core/oncepay/"
    for name in folder_rows():
        assert (ROOT / name.replace(".../", floors)).exists(), name


def test_floors__are_all_told_of() -> None:
    floors = {path.parent.name for path in ROOT.glob("layers/core/oncepay/*/__init__.py")}
    assert {f".../{floor}/" for floor in floors} <= set(folder_rows())


def test_functions__are_all_told_of_by_name() -> None:
    named = set(re.findall(r"`(\w+)`", folder_rows()["functions/"]))
    assert named == {path.parent.name for path in ROOT.glob("functions/*/app.py")}


def test_codes_of_problems__are_all_told_of_with_their_status() -> None:
    told = {}
    for statuses, codes in re.findall(r"^\| (\d[\d, ]*) \| (.*) \|$", section("### Errors"), re.M):
        for code in re.findall(r"`([a-z_]+)`", codes):
            if code != "payment_id":
                told[code] = {int(status) for status in statuses.split(", ")}
    assert set(told) == set(STATUS_OF_CODE)
    for code, status in STATUS_OF_CODE.items():
        assert status in told[code], code


def test_scopes__are_all_told_of() -> None:
    merchants, operators = section("### Errors").split("Scopes:")[1].split("an operator's:")
    assert tuple(re.findall(r"`(\w+:\w+)`", merchants)) == MERCHANT_SCOPES
    assert tuple(re.findall(r"`(\w+:\w+)`", operators)) == OPERATOR_SCOPES
