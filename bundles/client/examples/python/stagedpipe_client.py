"""Sends each line of standard input as an item of one request group and prints one JSON line for each outcome.

Once, in this folder, with grpcio and grpcio-tools installed (pip, or Debian's python3-grpcio and python3-grpc-tools):

    P=../../../protocol/src/main/proto
    python3 -m grpc_tools.protoc -I $P --python_out=. --grpc_python_out=. \\
        $P/stagedpipe/v1/common.proto $P/stagedpipe/v1/overseer.proto $P/stagedpipe/v1/coordinator.proto

Then:  python3 stagedpipe_client.py 127.0.0.1:9400 birdstrikes '{"url": "jdbc:h2:mem:x"}' < items.jsonl
"""
import json
import sys
import threading
import time
import uuid

import grpc
from stagedpipe.v1 import common_pb2 as common, coordinator_pb2 as wire, coordinator_pb2_grpc, overseer_pb2 as overseer
from stagedpipe.v1 import overseer_pb2_grpc

CHUNK = 256 << 10  # bytes, at most, in one message here


def requests(opening, opened, most, lines):
    """The client's side of the stream: `open`, then items once the group is open, then the end."""
    yield wire.GroupRequest(open=opening)
    opened.wait()
    frame, size = [], 0
    for number, data in enumerate(line.rstrip("\n").encode() for line in lines):
        if frame and (len(frame) == 256 or size + len(data) > most[0]):
            yield together(frame)
            frame, size = [], 0
        if len(data) > most[0]:  # too large for a frame: in parts that follow each other
            for offset in range(0, len(data), most[0]):
                part = data[offset:offset + most[0]]
                yield wire.GroupRequest(chunk=common.Chunk(sequence=number, size=len(data), offset=offset, data=part))
        else:
            frame.append((number, data))
            size += len(data)
    if frame:
        yield together(frame)


def together(frame):
    items = common.Items(sequences=[n for n, _ in frame], sizes=[len(data) for _, data in frame])
    items.body = b"".join(data for _, data in frame)
    return wire.GroupRequest(items=items)


def assigned(address, plugin):
    """A coordinator. During an election nobody answers in time: ask again, for half a minute."""
    stub, end = overseer_pb2_grpc.OverseerStub(grpc.insecure_channel(address)), time.monotonic() + 30
    while True:
        try:
            return stub.AssignCoordinator(overseer.AssignRequest(plugin=plugin), timeout=5).address
        except grpc.RpcError as e:
            if e.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED) or time.monotonic() > end:
                raise
            time.sleep(0.5)


def main(address, plugin, configuration="{}"):
    at = assigned(address, plugin)
    opening = wire.OpenGroup(protocol=1, group=uuid.uuid4().bytes, plugin=plugin, client="python example")
    opening.configuration = configuration.encode()
    opened, most, big = threading.Event(), [0], bytearray()
    process = coordinator_pb2_grpc.CoordinatorStub(grpc.insecure_channel(f"{at.host}:{at.port}")).Process
    for answer in process(requests(opening, opened, most, sys.stdin)):
        kind = answer.WhichOneof("message")
        if kind == "opened":
            most[0] = min(answer.opened.max_frame_bytes or CHUNK, CHUNK)
            opened.set()
        elif kind == "outcomes":
            results, end = answer.outcomes.results, 0
            for sequence, size in zip(results.sequences, results.sizes):
                end += size
                print(json.dumps({"sequence": sequence, "ok": results.body[end - size:end].decode()}))
            for fault in answer.outcomes.faults:
                name = common.ItemFault.Kind.Name(fault.kind)
                print(json.dumps({"sequence": fault.sequence, "kind": name, "stage": fault.stage, "text": fault.text}))
        elif kind == "chunk":  # the parts of one big result follow each other
            big += answer.chunk.data
            if len(big) == answer.chunk.size:
                print(json.dumps({"sequence": answer.chunk.sequence, "ok": big.decode()}))
                big.clear()
        elif kind == "closed":
            print(str(answer.closed).replace("\n", ", ").rstrip(", "), file=sys.stderr)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except grpc.RpcError as e:
        sys.exit(f"{e.code().name}: {e.details()}")
