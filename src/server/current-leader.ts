import type { MetadataImage } from "../controller/metadata-image.ts";
import { liveEndpoint } from "./live-brokers.ts";

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
  private readonly image: MetadataImage;
  private readonly listenerName: string;
  private readonly byNodeId = new Map<number, LeaderEndpoint>();

  constructor(image: MetadataImage, listenerName: string) {
    this.image = image;
    this.listenerName = listenerName;
  }

  of(topic: string, index: number): CurrentLeader {
    const partition = this.image.topics.byName(topic)?.partitions[index];
    if (partition === undefined) return { leaderId: -1, leaderEpoch: -1 };
    const endpoint = liveEndpoint(this.image, partition.leader, this.listenerName);
    if (endpoint !== undefined) {
      const rack = this.image.brokers.get(partition.leader)?.rack ?? null;
      this.byNodeId.set(partition.leader, { nodeId: partition.leader, host: endpoint.host, port: endpoint.port, rack });
    }
    return { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch };
  }

  get endpoints(): LeaderEndpoint[] {
    return [...this.byNodeId.values()];
  }
}
