"""What can be said about a single operator: its name, its uid, how many subtasks it has …"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from penstock.common.execution_config import ExecutionConfig, checked_parallelism
from penstock.datastream.slot_sharing_group import SlotSharingGroup

if TYPE_CHECKING:
    from penstock._build.transformation import Transformation
    from penstock.datastream.stream_execution_environment import StreamExecutionEnvironment

S = TypeVar("S", bound="OperatorSettings")


class OperatorSettings:
    """The settings that streams and sinks share. They concern the operator that the stream comes from."""

    _env: StreamExecutionEnvironment

    def _operator(self, setting: str) -> Transformation:
        """The operator that a setting concerns. Raises StreamCallError where there is none."""
        raise NotImplementedError

    def name(self: S, name: str) -> S:
        """The operator's name, in logs, metrics and plans."""
        self._operator("name").name = name
        return self

    def uid(self: S, uid: str) -> S:
        """The operator's id, by which a checkpoint's state finds it again after the script has changed."""
        if not isinstance(uid, str) or not uid:
            raise ValueError(f"a uid is a str that is not empty, not {uid!r}")
        self._operator("uid").uid = uid
        return self

    def set_uid_hash(self: S, uid_hash: str) -> S:
        """The hash that is otherwise made of the uid: 32 hexadecimal digits."""
        if not re.fullmatch(r"[0-9a-f]{32}", uid_hash):
            raise ValueError(f"a uid hash has 32 hexadecimal digits in lower case; this is not one: {uid_hash!r}")
        self._operator("set_uid_hash").uid_hash = uid_hash
        return self

    def set_parallelism(self: S, parallelism: int) -> S:
        """How many subtasks the operator has."""
        operator = self._operator("set_parallelism")
        checked_parallelism(parallelism)
        if parallelism == ExecutionConfig.PARALLELISM_DEFAULT:
            parallelism = self._env.get_parallelism()
        if operator.parallelism_limit is not None and parallelism > operator.parallelism_limit:
            raise ValueError(
                f"'{operator.name}' cannot have {parallelism} subtasks: {operator.parallelism_limit} is the most"
            )
        operator.parallelism = parallelism
        return self

    def set_description(self: S, description: str) -> S:
        """Words about the operator, for plans."""
        self._operator("set_description").description = description
        return self

    def disable_chaining(self: S) -> S:
        """Run the operator in a task of its own."""
        self._operator("disable_chaining").chaining = "never"
        return self

    def slot_sharing_group(self: S, slot_sharing_group: str | SlotSharingGroup) -> S:
        """Let the operator share slots only with operators of the same group."""
        operator = self._operator("slot_sharing_group")
        if isinstance(slot_sharing_group, SlotSharingGroup):
            self._env.register_slot_sharing_group(slot_sharing_group)
            slot_sharing_group = slot_sharing_group.get_name()
        if not isinstance(slot_sharing_group, str):
            raise TypeError(f"slot_sharing_group takes a name or a SlotSharingGroup, not {slot_sharing_group!r}")
        operator.slot_sharing_group = slot_sharing_group
        return self
