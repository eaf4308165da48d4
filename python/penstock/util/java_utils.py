"""PyFlink's helpers for Java objects. Their names can be imported; using one raises NotInPenstockError."""

from penstock._build.absent import absent_names

_NAMES = [
    "add_jars_to_context_class_loader",
    "create_url_class_loader",
    "from_j_duration",
    "get_field",
    "get_field_value",
    "get_j_env_configuration",
    "invoke_method",
    "is_instance_of",
    "is_local_deployment",
    "load_java_class",
    "to_j_duration",
    "to_j_explain_detail_arr",
    "to_jarray",
]

__all__ = list(_NAMES)

__getattr__ = absent_names(__name__, _NAMES, "Penstock has no JVM.")
