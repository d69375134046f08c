import { ClientConnection } from "../../client/client-connection.ts";
import { ConnectionError } from "../../client/client-error.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { FetchRequest, FetchResponse } from "../../protocol/messages/fetch.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "../../protocol/messages/list-offsets.ts";
import type { Input } from "../../protocol/schema.ts";
import type { Address, Runtime } from "../../runtime.ts";
import type { FollowedPartition } from "./followed-partition.ts";

export interface LeaderConnectionOptions {
  readonly runtime: Pick<Runtime, "clock" | "network">;
  readonly nodeId: number;
  readonly clientId: string;
  /** Where the other broker listens for brokers, by the newest metadata; undefined when it is not there. */
  readonly address: () => Address | undefined;
  /** `replica.socket.timeout.ms` */
  readonly timeoutMs: number;
}

/** A fetcher's connection to the broker it fetches from; opened when it is needed, and anew after it has broken. */
export class LeaderConnection {
  private readonly options: LeaderConnectionOptions;
  private connection: ClientConnection | undefined = undefined;
  private isClosed = false;

  constructor(options: LeaderConnectionOptions) {
    this.options = options;
  }

  /** Rejects when the broker cannot be reached or does not answer in time. */
  async fetch(request: Input<typeof FetchRequest>): Promise<FetchResponse> {
    const connection = await this.open();
    return connection.request(FetchRequest, FetchResponse, request);
  }

  /** To be called when nothing uses the records of this answer any more. */
  giveBack({ responses }: FetchResponse): void {
    for (const { partitions } of responses) {
      for (const { records } of partitions) {
        const bytes = records instanceof Uint8Array ? records : records?.[0];
        if (bytes instanceof Uint8Array && bytes.length > 0) {
          this.connection?.giveBack(bytes as Uint8Array<ArrayBuffer>);
          return;
        }
      }
    }
  }

  /** The end or the start of the leader's log; an error code if the leader answers one. */
  async listOffset(followed: FollowedPartition, timestamp: number): Promise<{ errorCode: number; offset: number }> {
    const connection = await this.open();
    const { topic, index } = followed.partition;
    const partition = { partitionIndex: index, currentLeaderEpoch: followed.leaderEpoch, timestamp };
    const request = { replicaId: this.options.nodeId, topics: [{ name: topic, partitions: [partition] }] };
    const { topics } = await connection.request(ListOffsetsRequest, ListOffsetsResponse, request);
    return topics[0]?.partitions[0] ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, offset: -1 };
  }

  /** To be called after a failed request: whatever the reason, the next one uses a new connection. */
  reset(): void {
    this.connection?.close();
    this.connection = undefined;
  }

  close(): void {
    this.isClosed = true;
    this.reset();
  }

  private async open(): Promise<ClientConnection> {
    const { runtime, clientId, address, timeoutMs } = this.options;
    const target = address();
    if (target === undefined) throw new ConnectionError("The broker is not registered, or fenced");
    if (this.connection?.isOpen && sameAddress(this.connection.address, target)) return this.connection;
    this.reset();
    const options = { clientId, connectTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
    const connection = await ClientConnection.open(runtime, target, options);
    if (this.isClosed) {
      connection.close();
      throw new ConnectionError("The fetcher was closed");
    }
    this.connection = connection;
    return connection;
  }
}

function sameAddress(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port;
}
