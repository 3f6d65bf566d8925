"""What must `sam local` be told, so that it runs the functions in Docker, on the local stack?

Two files in the stack's folder, which samconfig.toml names:

    env.json        the functions' variables as they are deployed (sam local would take a `Ref` for
                    a logical name), and where the local AWS and the simulated processor are, as
                    containers see them
    template.yaml   the built template, changed where sam local needs it: env.json counts only for
                    variables that a function has, so that those of AWS are added; and a function
                    whose name is not a plain word is not found as an authorizer
                    (github.com/aws/aws-sam-cli/issues/7483), so that names are left out
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from samcli.yamlhelper import yaml_dump, yaml_parse

from ops.local import build as build_module
from ops.local.bridge import find_bridge_network, open_bridge
from ops.local.deploy import STACK_NAME, client
from ops.local.folder import Folder, LocalStackError
from ops.local.stack import local_architecture

FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"
CODE = {FUNCTION: "CodeUri", LAYER: "ContentUri"}

type Tell = Callable[[str], None]


def prepare_sam_local(path: Path, *, tell: Tell = print) -> None:
    """Build what has changed, open the local AWS to containers, write the two files.

    Raises: LocalStackError, one clear line, if it cannot be done.
    """
    folder = Folder(path.resolve())
    server = folder.running_server()
    if server is None or folder.read_stack() is None:
        raise LocalStackError(f"no local stack runs in {path}; start it first (make up)")
    network = find_bridge_network()
    with folder.changing():
        built = build_module.build(local_architecture())
        tell(f"docker: artifacts {'built' if built else 'as they were'}")
        try:
            formation, functions = client(server, "cloudformation"), client(server, "lambda")
            parameters = read_parameters(formation)
            variables = read_variables(formation, functions)
        except (BotoCoreError, ClientError) as error:
            said = " ".join(str(error).split())
            raise LocalStackError(f"the local AWS failed: {said}; see {folder.log}") from error
        host = open_bridge(folder, server, network)
        url = f"http://{host}:{server.port}"
        tell(f"docker: containers reach the local AWS at {url}")
        aws = aws_variables(url, server.region)
        if server.processor_url is not None:
            processor = f"http://{host}:{server.processor_port}"
            tell(f"docker: containers reach the simulated processor at {processor}")
            replace_value(variables, server.processor_url, processor)
        template = yaml_parse((build_module.BUILD / "template.yaml").read_text())
        adapt_template(template, parameters, aws, build=build_module.BUILD, folder=folder.path)
        _write(folder.path / "template.yaml", yaml_dump(template))
        _write(folder.path / "env.json", json.dumps({**variables, "Parameters": aws}, indent=2))
        tell(f"docker: wrote template.yaml and env.json in {folder.path}; sam local can run")


def read_parameters(formation: Any) -> dict[str, str]:
    """The parameters that the stack was deployed with."""
    (stack,) = formation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}


def read_variables(formation: Any, functions: Any) -> dict[str, dict[str, str]]:
    """The variables of each function, by the name that the template gives it."""
    resources = formation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    found = {}
    for resource in resources:
        if resource["ResourceType"] == "AWS::Lambda::Function":
            deployed = functions.get_function_configuration(
                FunctionName=resource["PhysicalResourceId"]
            )
            found[resource["LogicalResourceId"]] = deployed["Environment"]["Variables"]
    return found


def replace_value(variables: dict[str, dict[str, str]], value: str, other: str) -> None:
    """Wherever a function has this value in a variable, it gets the other one."""
    for of_function in variables.values():
        for name, found in of_function.items():
            if found == value:
                of_function[name] = other


def aws_variables(url: str, region: str) -> dict[str, str]:
    """With these a function sees the local AWS, and nothing of the operator's account: sam local
    would hand its credentials on.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "",
    }


def adapt_template(
    template: dict[str, Any],
    parameters: dict[str, str],
    aws: dict[str, str],
    *,
    build: Path,
    folder: Path,
) -> None:
    """Change the built template for sam local.

    Args:
        template: what sam build wrote into `build`; it is changed.
        parameters: become the defaults, so that sam local needs none.
        aws: variables to declare for every function; env.json gives their values.
        build: where the code is, from which the template names it.
        folder: where the template will be.
    """
    for name, value in parameters.items():
        if name in template["Parameters"]:
            template["Parameters"][name]["Default"] = value
    template["Globals"]["Function"]["Environment"]["Variables"] |= dict.fromkeys(aws, "")
    for resource in template["Resources"].values():
        member = CODE.get(resource["Type"])
        if member is not None:
            properties = resource["Properties"]
            properties[member] = os.path.relpath(build / properties[member], folder)
            properties.pop("FunctionName", None)


def _write(path: Path, text: str) -> None:
    """Whole or not at all: sam local may be reading it."""
    draft = path.with_suffix(".draft")
    draft.write_text(text + "\n")
    draft.replace(path)
