"""Sends each line of standard input as an item of one request group and prints one JSON line for each outcome.

Ends with 0 when each line has one, whichever; with 1 when the group was ended early (items that were sent and not taken are
printed as aborted, lines that were not sent are not) or lost its coordinator: a fuller client opens it again on another one.

Once, in this folder, with grpcio and grpcio-tools (pip, or Debian's python3-grpcio and python3-grpc-tools); P is the folder with the
.proto files, in the distribution ../../proto, in a checkout ../../../protocol/src/main/proto:

    P=../../proto; O=$(mktemp -d)
    python3 -m grpc_tools.protoc -I $P --python_out=$O --grpc_python_out=$O \
        $P/stagedpipe/v1/common.proto $P/stagedpipe/v1/overseer.proto $P/stagedpipe/v1/coordinator.proto
    export PYTHONPATH=$O

Then, with an overseer's address (the one of `cluster up` is in `stagedpipe cluster status`), a plugin's name and a
configuration; here those of a plugin as `stagedpipe plugin new greetings` makes it:

    echo '{"name": "Ada"}' | python3 stagedpipe_client.py 127.0.0.1:9400 greetings '{"salutation": "Hello"}'

An empty line is an item too.
"""
import collections
import json
import os
import queue
import sys
import threading
import time
import uuid

import grpc
from stagedpipe.v1 import common_pb2 as common, coordinator_pb2 as wire, coordinator_pb2_grpc, overseer_pb2 as overseer
from stagedpipe.v1 import overseer_pb2_grpc

CHUNK = 256 << 10  # bytes, at most, in one message here
# Who is frozen or cut off is lost after 10 s. Without the last option nobody would ask a third time.
ASKS = [("grpc.keepalive_time_ms", 5000), ("grpc.keepalive_timeout_ms", 5000), ("grpc.http2.max_pings_without_data", 0)]


class Outcomes:
    """Prints them; knows which items have none yet, and how the others ended."""

    def __init__(self):
        self.missing, self.counts, self.big = set(), collections.Counter(), bytearray()

    def ok(self, sequence, data):
        self.print(sequence, "ok", ok=data.decode(errors="backslashreplace"))  # JSON as a rule

    def failed(self, fault):
        self.print(fault.sequence, "aborted" if fault.aborted else "failed", kind=common.ItemFault.Kind.Name(fault.kind),
                   stage=fault.stage, text=fault.text, retryable=fault.retryable, aborted=fault.aborted)

    def print(self, sequence, how, **outcome):
        self.missing.discard(sequence)
        self.counts[how] += 1
        print(json.dumps({"sequence": sequence, **outcome}))

    def arrived(self, outcomes):
        end = 0
        for sequence, size in zip(outcomes.results.sequences, outcomes.results.sizes):
            end += size
            self.ok(sequence, outcomes.results.body[end - size:end])
        for fault in outcomes.faults:
            self.failed(fault)

    def arrived_in_part(self, chunk):  # the parts of one big result follow each other
        if chunk.offset == 0:
            self.big.clear()  # a fault may have come instead of the rest of another one
        self.big += chunk.data
        if len(self.big) == chunk.size:
            self.ok(chunk.sequence, self.big)
            self.big.clear()

    def closed(self, closed):
        """Whether all is well. What was not taken before the group was ended is aborted, and not in the coordinator's counts."""
        print(str(closed).replace("\n", ", ").rstrip(", "), file=sys.stderr)
        agree = all(getattr(closed, how) == self.counts[how] for how in ("ok", "failed", "aborted"))
        well = agree and not closed.stopped and not self.missing
        for sequence in sorted(self.missing.copy()):
            kind = common.ItemFault.CANCELLED
            self.failed(common.ItemFault(sequence=sequence, kind=kind, text=closed.stopped, retryable=True, aborted=True))
        return well


def read(lines):
    """Standard input, as far as there is room. Not by `sys.stdin`: Python cannot end while a thread waits for that."""
    try:
        for line in open(0, "rb", closefd=False):
            lines.put(line.rstrip(b"\n"))
        lines.put(None)
    except OSError as e:
        print(f"standard input: {e}", file=sys.stderr, flush=True)
        os._exit(1)  # and the coordinator cancels the group


def requests(opening, opened, most, lines, missing):
    """The client's side of the stream: `open`, then items once the group is open, then the end."""
    yield wire.GroupRequest(open=opening)
    opened.wait()
    number = 0
    for first in iter(lines.get, None):  # waits for a line; those that are there go with it
        data = [first]
        size = len(first)
        while len(data) < 256 and lines.qsize() and lines.queue[0] is not None and size + len(lines.queue[0]) <= most[0]:
            data.append(lines.get())
            size += len(data[-1])
        sequences = range(number, number + len(data))
        number += len(data)
        missing.update(sequences)
        if size <= most[0]:
            frame = common.Items(sequences=sequences, sizes=map(len, data), body=b"".join(data))
            yield wire.GroupRequest(items=frame)
        else:  # too large for a frame: in parts that follow each other
            for offset in range(0, size, most[0]):
                part = common.Chunk(sequence=sequences[0], size=size, offset=offset, data=first[offset:offset + most[0]])
                yield wire.GroupRequest(chunk=part)


def assigned(address, plugin):
    """A coordinator. During an election nobody answers in time: ask again, for half a minute."""
    stub, end = overseer_pb2_grpc.OverseerStub(grpc.insecure_channel(address)), time.monotonic() + 30
    while True:
        try:
            at = stub.AssignCoordinator(overseer.AssignRequest(plugin=plugin), timeout=5).address
            return f"[{at.host}]:{at.port}" if ":" in at.host else f"{at.host}:{at.port}"
        except grpc.RpcError as e:
            if e.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED) or time.monotonic() > end:
                raise
            time.sleep(0.5)


def main(address, plugin, configuration="{}"):
    opening = wire.OpenGroup(protocol=1, group=uuid.uuid4().bytes, plugin=plugin, client="python example")
    opening.configuration = configuration.encode()
    opened, most, lines, outcomes, well = threading.Event(), [0], queue.Queue(1024), Outcomes(), False
    threading.Thread(target=read, args=[lines], daemon=True).start()
    coordinator = coordinator_pb2_grpc.CoordinatorStub(grpc.insecure_channel(assigned(address, plugin), ASKS))
    for answer in coordinator.Process(requests(opening, opened, most, lines, outcomes.missing)):
        kind = answer.WhichOneof("message")
        if kind == "opened":
            most[0] = min(answer.opened.max_frame_bytes or CHUNK, CHUNK)
            opened.set()
        elif kind == "outcomes":
            outcomes.arrived(answer.outcomes)
        elif kind == "chunk":
            outcomes.arrived_in_part(answer.chunk)
        elif kind == "closed":
            well = outcomes.closed(answer.closed)
        sys.stdout.flush()
    return 0 if well else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except grpc.RpcError as e:
        sys.exit(f"{e.code().name}: {e.details()}")
