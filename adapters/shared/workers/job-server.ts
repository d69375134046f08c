import type { Job, JobTools } from "../../../src/runtime.ts";
import { createChecksums } from "../checksums.ts";
import { createCompression } from "../compression/compression.ts";
import { type DescriptorCalls, serveCalls } from "../disk-watch/call-server.ts";
import type { ForeignFunctions } from "../foreign-functions.ts";
import type { JobAnswer, JobRequest, ThreadRequest } from "./messages.ts";

type AnyJob = Job<never, unknown>;
type Send = (answer: JobAnswer, moved: ArrayBuffer[]) => void;

/** The inside of a thread: runs the jobs that are asked for, one after the other. */
export class JobServer {
  private readonly jobs: ReadonlyMap<string, AnyJob>;
  private readonly send: Send;
  private readonly tools: JobTools;
  private readonly slots: SharedArrayBuffer[] = [];
  private readonly calls: DescriptorCalls | undefined;

  /** `calls`: where those of node:fs will not do. */
  constructor(jobs: readonly AnyJob[], foreign: ForeignFunctions, send: Send, calls?: DescriptorCalls) {
    this.calls = calls;
    this.send = send;
    const compression = createCompression(foreign, (text) => send({ kind: "told", text }, []));
    this.tools = { checksums: createChecksums(), compression };
    this.jobs = new Map(jobs.map((job) => [job.name, job]));
    send({ kind: "ready" }, []);
  }

  serve(request: ThreadRequest): void {
    if ("calls" in request) serveCalls(request.calls, this.calls);
    else this.runJob(request);
  }

  private runJob(request: JobRequest): void {
    const { id } = request;
    try {
      const job = this.jobs.get(request.job);
      if (job === undefined) throw new Error(`A thread knows no job ${request.job}`);
      if (request.memory !== undefined) this.slots[request.slot] = request.memory;
      const source = new Uint8Array(this.slots[request.slot]!, request.sourceStart, request.sourceBytes);
      const { output, bytes } = job.run(source, request.input as never, this.tools);
      if (bytes === undefined) this.send({ kind: "done", id, output }, []);
      else {
        const moved = bytes.buffer.byteLength === bytes.length && bytes.buffer instanceof ArrayBuffer;
        const own = moved ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
        this.send({ kind: "done", id, output, bytes: own }, [own.buffer]);
      }
    } catch (error) {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      this.send({ kind: "failed", id, error: { name, message, stack } }, []);
    }
  }
}
