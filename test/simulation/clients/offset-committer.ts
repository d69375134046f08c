import { BrokerError } from "../../../src/client/client-error.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { FindCoordinatorRequest, FindCoordinatorResponse } from "../../../src/protocol/messages/find-coordinator.ts";
import { OffsetCommitRequest, OffsetCommitResponse } from "../../../src/protocol/messages/offset-commit.ts";
import { OffsetFetchRequest, OffsetFetchResponse } from "../../../src/protocol/messages/offset-fetch.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface CommitterOptions extends SimulationClientOptions {
  readonly topic: string;
  readonly group: string;
  readonly maxPauseMs: number;
}

const OFFSET_COMMIT_VERSION = 9;
const OFFSET_FETCH_VERSION = 8;
const PARTITION = 0;

/** Commits ever larger offsets of a partition, outside of any membership, and asks in between what is committed. */
export class OffsetCommitter extends SimulationClient {
  acknowledged = -1;
  readonly #options: CommitterOptions;

  constructor(options: CommitterOptions) {
    super(options);
    this.#options = options;
  }

  /** Asks the coordinator once more, and shows what it tells. */
  async askOnce(): Promise<void> {
    const { topic, group } = this.#options;
    const askedAfter = this.acknowledged;
    const offset = await this.persist(topic, () => this.#committed());
    this.saw({ type: "committed offset seen", group, partition: `${topic}-${PARTITION}`, offset, askedAfter });
  }

  protected async run(): Promise<void> {
    const { topic, group, maxPauseMs } = this.#options;
    for (let offset = 0; !this.isStopped; offset++) {
      await this.persist(topic, () => this.#commit(offset));
      this.acknowledged = offset;
      this.saw({ type: "offset committed", group, partition: `${topic}-${PARTITION}`, offset });
      await this.client.pause(this.process.random.integer(maxPauseMs));
      if (offset % 3 === 2) await this.askOnce();
    }
  }

  async #commit(committedOffset: number): Promise<void> {
    const { topic, group } = this.#options;
    const coordinator = await this.client.broker(await this.#coordinator());
    const partitions = [{ partitionIndex: PARTITION, committedOffset, committedMetadata: null }];
    const body = { groupId: group, memberId: "", topics: [{ name: topic, partitions }] };
    const version = { version: OFFSET_COMMIT_VERSION };
    const answer = await coordinator.request(OffsetCommitRequest, OffsetCommitResponse, body, version);
    const { errorCode } = answer.topics[0]!.partitions[0]!;
    if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
  }

  async #committed(): Promise<number> {
    const { topic, group } = this.#options;
    const coordinator = await this.client.broker(await this.#coordinator());
    const wanted = { groupId: group, topics: [{ name: topic, partitionIndexes: [PARTITION] }] };
    const body = { groups: [wanted], requireStable: false };
    const version = { version: OFFSET_FETCH_VERSION };
    const answer = await coordinator.request(OffsetFetchRequest, OffsetFetchResponse, body, version);
    const fetched = answer.groups[0]!;
    if (fetched.errorCode !== ErrorCode.NONE) throw new BrokerError(fetched.errorCode);
    return Number(fetched.topics[0]!.partitions[0]!.committedOffset);
  }

  async #coordinator(): Promise<number> {
    const body = { keyType: 0, coordinatorKeys: [this.#options.group] };
    const answer = await this.client.request(FindCoordinatorRequest, FindCoordinatorResponse, body);
    const found = answer.coordinators[0]!;
    if (found.errorCode !== ErrorCode.NONE) throw new BrokerError(found.errorCode);
    return found.nodeId;
  }
}
