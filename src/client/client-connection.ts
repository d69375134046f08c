import { ApiKey, apiByKey } from "../protocol/api-keys.ts";
import { codecFor } from "../protocol/codec.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { FrameSplitter } from "../protocol/frame.ts";
import { encodeRequestFrame, readResponseHeader } from "../protocol/header.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../protocol/messages/api-versions.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { Reader } from "../protocol/reader.ts";
import type { Message } from "../protocol/schema.ts";
import type { VersionRange } from "../protocol/versions.ts";
import type { Address, Cancel, Connection, ConnectionHandler, Runtime } from "../runtime.ts";
import { BrokerError, ConnectionError, UnsupportedVersionError } from "./client-error.ts";
import { CLIENT_SOFTWARE } from "./software.ts";

export type ClientRuntime = Pick<Runtime, "clock" | "network">;

export interface ClientConnectionOptions {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A longer answer closes the connection. */
  readonly maxResponseBytes?: number;
}

const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;

interface PendingRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly resolve: (frame: Reader) => void;
  readonly reject: (error: Error) => void;
  readonly timeoutMs: number;
  readonly cancelTimeout: Cancel;
}

/** One connection to a broker or controller: requests out, answers matched by correlation id, versions agreed on first. */
export class ClientConnection implements ConnectionHandler {
  readonly address: Address;
  private readonly clock: ClientRuntime["clock"];
  private readonly options: ClientConnectionOptions;
  private readonly connection: Connection;
  private readonly frames: FrameSplitter;
  private readonly pending = new Map<number, PendingRequest>();
  /** By API key: what the broker offers. */
  private readonly offered = new Map<number, VersionRange>();
  private nextCorrelationId = 0;
  private closedBy: Error | undefined;
  private hasGoneSilent = false;
  private receivedChunks = 0;

