"""A real schema registry."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.process import HERE, Service, cache_folder, free_ports


class SchemaRegistryServer(Service):
    """One registry on a free port; `url` is that of its Confluent API."""

    script = HERE / "schema-registry.sh"

    def __init__(self, folder: Path) -> None:
        port, management = free_ports(2)
        self.url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
        ports = {"SCHEMA_REGISTRY_PORT": str(port), "SCHEMA_REGISTRY_MANAGEMENT_PORT": str(management)}
        super().__init__(folder, ports)

    @classmethod
    def lacking(cls) -> str | None:
        if shutil.which("java") is None:
            return "there is no Java on this machine"
        fetched = any(cache_folder().glob("apicurio-*/*-runner.jar"))
        return (
            None if fetched or shutil.which("mvn") else "there is no Maven on this machine to fetch the registry with"
        )
