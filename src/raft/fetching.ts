import { ErrorCode } from "../protocol/error-codes.ts";
import { observeAnswer } from "./leader-discovery.ts";
import type { Peer } from "./peer-requests.ts";
import type { FetchResponse, FetchSnapshotResponse, OffsetAndEpoch, RaftRequest, SnapshotId } from "./raft-message.ts";
import type { RaftTimeouts } from "./raft-options.ts";
import type { FetchingSnapshot, Follower } from "./raft-role.ts";
import type { RaftState } from "./raft-state.ts";

/**
 * How long a leader may keep a fetch that has nothing to bring: 500 ms by default, as in Kafka's quorum, and never so long that
 * the request or the follower's patience is over before the answer comes.
 */
export function maxFetchWaitMs({ fetchTimeoutMs, requestTimeoutMs }: RaftTimeouts): number {
  return Math.floor(Math.min(fetchTimeoutMs / 4, requestTimeoutMs * 0.75));
}

/** The follower's side of replication, and the search for a leader to follow. */
export class Fetching {
  readonly #state: RaftState;

  constructor(state: RaftState) {
    this.#state = state;
  }

  handleFetchResponse(response: FetchResponse): boolean {
    const state = this.#state;
    if (observeAnswer(state, response.errorCode, response.leader) === "done") return true;
    const { follower } = state;
    if (response.errorCode !== ErrorCode.NONE || follower === undefined) return false;
    // Who looks for a leader asks while a snapshot is on its way to the disk, too: what follows is asked for when it is there.
    if (!state.isLogChanging) this.#takeOver(follower, response);
    this.#heardLeader(follower);
    return true;
  }

  handleSnapshotResponse(response: FetchSnapshotResponse): boolean {
    const state = this.#state;
    if (observeAnswer(state, response.errorCode, response.leader) === "done") return true;
    const { follower } = state;
    const snapshot = follower?.fetchingSnapshot;
    if (follower === undefined || snapshot === undefined) return true;
    if (response.errorCode === ErrorCode.SNAPSHOT_NOT_FOUND) {
      // The leader has a newer one; the next fetch tells which.
      this.#dropSnapshot(follower, snapshot);
      this.#heardLeader(follower);
      return true;
    }
    if (response.errorCode !== ErrorCode.NONE) return false;
    if (!this.#writeSnapshot(follower, snapshot, response)) {
      this.#dropSnapshot(follower, snapshot);
      return false;
    }
    this.#heardLeader(follower);
    return true;
  }

  /** What was appended may be committed already. */
  advanceHighWatermark(): void {
    const { follower, log } = this.#state;
    if (follower !== undefined) this.#state.commit(Math.min(follower.leaderHighWatermark, log.endOffset));
  }

  /** All of a fetched snapshot is on disk: it stands for more than the log has, unless the log has caught up since. */
  snapshotFlushed(id: SnapshotId): void {
    const { log, role } = this.#state;
    const isAhead = id.epoch > log.lastEpoch || (id.epoch === log.lastEpoch && id.endOffset > log.endOffset);
    if (isAhead && role.name !== "leader") this.#state.emit({ type: "installSnapshot", id });
    else {
      this.#state.isLogChanging = false;
      this.#state.emit({ type: "dropSnapshot", id });
    }
  }

  /** Asks the leader, or whoever may know one; answers when there is more to do. */
  poll(): number {
    const state = this.#state;
    const { role, nowMs } = state;
    if (state.isStopping) return Number.POSITIVE_INFINITY;
    if (role.name === "unattached") return this.#askForLeader();
    if (role.name !== "follower" || !this.#mayFetch()) return Number.POSITIVE_INFINITY;
    const leader = state.peerOf(role.leaderId, role.leaderEndpoints);
    if (leader === undefined) return this.#askForLeader();
    if (state.peers.hasTimedOut(leader, nowMs)) {
      // Nobody else is asked while an answer is waited for, so that a slow leader must be given up first.
      state.peers.forget(leader);
      return this.#askForLeader();
    }
    if (state.peers.isBackingOff(leader, nowMs))
      return Math.min(this.#askForLeader(), state.peers.readyMs(leader, nowMs));
    if (state.peers.isWaitingForAny(nowMs)) return state.peers.nextReadyMs(nowMs);
    return state.ask(leader, () => this.#request(role));
  }

  /** The next fetch acknowledges all before its offset, so what a voter is sent must be on its disk first (KIP-595). */
  #mayFetch(): boolean {
    const { isLogChanging, canBecomeVoter, flushedEndOffset, log } = this.#state;
    return !isLogChanging && (!canBecomeVoter || flushedEndOffset >= log.endOffset);
  }

  /** One server after the other, from a random one on: some of them may be down. */
  #askForLeader(): number {
    const state = this.#state;
    const { nowMs, peers } = state;
    if (peers.isWaitingForAny(nowMs)) return peers.nextReadyMs(nowMs);
    const servers = this.#servers();
    const first = servers.length === 0 ? 0 : state.pick(servers.length);
    for (let index = 0; index < servers.length; index++) {
      const server = servers[(first + index) % servers.length]!;
      if (peers.isReady(server, nowMs)) return state.ask(server, () => this.#fetchRequest());
    }
    return servers.length === 0 ? Number.POSITIVE_INFINITY : peers.nextReadyMs(nowMs);
  }

  /** Those of the configuration, and the voters: either list may be out of date. */
  #servers(): readonly Peer[] {
    const { bootstrapPeers, configuration, local } = this.#state;
    const known = new Set(bootstrapPeers.map(({ host, port }) => `${host}:${port}`));
    const voters = configuration.voters.ids
      .filter((id) => id !== local.id)
      .flatMap((id) => this.#state.voterPeer(id) ?? [])
      .filter(({ host, port }) => !known.has(`${host}:${port}`));
    return [...bootstrapPeers, ...voters];
  }

  #request({ fetchingSnapshot }: Follower): RaftRequest {
    if (fetchingSnapshot === undefined) return this.#fetchRequest();
    const { clusterId, epoch, timeouts } = this.#state;
    return {
      type: "fetchSnapshot",
      clusterId,
      replica: this.#replica,
      currentLeaderEpoch: epoch,
      snapshotId: fetchingSnapshot.id,
      position: fetchingSnapshot.position,
      maxBytes: timeouts.fetchSnapshotMaxBytes,
    };
  }

  #fetchRequest(): RaftRequest {
    const { clusterId, epoch, log, highWatermark, timeouts } = this.#state;
    return {
      type: "fetch",
      clusterId,
      replica: this.#replica,
      currentLeaderEpoch: epoch,
      fetchOffset: log.endOffset,
      lastFetchedEpoch: log.lastEpoch,
      highWatermark: highWatermark ?? -1,
      maxWaitMs: maxFetchWaitMs(timeouts),
      maxBytes: timeouts.fetchMaxBytes,
    };
  }

