"""What of the layer does no function ever read? botocore describes every service of AWS, 27 MB of
it; the functions talk to five. Lambda fetches and unpacks the layer before a cold start begins.
"""

import shutil
from pathlib import Path

SERVICES = ("cloudwatch", "dynamodb", "s3", "secretsmanager", "sqs")
"""Those that the layer makes clients of; a client of another one says UnknownServiceError."""

NEVER_READ = ("boto3/data", "boto3/examples")
"""boto3's resources: none are used, and without these boto3 still makes clients."""


def trim(layer: Path) -> None:
    """Take away what is not needed from the folder of a layer's Python packages."""
    for name in NEVER_READ:
        shutil.rmtree(layer / name, ignore_errors=True)
    services = layer / "botocore" / "data"
    # Files beside the folders are of all services: partitions, retries, defaults.
    for service in sorted(path for path in services.glob("*") if path.is_dir()):
        if service.name not in SERVICES:
            shutil.rmtree(service)
    for example in services.rglob("examples-*.json"):
        example.unlink()
    for version in sorted(services.glob("*/*")):
        # A folder without a service's description would be taken for a version of it.
        if version.is_dir() and not (version / "service-2.json.gz").exists():
            shutil.rmtree(version)
