"""A real S3 server, and what a test does with one."""

from __future__ import annotations

import hashlib
import hmac
import shutil
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

from services.process import HERE, Service, ServiceError, cache_folder, free_ports


class S3Server(Service):
    """One server on a free port; the object KEY of a bucket is the file `files(bucket) / KEY`."""

    script = HERE / "s3.sh"
    access_key = "test"
    secret_key = "testsecret"
    region = "us-east-1"

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        super().__init__(
            folder,
            {
                "S3_PORT": str(port),
                "S3_ACCESS_KEY": self.access_key,
                "S3_SECRET_KEY": self.secret_key,
                "S3_REGION": self.region,
            },
        )

    @classmethod
    def lacking(cls) -> str | None:
        if shutil.which("go") is None and not any(cache_folder().glob("versitygw-*/bin")):
            return "building the S3 server needs Go, and no go is on PATH"
        return None

    def bucket(self, name: str) -> str:
        """Make the bucket if it is not there yet and return its name."""
        try:
            self.request("PUT", f"/{name}")
        except urllib.error.HTTPError as error:
            if error.code != 409:  # there already
                raise ServiceError(f"making the bucket {name}: {error.code} {error.read().decode()}") from error
        return name

    def files(self, bucket: str) -> Path:
        """The folder that holds the bucket's objects."""
        return self._folder / "data" / bucket

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys of the bucket's objects, sorted."""
        root = self.files(bucket)
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sorted(key for key in found if key.startswith(prefix) and not key.startswith(".sgwtmp/"))

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Send one request, signed (AWS signature version 4), and return the body of the answer."""
        request = urllib.request.Request(self.endpoint + path, data=body, method=method)
        for name, value in self._signed(method, path, body).items():
            request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: bytes = answer.read()
        return content

    def _signed(self, method: str, path: str, body: bytes) -> dict[str, str]:
        now = datetime.now(timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": self.endpoint.removeprefix("http://"), "x-amz-content-sha256": digest, "x-amz-date": stamp}
        names = ";".join(headers)
        lines = [method, path, "", *(f"{name}:{value}" for name, value in headers.items()), "", names, digest]
        scope = f"{day}/{self.region}/s3/aws4_request"
        request_digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = f"AWS4{self.secret_key}".encode()
        for part in (*scope.split("/"), "\n".join(["AWS4-HMAC-SHA256", stamp, scope, request_digest])):
            key = hmac.digest(key, part.encode(), "sha256")
        credential = f"Credential={self.access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
        return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}"}
