import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { AddRaftVoterRequest, AddRaftVoterResponse } from "../../../src/protocol/messages/add-raft-voter.ts";
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from "../../../src/protocol/messages/remove-raft-voter.ts";
import type { VoterNode } from "../../../src/raft/voter-set.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface VoterChangerOptions extends SimulationClientOptions {
  /** All controllers; all of them vote at the beginning, and at the end. */
  readonly controllers: readonly VoterNode[];
  readonly maxPauseMs: number;
}

const CHANGE_TIMEOUT_MS = 3_000;

/** Takes one controller after the other out of the quorum, and back in. */
export class VoterChanger extends SimulationClient {
  changes = 0;
  readonly #options: VoterChangerOptions;

  constructor(options: VoterChangerOptions) {
    super(options);
    this.#options = options;
  }

  protected async run(): Promise<void> {
    const { controllers, maxPauseMs } = this.#options;
    const { random } = this.process;
    while (!this.isStopped) {
      await this.client.pause(random.integer(maxPauseMs));
      if (this.isStopped) return;
      const controller = controllers[random.integer(controllers.length)]!;
      await this.repeat(() => this.#remove(controller));
      await this.client.pause(random.integer(maxPauseMs));
      await this.repeat(() => this.#add(controller));
    }
  }

  /** One whose answer was lost finds the voter gone when it is repeated. */
  async #remove({ id, directoryId }: VoterNode): Promise<void> {
    const body = { clusterId: null, voterId: id, voterDirectoryId: directoryId };
    const answer = await this.client.request(RemoveRaftVoterRequest, RemoveRaftVoterResponse, body);
    this.#check(answer, ErrorCode.VOTER_NOT_FOUND);
  }

  async #add({ id, directoryId, endpoints }: VoterNode): Promise<void> {
    const listeners = endpoints.map(({ name, host, port }) => ({ name, host, port }));
    const body = {
      clusterId: null,
      timeoutMs: CHANGE_TIMEOUT_MS,
      voterId: id,
      voterDirectoryId: directoryId,
      listeners,
    };
    const answer = await this.client.request(AddRaftVoterRequest, AddRaftVoterResponse, body);
    this.#check(answer, ErrorCode.DUPLICATE_VOTER);
  }

  #check({ errorCode, errorMessage }: { errorCode: number; errorMessage: string | null }, whenDone: number): void {
    if (errorCode !== ErrorCode.NONE && errorCode !== whenDone) this.refused(errorCode, errorMessage);
    this.changes++;
  }
}
