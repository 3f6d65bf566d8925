"""How does the built template get into the local AWS? By sam deploy, as into a real one.

What MiniStack's CloudFormation leaves out is then done by API call: the gateway's own answers are
put again and deployed, and time-to-live is switched on.
"""

import subprocess
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from samcli.yamlhelper import yaml_parse

from ops.local.build import BUILD, ROOT, sam_settings
from ops.local.folder import Folder, LocalStackError, Server, local_environment

if TYPE_CHECKING:
    from mypy_boto3_apigateway.client import APIGatewayClient
    from mypy_boto3_apigateway.literals import GatewayResponseTypeType

STACK_NAME = "oncepay-local"
DEPLOY_SECONDS = 300
HEADER = "gatewayresponse.header."


def deploy(folder: Folder, server: Server, parameters: dict[str, str]) -> dict[str, str]:
    """Deploy; returns the stack's outputs and the id of its API under `ApiId`.

    Raises: LocalStackError with what sam said, if it fails.
    """
    _run_sam(folder, server, parameters)
    formation = client(server, "cloudformation")
    (stack,) = formation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    api = formation.describe_stack_resource(StackName=STACK_NAME, LogicalResourceId="Api")
    outputs["ApiId"] = api["StackResourceDetail"]["PhysicalResourceId"]
    resources = yaml_parse((BUILD / "template.yaml").read_text())["Resources"]
    _put_gateway_responses(
        client(server, "apigateway"),
        outputs["ApiId"],
        outputs["Environment"],
        resources["Api"]["Properties"]["GatewayResponses"],
    )
    _switch_on_ttl(server, resources, outputs)
    return outputs


def client(server: Server, service: str) -> Any:
    """A client of the local AWS, never of a real one."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard"}, proxies={}),
    )


def _run_sam(folder: Folder, server: Server, parameters: dict[str, str]) -> None:
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    command = [
        "sam", "deploy", "--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local",
        "--template-file", str(BUILD / "template.yaml"), "--stack-name", STACK_NAME,
        "--region", server.region, "--no-confirm-changeset", "--no-progressbar",
        "--parameter-overrides", *overrides,
    ]  # fmt: skip
    log = folder.path / "deploy.log"
    environment = {**local_environment(server), **sam_settings()}
    with log.open("wb") as out:
        try:
            done = subprocess.run(
                command, stdout=out, stderr=out, env=environment, cwd=folder.path, check=False,
                timeout=DEPLOY_SECONDS, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except FileNotFoundError:
            raise LocalStackError("sam is not installed; run `make bootstrap`") from None
        except subprocess.TimeoutExpired:
            raise LocalStackError(f"sam deploy took over {DEPLOY_SECONDS} s; see {log}") from None
    if done.returncode != 0:
        said = log.read_text(errors="replace").strip().splitlines()
        errors = [line for line in said if "rror" in line or "FAILED" in line] or said or ["?"]
        raise LocalStackError(f"sam deploy failed ({errors[-1].strip()[:300]}); see {log}")


def _put_gateway_responses(
    gateway: "APIGatewayClient", api_id: str, stage: str, responses: dict[str, Any]
) -> None:
    for kind, response in responses.items():
        headers = response.get("ResponseParameters", {}).get("Headers", {})
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=cast("GatewayResponseTypeType", kind),
            statusCode=str(response["StatusCode"]),
            responseParameters={HEADER + name: value for name, value in headers.items()},
            # MiniStack knows no $context.path and would send the words themselves.
            responseTemplates={
                media: template.replace("$context.path", "")
                for media, template in response["ResponseTemplates"].items()
            },
        )
    # A response counts from the next deployment on.
    gateway.create_deployment(restApiId=api_id, stageName=stage)


def _switch_on_ttl(server: Server, resources: dict[str, Any], outputs: dict[str, str]) -> None:
    dynamodb = client(server, "dynamodb")
    for name, resource in resources.items():
        wanted = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] != "AWS::DynamoDB::Table" or not wanted:
            continue
        table = outputs[name]
        found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if found.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
