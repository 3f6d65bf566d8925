"""Where do the results of a settlement lie? Beside the file that was dropped, in the same
bucket.
"""

RESULTS_PREFIX = "results/"
SUMMARY_NAME, BREAKS_NAME = "summary.json", "breaks.csv"


def results_key(run_id: str, name: str) -> str:
    """Where a result is found in the bucket."""
    return f"{RESULTS_PREFIX}{run_id}/{name}"


def results_address(bucket: str, run_id: str, name: str) -> str:
    """The same, as tools of S3 take it."""
    return f"s3://{bucket}/{results_key(run_id, name)}"
