/** A broker that can hold replicas: registered, not shutting down, and with a log directory that takes new ones. */
export interface UsableBroker {
  readonly id: number;
  readonly rack: string | null;
  readonly fenced: boolean;
}

/** Answers a uniform integer in [0, below). */
export type Chance = (below: number) => number;

export type Placement =
  /** The replicas of each partition, the preferred leader first. */
  { readonly partitions: readonly (readonly number[])[] } | { readonly problem: string };

/**
 * Chooses replicas as Kafka's striped placer does: racks take turns, brokers within a rack take turns, each from a start
 * drawn at random; fenced brokers come last and never first in a list. Leaders spread evenly, and a partition's replicas
 * sit in as many racks as there are.
 */
export function placeReplicas(
  brokers: Iterable<UsableBroker>,
  partitionCount: number,
  replicationFactor: number,
  chance: Chance,
): Placement {
  const racks = new RackList(brokers, chance);
  if (replicationFactor <= 0) {
    return {
      problem: `Invalid replication factor ${replicationFactor}: the replication factor must be positive.`,
    };
  }
  if (racks.unfencedCount === 0) return { problem: "All brokers are currently fenced." };
  if (replicationFactor > racks.brokerCount) {
    return {
      problem:
        `The target replication factor of ${replicationFactor} cannot be reached because only ` +
        `${racks.brokerCount} broker(s) are registered or some brokers have all their log directories cordoned.`,
    };
  }
  const partitions: number[][] = [];
  for (let partition = 0; partition < partitionCount; partition++) partitions.push(racks.place(replicationFactor));
  return { partitions };
}

class RackList {
  readonly #chance: Chance;
  readonly #racks: Rack[];
  readonly brokerCount: number;
  readonly unfencedCount: number;
  /** Counts placements; each starts one broker further in every rack. */
  #round = 0;
  #offset: number;

  constructor(brokers: Iterable<UsableBroker>, chance: Chance) {
    this.#chance = chance;
    const byName = new Map<string | null, { unfenced: number[]; fenced: number[] }>();
    for (const broker of brokers) {
      const rack = byName.get(broker.rack) ?? { unfenced: [], fenced: [] };
      byName.set(broker.rack, rack);
      (broker.fenced ? rack.fenced : rack.unfenced).push(broker.id);
    }
    const names = [...byName.keys()].sort((a, b) => (a === b ? 0 : a === null || (b !== null && a < b) ? -1 : 1));
    this.#racks = names.map((name) => {
      const { unfenced, fenced } = byName.get(name)!;
      return { unfenced: new BrokerList(unfenced, chance), fenced: new BrokerList(fenced, chance) };
    });
    this.unfencedCount = this.#racks.reduce((sum, rack) => sum + rack.unfenced.size, 0);
    this.brokerCount = this.#racks.reduce((sum, rack) => sum + rack.fenced.size, this.unfencedCount);
    this.#offset = this.#racks.length === 0 ? 0 : chance(this.#racks.length);
  }

  place(replicationFactor: number): number[] {
    // Every unfenced broker has led once: shuffle, so that the same assignments do not come again and again.
    if (this.#round === this.unfencedCount && this.unfencedCount > 1) {
      this.#shuffle();
      this.#round = 0;
    }
    if (this.#offset === this.#racks.length) this.#offset = 0;
    const brokers: number[] = [];
    const leaderRack = this.#placeLeader(brokers);
    this.#placeFollowers(brokers, replicationFactor, leaderRack);
    this.#round++;
    this.#offset++;
    return brokers;
  }

  /** Answers the index of the rack the leader came from. */
  #placeLeader(brokers: number[]): number {
    for (let index = this.#offset; ; index = (index + 1) % this.#racks.length) {
      const broker = this.#racks[index]!.unfenced.next(this.#round);
      if (broker === undefined) continue;
      brokers.push(broker);
      return index;
    }
  }

  #placeFollowers(brokers: number[], replicationFactor: number, leaderRack: number): void {
    let skip = leaderRack;
    for (let index = this.#offset; brokers.length < replicationFactor; index = (index + 1) % this.#racks.length) {
      // The leader's rack has had its turn in the first pass.
      if (index === skip) {
        skip = -1;
        continue;
      }
      const rack = this.#racks[index]!;
      const broker = rack.unfenced.next(this.#round) ?? rack.fenced.next(this.#round);
      if (broker !== undefined) brokers.push(broker);
    }
  }

  #shuffle(): void {
    shuffle(this.#racks, this.#chance);
    for (const rack of this.#racks) {
      rack.unfenced.shuffle(this.#chance);
      rack.fenced.shuffle(this.#chance);
    }
  }
}

interface Rack {
  readonly unfenced: BrokerList;
  readonly fenced: BrokerList;
}

/** Brokers that take turns: every round starts one further, and gives each broker at most once. */
class BrokerList {
  readonly #brokers: number[];
  #index = 0;
  #offset = 0;
  #round = 0;

  constructor(brokers: number[], chance: Chance) {
    this.#brokers = brokers.sort((a, b) => a - b);
    if (brokers.length > 0) this.#offset = chance(brokers.length);
  }

  get size(): number {
    return this.#brokers.length;
  }

  next(round: number): number | undefined {
    if (this.#brokers.length === 0) return undefined;
    if (this.#round !== round) {
      this.#round = round;
      this.#index = 0;
      this.#offset = (this.#offset + 1) % this.#brokers.length;
    }
    if (this.#index >= this.#brokers.length) return undefined;
    return this.#brokers[(this.#index++ + this.#offset) % this.#brokers.length];
  }

  shuffle(chance: Chance): void {
    shuffle(this.#brokers, chance);
  }
}

/** Fisher and Yates. */
function shuffle<T>(list: T[], chance: Chance): void {
  for (let index = list.length - 1; index > 0; index--) {
    const other = chance(index + 1);
    [list[index], list[other]] = [list[other]!, list[index]!];
  }
}
