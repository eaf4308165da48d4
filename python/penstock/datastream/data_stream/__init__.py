"""Streams of records, and what can be done with them."""

from penstock.datastream.data_stream.broadcast import BroadcastConnectedStream, BroadcastStream
from penstock.datastream.data_stream.cached import CachedDataStream
from penstock.datastream.data_stream.connected import ConnectedStreams
from penstock.datastream.data_stream.iterator import CloseableIterator
from penstock.datastream.data_stream.joined import CoGroupedStreams, JoinedStreams
from penstock.datastream.data_stream.keyed import KeyedStream
from penstock.datastream.data_stream.sink import DataStreamSink
from penstock.datastream.data_stream.stream import DataStream
from penstock.datastream.data_stream.windowed import AllWindowedStream, WindowedStream

__all__ = [
    "AllWindowedStream",
    "BroadcastConnectedStream",
    "BroadcastStream",
    "CachedDataStream",
    "CloseableIterator",
    "CoGroupedStreams",
    "ConnectedStreams",
    "DataStream",
    "DataStreamSink",
    "JoinedStreams",
    "KeyedStream",
    "WindowedStream",
]
