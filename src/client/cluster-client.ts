import { ErrorCode } from "../protocol/error-codes.ts";
import { MetadataRequest, MetadataResponse } from "../protocol/messages/metadata.ts";
import type { Message } from "../protocol/schema.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import type { Address, Runtime } from "../runtime.ts";
import { ClientConnection, type ClientConnectionOptions } from "./client-connection.ts";
import { BrokerError, ConnectionError } from "./client-error.ts";

export type ClusterRuntime = Pick<Runtime, "clock" | "network" | "random">;

export interface ClusterClientOptions extends ClientConnectionOptions {
  /** Tried in order until one answers. */
  readonly bootstrap: readonly Address[];
  /** How long a step is repeated while the broker says that it may work later. */
  readonly retryTimeoutMs: number;
}

export interface TopicMetadata {
  readonly name: string;
  readonly id: string;
  readonly isInternal: boolean;
  /** By partition id. */
  readonly partitions: readonly PartitionMetadata[];
}

export interface PartitionMetadata {
  readonly id: number;
  /** -1 when there is none. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

const RETRY_BACKOFF_MS = 100;
const NO_BROKER_THERE: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EPROTO"]);

/** A cluster as its clients see it: where its brokers and the leaders of its partitions are. */
export class ClusterClient {
  readonly runtime: ClusterRuntime;
  private readonly options: ClusterClientOptions;
  private readonly brokers = new Map<number, Address>();
  private readonly connections = new Map<string, Promise<ClientConnection>>();
  /** The connection that was made last to each address: whether one went silent is known until there is another. */
  private readonly latest = new Map<string, ClientConnection>();
  /** How many steps have failed: each of them lets another broker be asked first. */
  private failedSteps = 0;
  private isClosed = false;

  constructor(runtime: ClusterRuntime, options: ClusterClientOptions) {
    this.runtime = runtime;
    this.options = options;
  }

  /**
   * Any broker: those that are known, then the bootstrap addresses; after a step that failed another one first, as what this
   * one tells may be out of date; one that has not answered lately only when there is no other. Rejects with the last failure.
   */
  async anyBroker(): Promise<ClientConnection> {
    let failure: unknown;
    const addresses = this.addressesInTurn();
    const isSilent = (address: Address) => this.latest.get(nameOf(address))?.isSilent ?? false;
    const silentLast = [...addresses.filter((address) => !isSilent(address)), ...addresses.filter(isSilent)];
    for (const address of silentLast) {
      try {
        return await this.connect(address);
      } catch (error) {
        failure = error;
      }
    }
    throw failure ?? new ConnectionError("There is no address to connect to");
  }

  /** One of those that an earlier answer has told of. */
  async broker(nodeId: number): Promise<ClientConnection> {
    const address = this.brokers.get(nodeId);
    if (address === undefined) throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE, `Broker ${nodeId} is not known`);
    try {
      return await this.connect(address);
    } catch (error) {
      const isGiven = this.options.bootstrap.some((given) => nameOf(given) === nameOf(address));
      if (isGiven || !(error instanceof ConnectionError)) throw error;
      throw new ConnectionError(error.message, error.code, nodeId);
    }
  }

  /** Asks which brokers there are. */
  async brokerIds(): Promise<readonly number[]> {
    await this.metadata({ topics: [], allowAutoTopicCreation: false });
    return [...this.brokers.keys()];
  }

  async request<Q, QI, A, AI>(request: Message<Q, QI>, response: Message<A, AI>, body: QI): Promise<A> {
    const connection = await this.anyBroker();
    return connection.request(request, response, body);
  }

  /** All topics that this client may see. */
  async topics(): Promise<readonly TopicMetadata[]> {
    const answer = await this.metadata({ topics: null, allowAutoTopicCreation: false });
    return answer.topics.filter(({ errorCode }) => errorCode === ErrorCode.NONE).map(topicOf);
  }

