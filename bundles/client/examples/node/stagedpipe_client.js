/*
 * Sends each line of standard input as an item of one request group and prints one JSON line for each outcome.
 *
 * Ends with 0 when each line has one, whichever; with 1 when the group was ended early (items that were sent and not taken are
 * printed as aborted, lines that were not sent are not) or lost its coordinator: a fuller client opens it again on another one.
 *
 * Once, in this folder, or in a copy of it: npm install. Then, with an overseer's address (the one of `cluster up` is in
 * `stagedpipe cluster status`), a plugin's name and a configuration; here those of a plugin as
 * `stagedpipe plugin new greetings` makes it:
 *
 *     echo '{"name": "Ada"}' | node stagedpipe_client.js 127.0.0.1:9400 greetings '{"salutation": "Hello"}'
 *
 * The .proto files are those of the distribution or of the checkout that this is in; STAGEDPIPE_PROTO names another folder with them.
 * An empty line is an item too.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const CHUNK = 256 << 10; // bytes, at most, in one message here
const FRAME = 256; // items
const folder = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const DISTRIBUTED = folder("../../proto");
const PROTO =
  process.env.STAGEDPIPE_PROTO ??
  (existsSync(DISTRIBUTED) ? DISTRIBUTED : folder("../../../protocol/src/main/proto"));
const wire = grpc.loadPackageDefinition(
  loader.loadSync(["overseer", "coordinator"].map((file) => `stagedpipe/v1/${file}.proto`), {
    includeDirs: [PROTO],
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  }),
).stagedpipe.v1;

// Who is frozen or cut off is lost after 10 s.
const ASKS = { "grpc.keepalive_time_ms": 5000, "grpc.keepalive_timeout_ms": 5000 };

/** Prints outcomes; knows which items have none yet, and how the others ended. */
class Outcomes {
  missing = new Set();
  counts = { ok: 0, failed: 0, aborted: 0 };
  parts = []; // of a big result

  async print(sequence, how, outcome) {
    this.missing.delete(sequence);
    this.counts[how]++;
    if (!process.stdout.write(`${JSON.stringify({ sequence, ...outcome })}\n`)) {
      await once(process.stdout, "drain"); // and the coordinator is read no further
    }
  }

  ok(sequence, data) {
    return this.print(sequence, "ok", { ok: data.toString() }); // JSON as a rule
  }

  failed({ sequence, kind, stage, text, retryable, aborted }) {
    return this.print(sequence, aborted ? "aborted" : "failed", { kind, stage, text, retryable, aborted });
  }

  async arrived({ results, faults }) {
    let end = 0;
    for (const [i, sequence] of (results?.sequences ?? []).entries()) {
      end += results.sizes[i];
      await this.ok(sequence, results.body.subarray(end - results.sizes[i], end));
    }
    for (const fault of faults) {
      await this.failed(fault);
    }
  }

  async arrivedInPart({ sequence, size, offset, data }) { // the parts of one big result follow each other
    if (offset === 0) {
      this.parts = []; // a fault may have come instead of the rest of another one
    }
    this.parts.push(data);
    if (offset + data.length === size) {
      await this.ok(sequence, Buffer.concat(this.parts));
      this.parts = [];
    }
  }

  /** Whether all is well. What was not taken before the group was ended is aborted, and not in the coordinator's counts. */
  async closed({ accepted, ok, failed, aborted, stopped }) {
    const said = { accepted, ok, failed, aborted, stopped };
    console.error(Object.entries(said).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", "));
    const agree = ok === this.counts.ok && failed === this.counts.failed && aborted === this.counts.aborted;
    const well = agree && stopped === "" && this.missing.size === 0;
    for (const sequence of [...this.missing].sort((a, b) => a - b)) {
      await this.failed({ sequence, kind: "CANCELLED", stage: "", text: stopped, retryable: true, aborted: true });
    }
    return well;
  }
}

