import { liveEndpoint } from "./live-brokers.ts";
import type { Services } from "./services.ts";

/** KIP-951: a request that came to the wrong broker learns the right one with the error. */
export interface CurrentLeader {
  leaderId: number;
  leaderEpoch: number;
}

export interface LeaderEndpoint {
  nodeId: number;
  host: string;
  port: number;
  rack: string | null;
}

/** Collects the leaders that one answer names, and their addresses on the client's listener, each once. */
export class CurrentLeaders {
  private readonly services: Services;
  private readonly listenerName: string;
  private readonly byNodeId = new Map<number, LeaderEndpoint>();

  constructor(services: Services, listenerName: string) {
    this.services = services;
    this.listenerName = listenerName;
  }

  /** Asks the replica here first: in the step that changes the leader, it knows before the broker's image does. */
  of(topic: string, index: number): CurrentLeader {
    const image = this.services.metadata();
    const partition = this.services.replicas.partition(topic, index) ?? image.topics.byName(topic)?.partitions[index];
    if (partition === undefined) return { leaderId: -1, leaderEpoch: -1 };
    const { leader, leaderEpoch } = partition;
    const endpoint = liveEndpoint(image, leader, this.listenerName);
    if (endpoint !== undefined) {
      const rack = image.brokers.get(leader)?.rack ?? null;
      this.byNodeId.set(leader, { nodeId: leader, host: endpoint.host, port: endpoint.port, rack });
    }
    return { leaderId: leader, leaderEpoch };
  }

  get endpoints(): LeaderEndpoint[] {
    return [...this.byNodeId.values()];
  }
}
