"""Sends n objects from one process to another in batches, by pickle (protocol 5) over a pair of Unix sockets."""

import os
import pickle
import socket
import struct
import sys

from socket_objects import KINDS

BATCH = 1_000


def receive(connection: socket.socket, n: int) -> None:
    with connection.makefile("rb", buffering=1 << 20) as stream:
        received = 0
        while received < n:
            (length,) = struct.unpack("<I", stream.read(4))
            received += len(pickle.loads(stream.read(length)))


def send(connection: socket.socket, n: int, kind: str) -> None:
    make, _ = KINDS[kind]
    for first in range(1, n + 1, BATCH):
        batch = [make(x) for x in range(first, min(first + BATCH, n + 1))]
        pickled = pickle.dumps(batch, protocol=5)
        connection.sendall(struct.pack("<I", len(pickled)) + pickled)


def main(n: int, kind: str) -> None:
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        receive(theirs, n)
        os._exit(0)
    theirs.close()
    send(ours, n, kind)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
