import type { SimulatedProcess } from "../../../adapters/simulator/index.ts";
import { BrokerError, ConnectionError } from "../../../src/client/client-error.ts";
import { ClusterClient, type TopicMetadata } from "../../../src/client/cluster-client.ts";
import type { Address, Random } from "../../../src/runtime.ts";
import type { ClusterEvent } from "../cluster-event.ts";

export interface SimulationClientOptions {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly bootstrap: readonly Address[];
  /** Told everything that the client sees. */
  readonly saw: (event: ClusterEvent) => void;
  /** Told what must not happen to a client. */
  readonly failed: (error: unknown) => void;
}

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 4_000;
const RETRY_TIMEOUT_MS = 3_600_000;
/** Twice as long after each attempt that fails, as Kafka's clients do. */
const RETRY_PAUSE_MS = 100;
const RETRY_PAUSE_MAX_MS = 1_000;

/** What the clients of a simulation have in common: a step that is repeated for as long as it may succeed. */
export abstract class SimulationClient {
  readonly name: string;
  protected readonly client: ClusterClient;
  protected readonly process: SimulatedProcess;
  protected readonly saw: SimulationClientOptions["saw"];
  /** Why the last attempt of a step has failed. */
  lastError: unknown;
  protected isStopped = false;
  #topics = new Map<string, TopicMetadata>();
  readonly #failed: SimulationClientOptions["failed"];
  #running: Promise<void> = Promise.resolve();

  constructor(options: SimulationClientOptions) {
    const { process, bootstrap } = options;
    this.name = options.name;
    this.process = process;
    this.saw = options.saw;
    this.#failed = options.failed;
    this.client = new ClusterClient(process, {
      clientId: options.name,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      retryTimeoutMs: RETRY_TIMEOUT_MS,
      bootstrap: shuffled(bootstrap, process.random),
    });
  }

  start(): void {
    this.#running = this.run().catch((error) => this.#failed(error));
  }

  /** Resolves when what is under way has come to its end. */
  stop(): Promise<void> {
    this.isStopped = true;
    return this.#running;
  }

  close(): void {
    this.client.close();
  }

  protected abstract run(): Promise<void>;

  /** Does the step until it succeeds; between two attempts the client asks again where everything is. */
  protected persist<T>(topic: string, step: (metadata: TopicMetadata) => Promise<T>): Promise<T> {
    const attempt = async () => step(this.#topics.get(topic) ?? (await this.#ask(topic)));
    return this.#retry(attempt, mayPass, () => this.#topics.delete(topic));
  }

  /** Does a step of an administrator until it succeeds, whatever it is refused for. */
  protected repeat<T>(step: () => Promise<T>): Promise<T> {
    return this.#retry(step, isOfCluster);
  }

  protected refused(errorCode: number, message: string | null): never {
    throw new BrokerError(errorCode, message);
  }

  async #retry<T>(
    step: () => Promise<T>,
    isRetried: (error: unknown) => boolean,
    failed: () => void = () => {},
  ): Promise<T> {
    for (let pauseMs = RETRY_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, RETRY_PAUSE_MAX_MS)) {
      try {
        return await step();
      } catch (error) {
        if (!isRetried(error)) throw error;
        this.lastError = error;
        failed();
        await this.client.pause(pauseMs);
      }
    }
  }

  async #ask(name: string): Promise<TopicMetadata> {
    const topics = await this.client.topics();
    const topic = topics.find((candidate) => candidate.name === name);
    if (topic === undefined) throw new ConnectionError(`Topic ${name} is not known yet`);
    for (const { id, leaderEpoch, leaderId } of topic.partitions) {
      const seen = { topicId: topic.id, partition: `${name}-${id}`, leaderEpoch, leaderId };
      if (leaderId >= 0) this.saw({ type: "leader seen", ...seen });
    }
    this.#topics.set(name, topic);
    return topic;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof BrokerError && error.retriable);
}

/** Not of the simulation itself. */
export function isOfCluster(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof BrokerError;
}

/** Of a number for each topic. */
export function partitionsOf(counts: ReadonlyMap<string, number>): { topic: string; index: number }[] {
  return [...counts].flatMap(([topic, count]) => Array.from({ length: count }, (_, index) => ({ topic, index })));
}

export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const result = [...values];
  for (let index = result.length - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    [result[index], result[other]] = [result[other]!, result[index]!];
  }
  return result;
}
