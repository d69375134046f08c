/**
 * No broker: reads whole requests, throws them away and answers each as a Produce that went well. What is measured against
 * it is the load generator itself, and must be far above what is measured against any broker.
 */
import { createServer } from "node:net";

createServer((socket) => {
  let missing = 0;
  let head = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    for (let position = 0; position < chunk.length; ) {
      if (missing > 0) {
        const taken = Math.min(missing, chunk.length - position);
        missing -= taken;
        position += taken;
        if (missing === 0) socket.write(answer);
        continue;
      }
      head = Buffer.concat([head, chunk.subarray(position, position + 4 - head.length)]);
      position = Math.min(chunk.length, position + 4);
      if (head.length < 4) break;
      missing = head.readInt32BE(0);
      head = Buffer.alloc(0);
    }
  });
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));

/** Of version 7: correlation id, one topic without a name, one partition without an error. */
const answer = Buffer.alloc(4 + 4 + 4 + 2 + 4 + 4 + 2 + 8 + 8 + 8 + 4);
answer.writeInt32BE(answer.length - 4, 0);
answer.writeInt32BE(1, 8);
answer.writeInt32BE(1, 14);
