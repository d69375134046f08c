import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../../../src/protocol/messages/describe-quorum.ts";
import type { ReplicaKey } from "../../../src/raft/voter-set.ts";
import { SimulationClient } from "./simulation-client.ts";

const PERIOD_MS = 5_000;

/** Asks every few seconds who votes in the metadata quorum. */
export class QuorumWatcher extends SimulationClient {
  #voters: readonly string[] = [];

  /** Whoever of these is none of the voters, by the last answer; undefined when all are, and nobody else. */
  missing(controllers: readonly ReplicaKey[]): string | undefined {
    const wanted = controllers.map(nameOf);
    const absent = wanted.find((name) => !this.#voters.includes(name));
    const other = this.#voters.find((name) => !wanted.includes(name));
    if (absent !== undefined) return `controller ${absent} does not vote`;
    return other && `controller ${other} votes, and is gone`;
  }

  protected async run(): Promise<void> {
    while (!this.isStopped) {
      await this.repeat(() => this.#ask());
      await this.client.pause(PERIOD_MS);
    }
  }

  async #ask(): Promise<void> {
    const body = { topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] };
    const answer = await this.client.request(DescribeQuorumRequest, DescribeQuorumResponse, body);
    const { errorCode, errorMessage, topics } = answer;
    const partition = topics[0]?.partitions[0];
    if (errorCode !== ErrorCode.NONE) this.refused(errorCode, errorMessage);
    if (partition === undefined || partition.errorCode !== ErrorCode.NONE) {
      this.refused(partition?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, null);
    }
    this.#voters = partition.currentVoters.map(({ replicaId, replicaDirectoryId }) =>
      nameOf({ id: replicaId, directoryId: replicaDirectoryId }),
    );
  }
}

function nameOf({ id, directoryId }: ReplicaKey): string {
  return `${id} with directory ${directoryId}`;
}
