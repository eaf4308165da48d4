"""The stream graph: transformations as the JSON that the engine takes, and the functions that it names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock._build.caching import CachedResult
from penstock._build.functions import pack
from penstock._build.names import FunctionNames
from penstock._build.operators import type_json
from penstock._build.transformation import Edge, Transformation
from penstock.common.typeinfo import TypeInformation


@dataclass(frozen=True)
class StreamGraph:
    """What the engine is given."""

    nodes: list[dict[str, Any]]
    functions: bytes

    def json(self) -> str:
        """The graph as text."""
        return json.dumps({"nodes": self.nodes})


def build(transformations: Iterable[Transformation], cached_files: Mapping[str, str] | None = None) -> StreamGraph:
    """The graph of these transformations and of all that they read from, numbered in the order of the calls."""
    ordered = sorted(_reachable(transformations), key=lambda transformation: transformation.order)
    ids = {transformation: number for number, transformation in enumerate(ordered, start=1)}
    _check_uids(ordered)
    names = FunctionNames()
    nodes = [_node(transformation, ids, names.at_node(ids[transformation])) for transformation in ordered]
    # Where there are several slots, values of the script's classes come to processes that have not made them.
    several = any(node["parallelism"] > 1 for node in nodes)
    return StreamGraph(nodes, pack(names.functions, names.records, cached_files, with_classes=several))


def _reachable(transformations: Iterable[Transformation]) -> set[Transformation]:
    found: set[Transformation] = set()
    waiting = list(transformations)
    while waiting:
        transformation = waiting.pop()
        if transformation not in found:
            found.add(transformation)
            waiting.extend(edge.upstream.resolved().transformation for edge in transformation.edges)
    return found


def unfilled_caches(transformations: Iterable[Transformation]) -> list[CachedResult]:
    """The caches that these transformations would read from, if they were filled."""
    found: dict[CachedResult, None] = {}
    for transformation in _reachable(transformations):
        for edge in transformation.edges:
            if edge.upstream.cache is not None and edge.upstream.cache.source() is None:
                found[edge.upstream.cache] = None
    return list(found)


def _check_uids(transformations: list[Transformation]) -> None:
    by_uid: dict[str, Transformation] = {}
    for transformation in transformations:
        if transformation.uid is None:
            continue
        other = by_uid.setdefault(transformation.uid, transformation)
        if other is not transformation:
            raise ValueError(
                f"two operators have the uid {transformation.uid!r}: '{other.name}' ({other.site}) and "
                f"'{transformation.name}' ({transformation.site}); uids have to differ"
            )


def _node(transformation: Transformation, ids: dict[Transformation, int], names: FunctionNames) -> dict[str, Any]:
    node: dict[str, Any] = {
        "id": ids[transformation],
        "name": transformation.operator.prefix + transformation.name,
        "parallelism": transformation.parallelism,
        "operator": transformation.operator.to_json(names),
    }
    for key in ("uid", "uid_hash", "description", "max_parallelism", "slot_sharing_group", "buffer_timeout_ms"):
        value = getattr(transformation, key)
        if value is not None:
            node[key] = value
    if transformation.chaining != "always":
        node["chaining"] = transformation.chaining
    if transformation.edges:
        node["inputs"] = [_edge(edge, ids, names) for edge in transformation.edges]
    output_type = type_json(transformation.output_type)
    if output_type is not None:
        node["output_type"] = output_type
    if transformation.side_outputs:
        node["side_outputs"] = [_side_output(tag, kind) for tag, kind in transformation.side_outputs.items()]
    return node


def _edge(edge: Edge, ids: dict[Transformation, int], names: FunctionNames) -> dict[str, Any]:
    upstream = edge.upstream.resolved()
    described: dict[str, Any] = {
        "node": ids[upstream.transformation],
        "partitioner": upstream.partitioning.to_json(names),
    }
    if upstream.side is not None:
        described["side"] = upstream.side
    if edge.input:
        described["input"] = edge.input
    return described


def _side_output(tag: str, kind: TypeInformation) -> dict[str, Any]:
    side: dict[str, Any] = {"tag": tag}
    output_type = type_json(kind)
    if output_type is not None:
        side["output_type"] = output_type
    return side