  /**
   * One topic, with a leader for each partition. With `create`, a topic that does not exist is created if the broker
   * allows it. Rejects with a {@link BrokerError} when it is not there in time.
   */
  async topic(name: string, create = false): Promise<TopicMetadata> {
    return this.retry(async () => {
      const body = { topics: [{ name, topicId: ZERO_UUID }], allowAutoTopicCreation: create };
      const topic = (await this.metadata(body)).topics[0];
      if (topic === undefined) throw new BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      if (topic.errorCode !== ErrorCode.NONE) throw new BrokerError(topic.errorCode);
      const leaderless = topic.partitions.find(({ leaderId }) => leaderId < 0);
      if (leaderless !== undefined) throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE);
      return topicOf(topic);
    }, create);
  }

  /**
   * Repeats a step that fails with a retriable error or a lost connection, until `retryTimeoutMs` is over. A topic that
   * does not exist is only waited for when it is being created.
   */
  async retry<T>(step: () => Promise<T>, awaitsTopic = true): Promise<T> {
    const deadlineMs = this.runtime.clock.elapsed() + this.options.retryTimeoutMs;
    for (;;) {
      try {
        return await step();
      } catch (error) {
        const isOver = this.isClosed || this.runtime.clock.elapsed() >= deadlineMs;
        if (isOver || !this.mayPass(error, awaitsTopic)) throw error;
        this.failedSteps++;
        await this.pause(RETRY_BACKOFF_MS);
      }
    }
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.runtime.clock.schedule(delayMs, resolve));
  }

  close(): void {
    this.isClosed = true;
    for (const opening of this.connections.values()) {
      opening.then(
        (connection) => connection.close(),
        () => {},
      );
    }
    this.connections.clear();
  }

  private addressesInTurn(): Address[] {
    const byName = new Map<string, Address>();
    for (const address of [...this.brokers.values(), ...this.options.bootstrap]) byName.set(nameOf(address), address);
    const addresses = [...byName.values()];
    const first = this.failedSteps % Math.max(1, addresses.length);
    return [...addresses.slice(first), ...addresses.slice(0, first)];
  }

  private mayPass(error: unknown, awaitsTopic: boolean): boolean {
    if (error instanceof ConnectionError) {
      // One of several brokers may be gone for a while. Otherwise no broker is there: the user wants to hear of it now.
      return this.brokers.size > 1 || !NO_BROKER_THERE.has(error.code ?? "");
    }
    if (!(error instanceof BrokerError)) return false;
    return error.retriable && (awaitsTopic || error.errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }

  private async metadata(body: {
    topics: { name: string; topicId: string }[] | null;
    allowAutoTopicCreation: boolean;
  }) {
    const connection = await this.anyBroker();
    const answer = await connection.request(MetadataRequest, MetadataResponse, body);
    this.brokers.clear();
    for (const { nodeId, host, port } of answer.brokers) this.brokers.set(nodeId, { host, port });
    return answer;
  }

  private connect(address: Address): Promise<ClientConnection> {
    const name = nameOf(address);
    const known = this.connections.get(name);
    if (known !== undefined) {
      return known.then((connection) => {
        if (connection.isOpen) return connection;
        this.connections.delete(name);
        return this.connect(address);
      });
    }
    const opening = ClientConnection.open(this.runtime, address, this.options);
    this.connections.set(name, opening);
    opening.then(
      (connection) => this.latest.set(name, connection),
      () => this.connections.delete(name),
    );
    return opening;
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

function topicOf(topic: MetadataResponse["topics"][number]): TopicMetadata {
  const partitions = topic.partitions
    .map((partition) => ({
      id: partition.partitionIndex,
      leaderId: partition.leaderId,
      leaderEpoch: partition.leaderEpoch,
      replicas: partition.replicaNodes,
      isr: partition.isrNodes,
    }))
    .sort((a, b) => a.id - b.id);
  return { name: topic.name ?? "", id: topic.topicId, isInternal: topic.isInternal, partitions };
}
