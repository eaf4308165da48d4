"""Download or build what the services need, once: `PYTHONPATH=tests python -m services.fetch`.

A service whose tools this machine lacks is named; that is an error only where CI=true.
"""

from __future__ import annotations

import os
import subprocess
import sys

from services import KafkaBroker, Kubernetes, PostgresServer, RedisServer, S3Server, SchemaRegistryServer


def main() -> int:
    failed = False
    for service in (KafkaBroker, S3Server, PostgresServer, RedisServer, SchemaRegistryServer, Kubernetes):
        reason = service.lacking()
        if reason is None:
            print(f"{service.script.stem}: ", end="", flush=True)
            failed |= subprocess.run([str(service.script), "fetch"]).returncode != 0
        else:
            print(f"{service.script.stem}: {reason}; its tests will be skipped")
            failed |= os.environ.get("CI") == "true"
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
