import type { Scheduler } from "../../adapters/simulator/index.ts";
import type { MetadataImage } from "../../src/controller/metadata-image.ts";
import type { StoredLog } from "./cluster-end.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import type { ImageDigest } from "./image-digest.ts";

/**
 * Puts all that is judged into the trace: a run with the hash of another one has shown the same to its checkers, and need
 * not be judged again.
 */
export class EventTrace {
  readonly #trace: Scheduler["trace"];
  readonly #digest: ImageDigest;

  constructor(trace: Scheduler["trace"], digest: ImageDigest) {
    this.#trace = trace;
    this.#digest = digest;
  }

  saw(event: ClusterEvent): void {
    if (event.type === "metadata applied") this.#image(event.nodeId, event.image);
    else this.#value(event);
  }

  /** By partition: what lies on the disks in the end. Of each batch the header says what it has, by its checksum. */
  logs(logs: ReadonlyMap<string, readonly StoredLog[]>): void {
    for (const [partition, replicas] of logs) {
      this.#trace.text(partition);
      for (const { nodeId, batches } of replicas) {
        this.#trace.number(nodeId);
        for (const { bytes, isIntact } of batches) {
          this.#trace.bytes(bytes.subarray(0, HEADER_BYTES));
          if (!isIntact) this.#trace.text("damaged");
        }
      }
    }
  }

  #image(nodeId: number, image: MetadataImage): void {
    this.#trace.number(nodeId);
    this.#trace.number(image.offset);
    this.#trace.number(this.#digest.of(image));
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#trace.text(value);
    else if (typeof value === "number") this.#trace.number(value);
    else if (Array.isArray(value)) for (const element of value) this.#value(element);
    else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) this.#value(part);
  }
}

/** Up to the checksum, and with it. */
const HEADER_BYTES = 21;