  get #replica() {
    const { id, directoryId } = this.#state.local;
    return { id, directoryId };
  }

  #heardLeader(follower: Follower): void {
    follower.fetchDeadlineMs = this.#state.fetchDeadlineMs();
    follower.hasFetched = true;
    follower.isLeaderGone = false;
  }

  #takeOver(follower: Follower, response: FetchResponse): void {
    if (response.diverging !== undefined) this.#truncate(response.diverging);
    else if (response.snapshotId !== undefined) this.#startSnapshot(follower, response.snapshotId);
    else this.#append(follower, response);
  }

  #append(follower: Follower, { records, highWatermark }: FetchResponse): void {
    follower.leaderHighWatermark = highWatermark;
    if (records instanceof Uint8Array && records.length > 0) {
      this.#state.isLogChanging = true;
      this.#state.emit({ type: "appendFetched", records });
    } else {
      this.advanceHighWatermark();
    }
  }

  /** KIP-320: to the end of the largest epoch that both logs have; several rounds may be needed. */
  #truncate(leaderEnd: OffsetAndEpoch): void {
    const { log, highWatermark = 0 } = this.#state;
    const localEnd = leaderEnd.epoch === 0 ? this.#state.logEnd : log.endOffsetForEpoch(leaderEnd.epoch);
    const hasEpoch = leaderEnd.epoch === 0 || localEnd.epoch === leaderEnd.epoch;
    const offset = hasEpoch ? Math.min(localEnd.offset, leaderEnd.offset) : localEnd.offset;
    if (Math.min(offset, leaderEnd.offset) < highWatermark) {
      const line = `The leader asks to truncate the metadata log to ${offset}, below the high watermark ${highWatermark}`;
      throw new Error(line);
    }
    this.#state.tell(
      "info",
      `Truncating the metadata log to offset ${offset}, as the leader's log has gone another way`,
    );
    this.#state.isLogChanging = true;
    this.#state.emit({ type: "truncate", offset });
  }

  #startSnapshot(follower: Follower, id: SnapshotId): void {
    const state = this.#state;
    state.tell("info", `Fetching snapshot ${id.endOffset}-${id.epoch} from leader ${follower.leaderId}`);
    if (state.log.snapshotSizeBytes(id) !== undefined) {
      state.isLogChanging = true;
      this.snapshotFlushed(id);
      return;
    }
    follower.fetchingSnapshot = { id, position: 0 };
    state.emit({ type: "startSnapshot", id });
  }

  /** False for a piece that does not fit what is there. */
  #writeSnapshot(follower: Follower, snapshot: FetchingSnapshot, response: FetchSnapshotResponse): boolean {
    const { snapshotId, position, bytes, sizeBytes } = response;
    const { id } = snapshot;
    const isNext =
      snapshotId.endOffset === id.endOffset && snapshotId.epoch === id.epoch && position === snapshot.position;
    if (!isNext || !(bytes instanceof Uint8Array) || bytes.length === 0) return false;
    const endPosition = position + bytes.length;
    if (endPosition > sizeBytes) return false;
    this.#state.emit({ type: "writeSnapshot", id, position, bytes });
    snapshot.position = endPosition;
    if (endPosition < sizeBytes) return true;
    follower.fetchingSnapshot = undefined;
    this.#state.isLogChanging = true;
    this.#state.emit({ type: "flushSnapshot", id });
    return true;
  }

  #dropSnapshot(follower: Follower, { id }: FetchingSnapshot): void {
    follower.fetchingSnapshot = undefined;
    this.#state.emit({ type: "dropSnapshot", id });
  }
}
