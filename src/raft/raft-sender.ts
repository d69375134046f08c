import { ClientConnection } from "../client/client-connection.ts";
import { UnsupportedVersionError } from "../client/client-error.ts";
import { CLIENT_SOFTWARE } from "../client/software.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../protocol/messages/api-versions.ts";
import type { Runtime } from "../runtime.ts";
import type { Peer } from "./peer-requests.ts";
import type { RaftRequest, RaftResponse } from "./raft-message.ts";
import { raftApiOf } from "./wire/index.ts";

export interface RaftSenderOptions {
  readonly runtime: Pick<Runtime, "clock" | "network" | "log">;
  readonly nodeId: number;
  /** The listener by which replicas reach each other. */
  readonly listenerName: string;
  /** `controller.quorum.request.timeout.ms` */
  readonly requestTimeoutMs: number;
  /** The peer, or what lies between, has broken a connection that was open: told when something is sent, at the latest. */
  readonly onBroken: (peer: Peer) => void;
}

const KRAFT_VERSION = "kraft.version";
/** The first version of Vote that can ask for a preliminary vote (KIP-996). */
const PRE_VOTE_VERSION = 2;

/** Connections to the other replicas of the metadata log, one for each address. */
export class RaftSender {
  readonly #options: RaftSenderOptions;
  readonly #open = new Map<string, ClientConnection>();
  readonly #opening = new Map<string, Promise<ClientConnection>>();
  /** Addresses that could not be reached at the last attempt. */
  readonly #unreachable = new Set<string>();
  #isClosed = false;

  constructor(options: RaftSenderOptions) {
    this.#options = options;
  }

  /** Undefined when the peer does not answer in time, or what it answers cannot be read. */
  async send(peer: Peer, request: RaftRequest): Promise<RaftResponse | undefined> {
    const address = `${peer.host}:${peer.port}`;
    let connection = this.#open.get(address);
    try {
      connection = await this.#connectionTo(address, peer);
      const response = await this.#exchange(connection, request);
      this.#reached(address, peer);
      return response;
    } catch (error) {
      const isBroken = connection?.isOpen === false;
      connection?.close();
      if (this.#open.get(address) === connection) this.#open.delete(address);
      this.#failed(address, peer, error as Error);
      if (isBroken && !this.#isClosed) this.#options.onBroken(peer);
      return undefined;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#open.values()) connection.close();
  }

  async #exchange(connection: ClientConnection, request: RaftRequest): Promise<RaftResponse> {
    if (request.type === "apiVersions") return askForVersions(connection);
    const api = raftApiOf(request.type);
    let version: number;
    try {
      version = connection.versionOf(api.request);
    } catch (error) {
      if (!(error instanceof UnsupportedVersionError)) throw error;
      return { type: "refused", errorCode: ErrorCode.UNSUPPORTED_VERSION, message: error.message };
    }
    if (request.type === "vote" && request.preVote && version < PRE_VOTE_VERSION) {
      const message = "The voter knows no preliminary votes";
      return { type: "refused", errorCode: ErrorCode.UNSUPPORTED_VERSION, message };
    }
    const body = api.encodeRequest(request, version);
    const response = await connection.request(api.request, api.response, body, { version });
    return api.decodeResponse(response, this.#options.listenerName);
  }

  #connectionTo(address: string, peer: Peer): ClientConnection | Promise<ClientConnection> {
    const open = this.#open.get(address);
    if (open?.isOpen) return open;
    const opening = this.#opening.get(address) ?? this.#connect(address, peer);
    this.#opening.set(address, opening);
    return opening;
  }

  async #connect(address: string, { host, port }: Peer): Promise<ClientConnection> {
    const { runtime, nodeId, requestTimeoutMs } = this.#options;
    const timeoutMs = Math.max(1, requestTimeoutMs);
    const options = { clientId: `raft-client-${nodeId}`, connectTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
    try {
      const connection = await ClientConnection.open(runtime, { host, port }, options);
      this.#open.set(address, connection);
      if (this.#isClosed) connection.close();
      return connection;
    } finally {
      this.#opening.delete(address);
    }
  }

  #reached(address: string, { id }: Peer): void {
    if (!this.#unreachable.delete(address)) return;
    this.#options.runtime.log.write("info", `${nameOf(id)} at ${address} answers again`);
  }

  /** Told once, however often it is tried. */
  #failed(address: string, { id }: Peer, { message }: Error): void {
    if (this.#isClosed || this.#unreachable.has(address)) return;
    this.#unreachable.add(address);
    this.#options.runtime.log.write("warn", `${nameOf(id)} at ${address} does not answer: ${message}; trying again`);
  }
}

function nameOf(id: number): string {
  return id < 0 ? "A controller" : `Controller ${id}`;
}

async function askForVersions(connection: ClientConnection): Promise<RaftResponse> {
  const answer = await connection.request(ApiVersionsRequest, ApiVersionsResponse, CLIENT_SOFTWARE);
  const feature = answer.supportedFeatures.find(({ name }) => name === KRAFT_VERSION);
  const supportedKRaftVersion = feature && { min: feature.minVersion, max: feature.maxVersion };
  return { type: "apiVersions", errorCode: answer.errorCode, supportedKRaftVersion };
}
