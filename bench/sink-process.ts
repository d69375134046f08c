import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { freePorts } from "../test/clients/broker-under-test.ts";

/** What the load generator is measured against by itself. */
export class SinkProcess {
  readonly host = "127.0.0.1";
  readonly port: number;
  private readonly child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.child = child;
  }

  static async start(): Promise<SinkProcess> {
    const [port] = (await freePorts(1)) as [number];
    const command = [join(import.meta.dirname, "sink.ts"), String(port)];
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => child.kill());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.stdout.once("data", () => resolve());
    child.once("close", () => reject(new Error("the sink ended")));
    await promise;
    return new SinkProcess(port, child);
  }

  stop(): void {
    this.child.kill();
  }
}
