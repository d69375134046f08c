import { DirectoryMover } from "./clients/directory-mover.ts";
import { QuorumWatcher } from "./clients/quorum-watcher.ts";
import { Reassigner } from "./clients/reassigner.ts";
import type { SimulationClient, SimulationClientOptions } from "./clients/simulation-client.ts";
import { TopicChurner } from "./clients/topic-churner.ts";
import { VoterChanger } from "./clients/voter-changer.ts";
import type { Cluster } from "./cluster.ts";
import type { Scenario } from "./scenario.ts";

export interface AdministratorsOptions {
  readonly scenario: Scenario;
  readonly cluster: Cluster;
  /** Partitions by topic. */
  readonly topics: ReadonlyMap<string, number>;
  readonly clientOptions: (name: string) => SimulationClientOptions;
}

/** Whoever changes the cluster while it works, as the scenario says. */
export class Administrators {
  readonly #cluster: Cluster;
  readonly #voterChangers: VoterChanger[] = [];
  readonly #reassigners: Reassigner[] = [];
  readonly #movers: DirectoryMover[] = [];
  readonly #churners: TopicChurner[] = [];
  /** Who only asks. */
  readonly #watchers: QuorumWatcher[] = [];

  constructor({ scenario, cluster, topics, clientOptions }: AdministratorsOptions) {
    this.#cluster = cluster;
    const { changesVoters, reassigns, logDirs, churnsTopics, replacesDisks, replicationFactor } = scenario;
    const brokerIds = cluster.brokers.map(({ id }) => id);
    if (changesVoters) {
      const client = clientOptions("voter-changer");
      this.#voterChangers.push(new VoterChanger({ ...client, controllers: cluster.voters, maxPauseMs: 20_000 }));
    }
    if (reassigns) {
      const client = clientOptions("reassigner");
      const limits = { replicationFactor, maxPauseMs: 20_000 };
      this.#reassigners.push(new Reassigner({ ...client, topics, brokerIds, ...limits }));
    }
    if (logDirs.length > 1) {
      const client = clientOptions("directory-mover");
      this.#movers.push(new DirectoryMover({ ...client, topics, brokerIds, logDirs, maxPauseMs: 10_000 }));
    }
    if (churnsTopics) {
      const client = clientOptions("topic-churner");
      this.#churners.push(new TopicChurner({ ...client, replicationFactor, maxPauseMs: 10_000 }));
    }
    if (replacesDisks) this.#watchers.push(new QuorumWatcher(clientOptions("quorum-watcher")));
  }

  /** What is wrong with the quorum, by what is known of it: a controller does not vote, or one does that is gone. */
  get problemOfQuorum(): string | undefined {
    return this.#watchers
      .map((watcher) => watcher.missing(this.#cluster.voters))
      .find((problem) => problem !== undefined);
  }

  /** Those that have something under way which has to come to an end. */
  get clients(): readonly SimulationClient[] {
    return [...this.#voterChangers, ...this.#reassigners, ...this.#movers, ...this.#churners];
  }

  get watchers(): readonly SimulationClient[] {
    return this.#watchers;
  }

  get counts() {
    return {
      voterChanges: sum(this.#voterChangers.map(({ changes }) => changes)),
      reassignments: sum(this.#reassigners.map(({ reassignments }) => reassignments)),
      churnedTopics: sum(this.#churners.map(({ topics }) => topics)),
      moves: sum(this.#movers.map(({ moves }) => moves)),
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
