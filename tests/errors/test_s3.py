"""S3 that does not let the job in."""

from __future__ import annotations

from uuid import uuid4

import pytest

from job_scripts import Outcome, Scripts
from services import S3Server

JOB = """
env.from_collection([1]).print()
env.execute()
"""


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """A bucket of the test's own."""
    return s3.bucket(f"bucket-{uuid4().hex[:12]}")


def run(scripts: Scripts, s3: S3Server, bucket: str, **changed: str) -> Outcome:
    """A job with checkpoints in the bucket."""
    options = {
        "execution.checkpointing.interval": "1 s",
        "execution.checkpointing.dir": f"s3://{bucket}/checkpoints",
        "s3.endpoint": s3.endpoint,
        "s3.path.style.access": "true",
        "s3.access-key": s3.access_key,
        "s3.secret-key": s3.secret_key,
        **{name.replace("_", "-").replace("s3-", "s3.", 1): value for name, value in changed.items()},
    }
    return scripts.job(JOB, *(part for name, value in options.items() for part in ("-D", f"{name}={value}")))


def test_the_job_itself_is_fine(scripts: Scripts, s3: S3Server, bucket: str) -> None:
    assert run(scripts, s3, bucket).succeeded() == "1\n"


@pytest.mark.parametrize(("wrong", "named"), [("s3_access_key", "s3.access-key"), ("s3_secret_key", "s3.secret-key")])
def test_a_bad_key(scripts: Scripts, s3: S3Server, bucket: str, wrong: str, named: str) -> None:
    outcome = run(scripts, s3, bucket, **{wrong: "wrong"})
    said = outcome.failed()
    assert f"s3://{bucket}/checkpoints" in said
    assert f"check {named}" in said, "it says what to change"
    assert "testsecret" not in said, "keys are not shown"
    assert outcome.out == ""
    assert s3.keys(bucket) == []


def test_a_bucket_that_does_not_exist(scripts: Scripts, s3: S3Server) -> None:
    said = run(scripts, s3, "no-such-bucket").failed()
    assert "no-such-bucket" in said


def test_a_server_that_cannot_be_reached(scripts: Scripts, s3: S3Server, bucket: str) -> None:
    outcome = run(scripts, s3, bucket, s3_endpoint="http://127.0.0.1:1")
    assert "http://127.0.0.1:1" in outcome.failed()
    assert outcome.seconds < 45
