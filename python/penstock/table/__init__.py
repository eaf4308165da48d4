"""The Table API and SQL: not in Penstock yet.

Their names can be imported, and using one raises NotInPenstockError, which names what the script needs.
"""

from penstock._build.absent import AbsentModules, absent_names
from penstock.common.types import Row, RowKind
from penstock.table.types import DataTypes

_HINT = "The Table API and SQL are not there yet; the DataStream API (pyflink.datastream) is."

_ABSENT = [
    "AggregateFunction",
    "AsyncScalarFunction",
    "ChangelogMode",
    "CompiledPlan",
    "DataView",
    "EnvironmentSettings",
    "ExplainDetail",
    "Expression",
    "FormatDescriptor",
    "FunctionContext",
    "GroupWindowedTable",
    "GroupedTable",
    "ListView",
    "MapView",
    "Module",
    "ModuleEntry",
    "OverWindowedTable",
    "PlanReference",
    "ResultKind",
    "ScalarFunction",
    "Schema",
    "SqlDialect",
    "StatementSet",
    "StreamTableEnvironment",
    "Table",
    "TableAggregateFunction",
    "TableConfig",
    "TableDescriptor",
    "TableEnvironment",
    "TableFunction",
    "TablePipeline",
    "TableResult",
    "TableSchema",
    "UserDefinedType",
    "WindowGroupedTable",
]

__all__ = ["DataTypes", "Row", "RowKind", *_ABSENT]

__getattr__ = absent_names(__name__, _ABSENT, _HINT)

AbsentModules(__name__, _HINT).install()
