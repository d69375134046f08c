/**
 * No broker: what is measured against it is the load generator itself, and must be far above what is measured against any
 * broker. Reads whole requests and throws them away; a Produce is answered as one that went well, a Fetch with a megabyte
 * of records made beforehand.
 */
import { createServer, Socket } from "node:net";
import { ByteWriter } from "../test/clients/wire/byte-writer.ts";
import { frame } from "../test/clients/wire/connection.ts";
import { loadBatch } from "./load/batches.ts";

const fetchKey = 1;
/** Length, API key, version and correlation id. */
const headBytes = 12;

/** Of version 7: one topic without a name, one partition without an error. */
const produceAnswer = frame(
  new ByteWriter()
    .int32(0)
    .int32(1)
    .string("")
    .int32(1)
    .int32(0)
    .int16(0)
    .int64(0)
    .int64(-1)
    .int64(0)
    .int32(0)
    .finish(),
);
/** Of version 4: a log of one batch. */
const { bytes, records } = loadBatch({ recordBytes: 1_024, batchBytes: 1_000_000 });
const fetchAnswer = frame(
  new ByteWriter()
    .int32(0)
    .int32(0)
    .int32(1)
    .string("")
    .int32(1)
    .int32(0)
    .int16(0)
    .int64(records)
    .int64(records)
    .int32(0)
    .bytes(bytes)
    .finish(),
);

/** Where one connection is in its requests. */
class Requests {
  private readonly head = Buffer.alloc(headBytes);
  private filled = 0;
  private missing = 0;

  /** How many requests of which kind end in this part of the stream. */
  accept(chunk: Uint8Array, count: number, ended: (apiKey: number) => void): void {
    for (let position = 0; position < count; ) {
      if (this.filled < headBytes) {
        const taken = Math.min(headBytes - this.filled, count - position);
        this.head.set(chunk.subarray(position, position + taken), this.filled);
        this.filled += taken;
        position += taken;
        if (this.filled === headBytes) this.missing = 4 + this.head.readInt32BE(0) - headBytes;
      } else {
        const taken = Math.min(this.missing, count - position);
        this.missing -= taken;
        position += taken;
      }
      if (this.filled === headBytes && this.missing === 0) {
        this.filled = 0;
        ended(this.head.readInt16BE(4));
      }
    }
  }
}

const server = createServer({ pauseOnConnect: true }, (accepted) => {
  const requests = new Requests();
  const buffer = new Uint8Array(1 << 20);
  // Reading into one buffer needs a socket that is made with it.
  const { _handle: handle } = accepted as unknown as { _handle: unknown };
  const socket = new Socket({
    handle,
    onread: {
      buffer,
      callback: (count: number) => {
        socket.cork();
        requests.accept(buffer, count, (apiKey) => socket.write(apiKey === fetchKey ? fetchAnswer : produceAnswer));
        socket.uncork();
        return true;
      },
    },
  } as unknown as ConstructorParameters<typeof Socket>[0]);
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("end", () => socket.end());
  socket.resume();
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