/** The lines that are there, again and again, until there are no more. */
async function* linesOf(input) {
  let parts = []; // of a line that is not whole
  for await (const bytes of input) {
    const lines = [];
    let from = 0;
    for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
      lines.push(Buffer.concat([...parts, bytes.subarray(from, to)]));
      parts = [];
      from = to + 1;
    }
    parts.push(bytes.subarray(from));
    yield lines;
  }
  const last = Buffer.concat(parts);
  yield last.length > 0 ? [last] : [];
}

/** Sends the lines: several small ones in one frame, a large one in parts that follow each other. */
async function send(call, most, missing) {
  let next = 0;
  const write = async (message) => {
    if (!call.write(message)) {
      await once(call, "drain").catch(() => {}); // who reads the answers hears what is wrong with the call
    }
  };
  for await (const lines of linesOf(process.stdin)) {
    while (lines.length > 0) {
      const items = [lines.shift()];
      let size = items[0].length;
      while (lines.length > 0 && items.length < FRAME && size + lines[0].length <= most) {
        size += lines[0].length;
        items.push(lines.shift());
      }
      const sequences = items.map(() => next++);
      sequences.forEach((sequence) => missing.add(sequence));
      if (size <= most) {
        await write({ items: { sequences, sizes: items.map((item) => item.length), body: Buffer.concat(items) } });
      } else {
        for (let offset = 0; offset < size; offset += most) {
          const data = items[0].subarray(offset, offset + most);
          await write({ chunk: { sequence: sequences[0], size, offset, data } });
        }
      }
    }
  }
  call.end();
}

/** A coordinator's address. During an election nobody answers in time: ask again, for half a minute. */
async function assigned(address, plugin) {
  const overseer = new wire.Overseer(address, grpc.credentials.createInsecure());
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      const { host, port } = await new Promise((answered, failed) =>
        overseer.assignCoordinator({ plugin }, { deadline: Date.now() + 5000 }, (error, answer) =>
          error ? failed(error) : answered(answer.address),
        ),
      );
      return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    } catch (e) {
      const mayPass = e.code === grpc.status.UNAVAILABLE || e.code === grpc.status.DEADLINE_EXCEEDED;
      if (!mayPass || Date.now() > end) {
        throw e;
      }
      await new Promise((again) => setTimeout(again, 500));
    }
  }
}

async function main(address, plugin, configuration = "{}") {
  const coordinator = new wire.Coordinator(await assigned(address, plugin), grpc.credentials.createInsecure(), ASKS);
  const call = coordinator.process();
  const group = Buffer.from(randomUUID().replaceAll("-", ""), "hex");
  const outcomes = new Outcomes();
  let well = false;
  call.write({
    open: { protocol: 1, group, plugin, client: "node example", configuration: Buffer.from(configuration) },
  });
  for await (const answer of call) { // an error ends it
    switch (answer.message) {
      case "opened":
        send(call, Math.min(answer.opened.max_frame_bytes || CHUNK, CHUNK), outcomes.missing).catch((e) => {
          console.error(`standard input: ${e.message}`);
          end(1); // and the coordinator cancels the group
        });
        break;
      case "outcomes":
        await outcomes.arrived(answer.outcomes);
        break;
      case "chunk":
        await outcomes.arrivedInPart(answer.chunk);
        break;
      case "closed":
        well = await outcomes.closed(answer.closed);
        break;
      default: // of a coordinator that knows more than this client
    }
  }
  return well ? 0 : 1;
}

/** Ends once all that was printed has left. */
function end(status) {
  process.stdout.write("", () => process.exit(status));
}

process.stdout.on("error", () => process.exit(1)); // whoever reads has enough
main(...process.argv.slice(2)).then(end, (e) => {
  console.error(typeof e.code === "number" ? `${grpc.status[e.code]}: ${e.details}` : e.message);
  end(1);
});
