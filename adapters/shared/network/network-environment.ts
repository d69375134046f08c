import type { ListenOptions, LogSink, RangeTransfer } from "../../../src/runtime.ts";
import type { LoopActivity } from "../clock/loop-activity.ts";
import { SystemCalls } from "../system-calls.ts";
import { BufferPool } from "./buffer-pool.ts";
import { ColdReads } from "./cold-reads.ts";
import { FileSender, RangeCounts } from "./file-sender.ts";
import { chooseRangeTransfer, type RangeTransferHost } from "./range-transfer.ts";
import type { WritePools } from "./write-queue.ts";

export interface NetworkEnvironmentOptions {
  readonly log: LogSink;
  readonly activity: LoopActivity;
  /** Runs a task in a later turn of the loop. */
  readonly defer: (task: () => void) => void;
  readonly rangeHost: RangeTransferHost;
}

/** So many large buffers may wait for sockets that are full. */
const maxLargeBuffers = 32;

/** What the connections of a network share. */
export class NetworkEnvironment implements WritePools {
  readonly log: LogSink;
  readonly activity: LoopActivity;
  readonly defer: (task: () => void) => void;
  private readonly largeBuffers = new BufferPool(256 * 1024, 8);
  private readonly smallBuffers = new BufferPool(32 * 1024, 64);
  readonly waitBuffers = new BufferPool(4 * 1024, 64);
  readonly sentRanges = new RangeCounts();
  readonly coldReads = new ColdReads();
  private readonly rangeHost: RangeTransferHost;
  private readonly toldTexts = new Set<string>();
  /** By the size of the send buffer in bytes. */
  private readonly senders = new Map<number | undefined, FileSender>();

  constructor({ log, activity, defer, rangeHost }: NetworkEnvironmentOptions) {
    this.log = log;
    this.activity = activity;
    this.defer = defer;
    this.rangeHost = rangeHost;
  }

  /** A write to a socket that is full holds its buffer for as long as the peer likes: when many do, further ones are small. */
  get writeBuffers(): BufferPool {
    return this.largeBuffers.lentCount < maxLargeBuffers ? this.largeBuffers : this.smallBuffers;
  }

  /** Writes a line that concerns all connections to the log, once. */
  tellOnce(text: string): void {
    if (this.toldTexts.has(text)) return;
    this.toldTexts.add(text);
    this.log.write("info", text);
  }

  /** How a listener's connections send ranges of files. */
  chooseRangeTransfer({ zeroCopy = true }: ListenOptions): RangeTransfer {
    return chooseRangeTransfer(zeroCopy, this.rangeHost);
  }

  /** Undefined when ranges are to be copied. */
  senderFor({ kind }: RangeTransfer, { sendBufferBytes }: ListenOptions): FileSender | undefined {
    if (kind === "copy") return undefined;
    const known = this.senders.get(sendBufferBytes);
    if (known !== undefined) return known;
    const { foreignFunctions, architecture } = this.rangeHost;
    const load = () => SystemCalls.load(foreignFunctions!, architecture);
    const sender = new FileSender(load, this.sentRanges, this.log, sendBufferBytes);
    this.senders.set(sendBufferBytes, sender);
    return sender;
  }
}