  /** Connects and asks for the versions. Rejects with a {@link ConnectionError} when nobody answers. */
  static async open(
    runtime: ClientRuntime,
    address: Address,
    options: ClientConnectionOptions,
  ): Promise<ClientConnection> {
    let opened: ClientConnection | undefined;
    try {
      await runtime.network.connect(address, { timeoutMs: options.connectTimeoutMs }, (connection) => {
        opened = new ClientConnection(runtime, address, options, connection);
        return opened;
      });
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      const name = `${address.host}:${address.port}`;
      throw new ConnectionError(`Can't connect to ${name}: ${code ?? message}`, code);
    }
    const connection = opened!;
    try {
      await connection.agreeOnVersions();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  private constructor(
    runtime: ClientRuntime,
    address: Address,
    options: ClientConnectionOptions,
    connection: Connection,
  ) {
    this.address = address;
    this.clock = runtime.clock;
    this.options = options;
    this.connection = connection;
    this.frames = new FrameSplitter(options.maxResponseBytes ?? MAX_RESPONSE_BYTES);
  }

  get isOpen(): boolean {
    return this.closedBy === undefined;
  }

  /** Whether a request was not answered in time, and nothing came since it was sent: the peer may be paused, or cut off. */
  get isSilent(): boolean {
    return this.hasGoneSilent;
  }

  /** The highest version of the API that both sides know. Throws an {@link UnsupportedVersionError}. */
  versionOf(request: Message): number {
    const apiKey = request.apiKey ?? -1;
    const offered = this.offered.get(apiKey);
    const name = apiByKey(apiKey)?.name ?? request.name;
    if (offered === undefined) throw new UnsupportedVersionError(`The broker does not serve ${name}`);
    const version = Math.min(offered.highest, request.validVersions.highest);
    if (version >= offered.lowest && version >= request.validVersions.lowest) return version;
    throw new UnsupportedVersionError(
      `The broker serves versions ${offered.lowest} to ${offered.highest} of ${name}, and this client knows ${request.validVersions.lowest} to ${request.validVersions.highest}`,
    );
  }

  /** Whether the peer serves this version of the API. */
  offers(apiKey: number, version: number): boolean {
    const offered = this.offered.get(apiKey);
    return offered !== undefined && version >= offered.lowest && version <= offered.highest;
  }

  /**
   * Sends a request in the highest common version, or in `options.version`, and resolves with the answer. Rejects with a
   * {@link ConnectionError} when the connection breaks or the time is over. A late answer is dropped; when nothing at all
   * has come meanwhile, the connection may be half open, and is reset, unless others have more patience.
   */
  async request<Q, QI, A, AI>(
    request: Message<Q, QI>,
    response: Message<A, AI>,
    body: QI,
    options: { readonly version?: number; readonly timeoutMs?: number } = {},
  ): Promise<A> {
    const apiVersion = options.version ?? this.versionOf(request as Message);
    const reader = await this.exchange(request, apiVersion, body, options.timeoutMs ?? this.options.requestTimeoutMs);
    return codecFor(response, apiVersion).decode(reader);
  }

  /** Sends a request that gets no answer: Produce with acks=0. */
  send<Q, QI>(request: Message<Q, QI>, body: QI): void {
    if (this.closedBy !== undefined) throw this.closedBy;
    const apiVersion = this.versionOf(request as Message);
    this.connection.send(this.frameOf(request, apiVersion, this.nextCorrelationId++, body));
  }

  /** `bytes` of an answer are not used any more, nor is anything else of that answer that was not copied. */
  giveBack(bytes: Uint8Array<ArrayBuffer>): void {
    this.frames.giveBack(bytes);
  }

  close(): void {
    if (this.closedBy !== undefined) return;
    this.fail(new ConnectionError(`${this.name} was closed`));
    this.connection.end();
  }

  received(chunk: Uint8Array): void {
    this.receivedChunks++;
    this.hasGoneSilent = false;
    try {
      this.frames.push(chunk, (frame) => this.answer(frame));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const spoken = this.receivedChunks === 1 ? otherProtocol(chunk) : undefined;
      if (spoken === undefined) this.abort(`an answer that can't be read: ${error.message}`);
      else this.breakOff(new ConnectionError(`${this.name} speaks ${spoken}, and not Kafka's protocol`, "EPROTO"));
    }
  }

  drained(): void {}

  ended(): void {
    // A listener with TLS closes it so, too, when it is not spoken to in TLS.
    const early = " before it answered anything: is it a Kafka broker, without TLS, and has it room for a connection?";
    this.fail(new ConnectionError(`${this.name} closed the connection${this.receivedChunks === 0 ? early : ""}`));
    this.connection.end();
  }

  closed(error?: Error): void {
    const { code } = (error ?? {}) as { code?: string };
    this.fail(new ConnectionError(`The connection to ${this.name} is lost${code ? ` (${code})` : ""}`, code));
  }

  private get name(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  private exchange<Q, QI>(request: Message<Q, QI>, apiVersion: number, body: QI, timeoutMs: number): Promise<Reader> {
    if (this.closedBy !== undefined) return Promise.reject(this.closedBy);
    const correlationId = this.nextCorrelationId++;
    const frame = this.frameOf(request, apiVersion, correlationId, body);
    return new Promise((resolve, reject) => {
      const { receivedChunks } = this;
      const cancelTimeout = this.clock.schedule(timeoutMs, () => {
        this.pending.delete(correlationId);
        const name = apiByKey(request.apiKey ?? -1)?.name ?? request.name;
        const error = new ConnectionError(`${this.name} did not answer ${name} within ${timeoutMs} ms`, "ETIMEDOUT");
        reject(error);
        if (receivedChunks === this.receivedChunks) this.goneSilent(timeoutMs, error);
      });
      const apiKey = request.apiKey ?? -1;
      this.pending.set(correlationId, { apiKey, apiVersion, resolve, reject, timeoutMs, cancelTimeout });
      this.connection.send(frame);
    });
  }

  /** Others may be on a way that takes long, such as the creation of a topic: it is better not to ask for that twice. */
  private goneSilent(silenceMs: number, error: Error): void {
    this.hasGoneSilent = true;
    for (const { timeoutMs } of this.pending.values()) if (timeoutMs > silenceMs) return;
    this.fail(error);
    this.connection.reset();
  }

  private frameOf<Q, QI>(request: Message<Q, QI>, requestApiVersion: number, correlationId: number, body: QI) {
    const header = {
      requestApiKey: request.apiKey ?? -1,
      requestApiVersion,
      correlationId,
      clientId: this.options.clientId,
    };
    return encodeRequestFrame(header, request, body);
  }

  private answer(frame: Uint8Array): void {
    if (frame.length < 4) {
      this.abort("an answer without a header");
      return;
    }
    const reader = new Reader(frame);
    const correlationId = reader.view.getInt32(reader.position);
    const request = this.pending.get(correlationId);
    // Nobody waits any more for one that timed out.
    if (request === undefined) return;
    this.pending.delete(correlationId);
    request.cancelTimeout();
    try {
      readResponseHeader(reader, request.apiKey, request.apiVersion);
    } catch (error) {
      request.reject(error as Error);
      this.abort("an answer whose header can't be read");
      return;
    }
    request.resolve(reader);
  }

  private abort(reason: string): void {
    this.breakOff(new ConnectionError(`${this.name} sent ${reason}`));
  }

  private breakOff(error: ConnectionError): void {
    this.fail(error);
    this.connection.reset();
  }

  private fail(error: Error): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = error;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const request of waiting) {
      request.cancelTimeout();
      request.reject(error);
    }
  }

  /** A broker that lacks our version of ApiVersions answers in version 0 and says which ones it has (KIP-511). */
  private async agreeOnVersions(): Promise<void> {
    const timeoutMs = this.options.requestTimeoutMs;
    const newest = ApiVersionsRequest.validVersions.highest;
    const reader = await this.exchange(ApiVersionsRequest, newest, CLIENT_SOFTWARE, timeoutMs);
    // The error code stands first in every version; with this one the rest is of version 0.
    const start = reader.position;
    const isUnsupported = reader.int16() === ErrorCode.UNSUPPORTED_VERSION;
    reader.position = start;
    let answer = codecFor(ApiVersionsResponse, isUnsupported ? 0 : newest).decode(reader);
    if (isUnsupported) {
      const version = answer.apiKeys.find(({ apiKey }) => apiKey === ApiKey.ApiVersions)?.maxVersion ?? 0;
      answer = await this.request(ApiVersionsRequest, ApiVersionsResponse, CLIENT_SOFTWARE, { version });
    }
    if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
    for (const { apiKey, minVersion, maxVersion } of answer.apiKeys) {
      this.offered.set(apiKey, { lowest: minVersion, highest: maxVersion });
    }
    if (this.offered.size === 0) throw new ConnectionError(`${this.name} offers no APIs`);
  }
}

/** What an answer that begins so is of: it is the most common one that is none of a broker's. */
function otherProtocol(answer: Uint8Array): string | undefined {
  const TLS_ALERT = 0x15;
  if (answer[0] === TLS_ALERT && answer[1] === 0x03) return "TLS";
  return new TextDecoder().decode(answer.subarray(0, 5)) === "HTTP/" ? "HTTP" : undefined;
}
