"""Protobuf messages as dicts, by the text of their `.proto` file: nothing is generated.

>>> from penstock._runtime.protobuf import decoder, encoder, parse
>>> (point,) = parse('syntax = "proto3"; message Point { sint32 x = 1; repeated string names = 2; }').messages
>>> encoder(point)({"x": -1, "names": ["a"]})
b'\\x08\\x01\\x12\\x01a'
>>> decoder(point)(b'\\x08\\x01\\x12\\x01a')
{'x': -1, 'names': ['a']}
"""

from penstock._runtime.protobuf.decoding import decoder
from penstock._runtime.protobuf.encoding import encoder
from penstock._runtime.protobuf.framing import at_indexes, indexes_of, read_indexes, write_indexes
from penstock._runtime.protobuf.parsing import parse
from penstock._runtime.protobuf.schema import File, Message, ProtobufError

__all__ = [
    "File",
    "Message",
    "ProtobufError",
    "at_indexes",
    "decoder",
    "encoder",
    "indexes_of",
    "parse",
    "read_indexes",
    "write_indexes",
]
