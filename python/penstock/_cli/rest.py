"""A client of the REST API, as far as the commands need it."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

_TIMEOUT = 30.0
_LONGEST = 64 << 20
_POLL = 0.1


class RestError(Exception):
    """A call that failed, with what the user has to know."""


class Unreachable(RestError):
    """Nobody answers at an address."""


class Rest:
    """The REST API of one process."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str) -> Any:
        """What a resource says."""
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask for something."""
        return self._call("POST", path, body)

    def patch(self, path: str) -> Any:
        """Change something."""
        return self._call("PATCH", path, None)

    def operation(self, path: str, body: dict[str, Any], status_path: str) -> dict[str, Any]:
        """Ask for something that takes long, and wait for it: its result. `status_path` ends where its id is to be."""
        trigger = self.post(path, body)["request-id"]
        while True:
            status = self.get(f"{status_path}/{trigger}")
            if status["status"]["id"] == "COMPLETED":
                result: dict[str, Any] = status["operation"] or {}
                failure = result.get("failure-cause") or result.get("failureCause")
                if failure:
                    raise RestError(failure.get("stack-trace") or failure.get("class") or "it failed")
                return result
            time.sleep(_POLL)

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        status, text = self._send(method, path, body)
        try:
            answer = json.loads(text)
        except ValueError:
            raise RestError(f"{self.address} does not answer as a JobManager does") from None
        if status >= 400:
            errors = answer.get("errors") if isinstance(answer, dict) else None
            raise RestError("\n".join(map(str, errors)) if errors else f"{method} {path}: status {status}")
        return answer

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        host, _, port = self.address.rpartition(":")
        try:
            connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=_TIMEOUT)
        except ValueError:
            raise RestError(f"{self.address!r} is not an address such as localhost:8081") from None
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read(_LONGEST)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.address} is not reachable: {error}") from None
        finally:
            connection.close()
