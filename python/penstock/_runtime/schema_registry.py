"""A client of a schema registry with Confluent's REST API, and the five bytes in front of each of its messages."""

from __future__ import annotations

import base64
import json
import ssl
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_PREFIX = struct.Struct(">bI")
_MOST_BYTES = 4 << 20
"""No schema is longer."""
_MOST_REFERENCES = 100
_TRIES, _PAUSE, _TIMEOUT = 4, 0.2, 15.0


class RegistryError(RuntimeError):
    """The registry did not give, or take, a schema."""


@dataclass(frozen=True)
class Registered:
    """A schema as the registry has it; `references` are the schemas that it uses, by the name under which it does."""

    text: str
    kind: str
    references: tuple[tuple[str, str], ...] = ()


def framed(schema_id: int, payload: bytes) -> bytes:
    """A message: a zero, the id of its schema, and what it is about."""
    return _PREFIX.pack(0, schema_id) + payload


def unframed(message: bytes) -> tuple[int, bytes]:
    """The id of a message's schema, and the rest. Raises ValueError if it does not begin as such messages do."""
    if len(message) < _PREFIX.size or message[0] != 0:
        raise ValueError(
            f"the record is not in the wire format of a schema registry, which begins with a zero and the schema's id: "
            f"{message[:40]!r}"
        )
    return _PREFIX.unpack_from(message)[1], message[_PREFIX.size :]


class SchemaRegistry:
    """Asks a registry for schemas, each once, and keeps at most `capacity` of them.

    `configs` may have, as in Confluent's client, `basic.auth.user.info` (`user:password`), `bearer.auth.token`,
    `ssl.ca.location` (a PEM file) and `auto.register.schemas`.
    """

    def __init__(self, url: str, capacity: int, configs: Mapping[str, Any] | None) -> None:
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ValueError(f"the URL of a schema registry begins with http:// or https://, and this is {url!r}")
        if not isinstance(capacity, int) or capacity < 1:
            raise ValueError(f"identity_map_capacity is a number of at least 1, not {capacity!r}")
        self._urls = [one.strip().rstrip("/") for one in url.split(",")]
        self._capacity = capacity
        self._configs = dict(configs or {})
        unknown = sorted(set(self._configs) - _KNOWN)
        if unknown:
            raise ValueError(
                f"no setting of a schema registry: {', '.join(unknown)}; there are {', '.join(sorted(_KNOWN))}"
            )
        self._prepare()

    def _prepare(self) -> None:
        self._by_id: OrderedDict[int, Registered] = OrderedDict()
        self._lock = threading.Lock()
        self._tls = ssl.create_default_context(cafile=self._configs.get("ssl.ca.location"))

    def __getstate__(self) -> dict[str, Any]:
        return {"urls": self._urls, "capacity": self._capacity, "configs": self._configs}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._urls, self._capacity, self._configs = state["urls"], state["capacity"], state["configs"]
        self._prepare()

    def schema(self, schema_id: int) -> Registered:
        """The schema with this id. Raises RegistryError."""
        with self._lock:
            known = self._by_id.get(schema_id)
            if known is not None:
                self._by_id.move_to_end(schema_id)
                return known
        found = self._registered(self._ask("GET", f"/schemas/ids/{schema_id}"), f"the schema with the id {schema_id}")
        with self._lock:
            self._by_id[schema_id] = found
            while len(self._by_id) > self._capacity:
                self._by_id.popitem(last=False)
        return found

    def id_of(self, subject: str, text: str, kind: str) -> int:
        """The id of a schema below a subject, which gets it unless `auto.register.schemas` is false."""
        registers = str(self._configs.get("auto.register.schemas", True)).lower() != "false"
        body: dict[str, Any] = {"schema": text} if kind == "AVRO" else {"schema": text, "schemaType": kind}
        path = f"/subjects/{urllib.parse.quote(subject, safe='')}" + ("/versions" if registers else "")
        answer = self._ask("POST", path, body)
        schema_id = answer.get("id")
        if not isinstance(schema_id, int):
            raise RegistryError(f"the schema registry gave no id for a schema of {subject!r}: {answer!r:.200}")
        return schema_id

    def _registered(self, answer: dict[str, Any], what: str) -> Registered:
        text, kind = answer.get("schema"), answer.get("schemaType") or "AVRO"
        if not isinstance(text, str) or not isinstance(kind, str):
            raise RegistryError(f"{what}: the registry's answer has no schema: {answer!r:.200}")
        references: dict[str, str] = {}
        self._collect(answer.get("references") or [], references)
        return Registered(text, kind, tuple(references.items()))

    def _collect(self, references: list[dict[str, Any]], into: dict[str, str]) -> None:
        """What is referred to, each after what it refers to itself."""
        for reference in references:
            name, subject, version = reference["name"], reference["subject"], reference["version"]
            if name in into:
                continue
            if len(into) >= _MOST_REFERENCES:
                raise RegistryError(f"a schema refers to more than {_MOST_REFERENCES} others")
            quoted = urllib.parse.quote(subject, safe="")
            answer = self._ask("GET", f"/subjects/{quoted}/versions/{int(version)}")
            self._collect(answer.get("references") or [], into)
            into[name] = answer["schema"]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a request, which is tried again at each of the registry's addresses."""
        failure: Exception | None = None
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            for url in self._urls:
                try:
                    return self._ask_once(url, method, path, body)
                except urllib.error.HTTPError as error:
                    if error.code < 500 and error.code not in (408, 429):
                        raise RegistryError(_refusal(method, path, error)) from None
                    failure = error
                except (OSError, TimeoutError) as error:
                    failure = error
        raise RegistryError(f"the schema registry does not answer {method} {path}: {failure}") from None

    def _ask_once(self, url: str, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/vnd.schemaregistry.v1+json"
        if "basic.auth.user.info" in self._configs:
            login = base64.b64encode(str(self._configs["basic.auth.user.info"]).encode()).decode()
            headers["Authorization"] = f"Basic {login}"
        elif "bearer.auth.token" in self._configs:
            headers["Authorization"] = f"Bearer {self._configs['bearer.auth.token']}"
        request = urllib.request.Request(url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=self._tls) as response:
            text = response.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise RegistryError(f"the schema registry's answer to {method} {path} is longer than {_MOST_BYTES} bytes")
        try:
            answer = json.loads(text)
        except ValueError:
            raise RegistryError(f"the schema registry's answer to {method} {path} is no JSON: {text[:100]!r}") from None
        if not isinstance(answer, dict):
            raise RegistryError(f"the schema registry's answer to {method} {path} is no object: {text[:100]!r}")
        return answer


_KNOWN = frozenset(
    {
        "auto.register.schemas",
        "basic.auth.credentials.source",
        "basic.auth.user.info",
        "bearer.auth.credentials.source",
        "bearer.auth.token",
        "ssl.ca.location",
    }
)


def _refusal(method: str, path: str, error: urllib.error.HTTPError) -> str:
    try:
        text = error.read(1000).decode(errors="replace")
    except OSError:
        text = ""
    with suppress(ValueError, KeyError, TypeError):
        text = json.loads(text)["message"]
    return f"the schema registry answered {method} {path} with {error.code}: {text}"
