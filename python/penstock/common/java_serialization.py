"""Settings of Java's serialization: kept, so that scripts run, and without effect."""

from __future__ import annotations

from typing import TypeVar

from penstock._build import options
from penstock.common.configuration import Configuration

C = TypeVar("C", bound="JavaSerialization")


class JavaSerialization:
    """The part of an ExecutionConfig that concerns Java objects."""

    _config: Configuration

    def enable_closure_cleaner(self: C) -> C:
        """Accepted; changes nothing without Java closures."""
        self._config.set_string("pipeline.closure-cleaner-level", "RECURSIVE")
        return self

    def disable_closure_cleaner(self: C) -> C:
        """Accepted; changes nothing without Java closures."""
        self._config.set_string("pipeline.closure-cleaner-level", "NONE")
        return self

    def is_closure_cleaner_enabled(self) -> bool:
        """What was set."""
        return options.text(self._config, "pipeline.closure-cleaner-level") != "NONE"

    def enable_force_kryo(self: C) -> C:
        """Accepted; changes nothing without Kryo."""
        self._config.set_boolean("pipeline.force-kryo", True)
        return self

    def disable_force_kryo(self: C) -> C:
        """Accepted; changes nothing without Kryo."""
        self._config.set_boolean("pipeline.force-kryo", False)
        return self

    def is_force_kryo_enabled(self) -> bool:
        """What was set."""
        return options.flag(self._config, "pipeline.force-kryo", False)

    def enable_force_avro(self: C) -> C:
        """Accepted; changes nothing without Java objects."""
        self._config.set_boolean("pipeline.force-avro", True)
        return self

    def disable_force_avro(self: C) -> C:
        """Accepted; changes nothing without Java objects."""
        self._config.set_boolean("pipeline.force-avro", False)
        return self

    def is_force_avro_enabled(self) -> bool:
        """What was set."""
        return options.flag(self._config, "pipeline.force-avro", False)

    def enable_generic_types(self: C) -> C:
        """Accepted; changes nothing without Java types."""
        self._config.set_boolean("pipeline.generic-types", True)
        return self

    def disable_generic_types(self: C) -> C:
        """Accepted; changes nothing without Java types."""
        self._config.set_boolean("pipeline.generic-types", False)
        return self

    def has_generic_types_disabled(self) -> bool:
        """What was set."""
        return not options.flag(self._config, "pipeline.generic-types", True)

    def get_default_kryo_serializer_classes(self) -> dict[str, str]:
        """Empty without Kryo."""
        return {}

    def get_registered_kryo_types(self) -> list[str]:
        """Empty without Kryo."""
        return []

    def get_registered_pojo_types(self) -> list[str]:
        """Empty without Java objects."""
        return []

    # Flink 1.x.

    def add_default_kryo_serializer(self: C, type_class_name: str, serializer_class_name: str) -> C:
        """Accepted; changes nothing without Kryo."""
        return self

    def register_type_with_kryo_serializer(self: C, type_class_name: str, serializer_class_name: str) -> C:
        """Accepted; changes nothing without Kryo."""
        return self

    def register_pojo_type(self: C, type_class_name: str) -> C:
        """Accepted; changes nothing without Java objects."""
        return self

    def register_kryo_type(self: C, type_class_name: str) -> C:
        """Accepted; changes nothing without Kryo."""
        return self

    def get_registered_types_with_kryo_serializer_classes(self) -> dict[str, str]:
        """Empty without Kryo."""
        return {}

    def is_auto_type_registration_disabled(self) -> bool:
        """What was set."""
        return not options.flag(self._config, "pipeline.auto-type-registration", True)

    def disable_auto_type_registration(self: C) -> C:
        """Accepted; changes nothing without Kryo."""
        self._config.set_boolean("pipeline.auto-type-registration", False)
        return self
