"""Sends each line of standard input as an item of one request group and prints one JSON line for each outcome.

Once, in this folder, with grpcio and grpcio-tools installed (pip, or Debian's python3-grpcio and python3-grpc-tools):

    P=../../../protocol/src/main/proto
    python3 -m grpc_tools.protoc -I $P --python_out=. --grpc_python_out=. \\
        $P/stagedpipe/v1/common.proto $P/stagedpipe/v1/overseer.proto $P/stagedpipe/v1/coordinator.proto

Then:  python3 stagedpipe_client.py 127.0.0.1:9400 birdstrikes '{"url": "jdbc:h2:mem:x"}' < items.jsonl
"""
import itertools
import json
import sys
import threading
import uuid

import grpc
from stagedpipe.v1 import common_pb2 as common, coordinator_pb2 as wire, coordinator_pb2_grpc, overseer_pb2 as overseer
from stagedpipe.v1 import overseer_pb2_grpc


def requests(opening, opened, lines):
    """The client's side of the stream: `open`, then frames of items once the group is open, then the end."""
    yield wire.GroupRequest(open=opening)
    opened.wait()
    numbered = enumerate(line.rstrip("\n").encode() for line in lines)
    while frame := list(itertools.islice(numbered, 100)):  # together below opened.max_frame_bytes; larger ones: Chunk
        items = common.Items(sequences=[n for n, _ in frame], sizes=[len(data) for _, data in frame])
        items.body = b"".join(data for _, data in frame)
        yield wire.GroupRequest(items=items)


def main(address, plugin, configuration="{}"):
    asked = overseer.AssignRequest(plugin=plugin)
    at = overseer_pb2_grpc.OverseerStub(grpc.insecure_channel(address)).AssignCoordinator(asked, timeout=5).address
    opening = wire.OpenGroup(protocol=1, group=uuid.uuid4().bytes, plugin=plugin, client="python example")
    opening.configuration = configuration.encode()
    opened, big = threading.Event(), b""
    process = coordinator_pb2_grpc.CoordinatorStub(grpc.insecure_channel(f"{at.host}:{at.port}")).Process
    for answer in process(requests(opening, opened, sys.stdin)):
        kind = answer.WhichOneof("message")
        if kind == "opened":
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
                big = b""
        elif kind == "closed":
            print(str(answer.closed).replace("\n", ", ").rstrip(", "), file=sys.stderr)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except grpc.RpcError as e:
        sys.exit(f"{e.code().name}: {e.details()}")
