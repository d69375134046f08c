import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageVersion } from "../../protocol/all-messages.ts";

/** What Apache Kafka makes of encoded bytes. */
export interface Reading {
  readonly error: string;
  readonly bytes: Buffer;
  readonly json: string;
  /** As JSON of the message's lowest and highest version; empty when the instance does not fit into that. */
  readonly lowestJson: string;
  readonly highestJson: string;
}

/** An instance that Apache Kafka made: as its Schema encodes it, and what the generated classes make of that. */
export interface Made {
  readonly raw: Buffer;
  readonly reading: Reading;
}

/** Versions of a message as Apache Kafka has it. */
export interface KnownMessage {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
}

const LIST = 0;
const READ = 1;
const MAKE = 2;

/** Apache Kafka's codec in a process of its own: see CodecPeer.java. */
export class CodecPeer {
  private readonly directory: string;
  private readonly process: ChildProcess;
  private readonly chunks: Buffer[] = [];
  private buffered = 0;
  private wake: () => void = () => {};
  private errors = "";
  private ended = false;

  constructor(classPath: string) {
    this.directory = mkdtempSync(join(tmpdir(), "polylog-codec-"));
    const source = join(import.meta.dirname, "CodecPeer.java");
    execFileSync("javac", ["-d", this.directory, "-cp", classPath, source]);
    const options = ["-Xmx512m", "-XX:+UseSerialGC", "-cp", `${this.directory}:${classPath}`];
    this.process = spawn("java", [...options, "CodecPeer"], { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout!.on("data", (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.buffered += chunk.length;
      this.wake();
    });
    this.process.stderr!.on("data", (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
    this.process.on("close", () => {
      this.ended = true;
      this.wake();
    });
  }

  /** Every message that Apache Kafka has, those without any version left out. */
  async list(): Promise<KnownMessage[]> {
    this.send(Buffer.of(LIST));
    const lines = (await this.bytes()).toString().split("\n");
    return lines
      .map((line) => line.split(" "))
      .map(([name, lowest, highest]) => ({ name: name!, lowest: Number(lowest), highest: Number(highest) }))
      .filter(({ lowest, highest }) => lowest <= highest);
  }

  /** Sends a READ command; the answers come in order from {@link readings}. */
  askToRead({ message, version }: MessageVersion, instances: readonly Uint8Array[]): void {
    const body = instances.flatMap((instance) => [int32(instance.length), instance]);
    this.send(Buffer.concat([command(READ, message.name, version, instances.length), ...body]));
  }

  /** Sends a MAKE command; the answers come in order from {@link made}. */
  askToMake({ message, version }: MessageVersion, count: number, seed: number): void {
    const seedBytes = Buffer.alloc(8);
    seedBytes.writeBigInt64BE(BigInt(seed));
    this.send(Buffer.concat([command(MAKE, message.name, version, count), seedBytes]));
  }

  async readings(count: number): Promise<Reading[]> {
    const readings: Reading[] = [];
    for (let index = 0; index < count; index++) readings.push(await this.reading());
    return readings;
  }

  async made(count: number): Promise<Made[]> {
    const made: Made[] = [];
    for (let index = 0; index < count; index++) made.push({ raw: await this.bytes(), reading: await this.reading() });
    return made;
  }

  async close(): Promise<void> {
    this.process.stdin!.end();
    while (!this.ended) await this.more();
    rmSync(this.directory, { recursive: true });
  }

  private send(bytes: Buffer): void {
    this.process.stdin!.write(bytes);
  }

  private async reading(): Promise<Reading> {
    return {
      error: (await this.bytes()).toString(),
      bytes: await this.bytes(),
      json: (await this.bytes()).toString(),
      lowestJson: (await this.bytes()).toString(),
      highestJson: (await this.bytes()).toString(),
    };
  }

  private async bytes(): Promise<Buffer> {
    const length = (await this.take(4)).readInt32BE();
    return this.take(length);
  }

  private async take(length: number): Promise<Buffer> {
    while (this.buffered < length) {
      if (this.ended) throw new Error(`The peer has ended: ${this.errors}`);
      await this.more();
    }
    const first = this.chunks[0];
    const whole = first !== undefined && first.length >= length ? first : Buffer.concat(this.chunks);
    if (whole !== first) this.chunks.splice(0, this.chunks.length, whole);
    this.chunks[0] = whole.subarray(length);
    if (length === whole.length) this.chunks.shift();
    this.buffered -= length;
    return whole.subarray(0, length);
  }

  private more(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

function command(kind: number, name: string, version: number, count: number): Buffer {
  const text = Buffer.from(name);
  const bytes = Buffer.alloc(9 + text.length);
  bytes.writeInt8(kind, 0);
  bytes.writeUInt16BE(text.length, 1);
  text.copy(bytes, 3);
  bytes.writeInt16BE(version, 3 + text.length);
  bytes.writeInt32BE(count, 5 + text.length);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
