import type { ClientConnection } from "../../../src/client/client-connection.ts";
import { GroupOffsets, type SharedGroup } from "./group-offsets.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface CommitterOptions extends SimulationClientOptions {
  readonly topic: string;
  readonly group: string;
  readonly maxPauseMs: number;
}

const PARTITION = 0;
const NOBODY = { memberId: "", generationId: -1 };

/** Commits ever larger offsets of a partition, outside of any membership, and asks in between what is committed. */
export class OffsetCommitter extends SimulationClient {
  readonly #options: CommitterOptions;
  readonly #group: SharedGroup;
  readonly #offsets: GroupOffsets;
  #coordinator: number | undefined;

  constructor(options: CommitterOptions) {
    super(options);
    this.#options = options;
    this.#group = { id: options.group, acknowledged: [] };
    this.#offsets = new GroupOffsets({ client: this.client, saw: this.saw, topic: options.topic, group: this.#group });
  }

  /** -1 for none. */
  get acknowledged(): number {
    return this.#group.acknowledged[PARTITION] ?? -1;
  }

  /** Asks the coordinator once more, and shows what it tells. */
  async askOnce(): Promise<void> {
    await this.persist(this.#options.topic, () =>
      this.#withCoordinator((coordinator) => this.#offsets.committed(coordinator, PARTITION)),
    );
  }

  protected async run(): Promise<void> {
    const { topic, maxPauseMs } = this.#options;
    for (let offset = 0; !this.isStopped; offset++) {
      await this.persist(topic, () =>
        this.#withCoordinator((coordinator) => this.#offsets.commit(coordinator, NOBODY, PARTITION, offset)),
      );
      await this.client.pause(this.process.random.integer(maxPauseMs));
      if (offset % 3 === 2) await this.askOnce();
    }
  }

  /** It is looked for again when it was not there, or was not it any more. */
  async #withCoordinator<T>(step: (coordinator: ClientConnection) => Promise<T>): Promise<T> {
    try {
      this.#coordinator ??= await this.#offsets.coordinator();
      return await step(await this.client.broker(this.#coordinator));
    } catch (error) {
      this.#coordinator = undefined;
      throw error;
    }
  }
}
