"""Names of PyFlink that are left out, each with its reason. `*` stands for any characters."""

from __future__ import annotations

from fnmatch import fnmatchcase

REASONS: dict[str, tuple[str, ...]] = {
    "hands out or takes a Java object, and there is no JVM: it is there and raises NoJavaError": (
        "*.get_java_function",
        "pyflink.common.typeinfo.TypeInformation.get_java_type_info",
        "pyflink.common.types.RowKind.to_j_row_kind",
        "pyflink.common.utils.JavaObjectWrapper.get_java_object",
        "pyflink.common.watermark_strategy.AssignerWithPeriodicWatermarksWrapper*",
        "pyflink.datastream.checkpoint_storage.CustomCheckpointStorage*",
        "pyflink.datastream.output_tag.OutputTag.get_java_output_tag",
        "pyflink.datastream.slot_sharing_group.MemorySize.get_java_memory_size",
        "pyflink.datastream.slot_sharing_group.SlotSharingGroup.get_java_slot_sharing_group",
        "pyflink.datastream.state_backend.CustomStateBackend*",
        "pyflink.datastream.state_backend.EmbeddedRocksDBStateBackend.set_options",
        "pyflink.datastream.formats.avro.GenericRecordAvroTypeInfo.get_java_type_info",
        "pyflink.datastream.utils.*_hadoop_configuration",
        "pyflink.datastream.utils.*_java_properties",
        "pyflink.datastream.utils.*_to_python_obj",
    ),
    "a connector that is not built in: its classes can be imported, and using one says what to use instead": (
        "pyflink.datastream.connectors.cassandra.*",
        "pyflink.datastream.connectors.dynamic_kafka.*",
        "pyflink.datastream.connectors.elasticsearch.*",
        "pyflink.datastream.connectors.kinesis.*",
        "pyflink.datastream.connectors.pulsar.*",
        "pyflink.datastream.connectors.rabbitmq.*",
    ),
    "arithmetic of the hashes of PyFlink's windows, no part of its interface": (
        "pyflink.datastream.window.long_to_int_with_bit_mixing",
        "pyflink.datastream.window.mod_inverse",
    ),
}


def reason(path: str) -> str | None:
    """Why a name is left out; None if it is not."""
    for text, patterns in REASONS.items():
        if any(matches(path, pattern) for pattern in patterns):
            return text
    return None


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern excludes a name."""
    return fnmatchcase(path, pattern)
