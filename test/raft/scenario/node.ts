import type { ElectionState } from "../../../src/raft/election-state.ts";
import type { Peer } from "../../../src/raft/peer-requests.ts";
import { QuorumHistory, type SnapshotQuorum } from "../../../src/raft/quorum-history.ts";
import { Raft } from "../../../src/raft/raft.ts";
import type { RaftEffect, RaftEvent } from "../../../src/raft/raft-event.ts";
import type { RaftRequest, RaftResponse } from "../../../src/raft/raft-message.ts";
import { type VoterNode, VoterSet } from "../../../src/raft/voter-set.ts";
import { CLUSTER_ID, LISTENER, TIMEOUTS } from "../raft-options.ts";
import { decode, encode, MemoryLog, type MemorySnapshot } from "./memory-log.ts";

export interface NodeSettings {
  readonly local: VoterNode;
  /** Of a static quorum; empty for a dynamic one. */
  readonly staticVoters: readonly VoterNode[];
  /** Of the bootstrap snapshot; undefined when the node was formatted without. */
  readonly bootstrap: SnapshotQuorum;
  readonly bootstrapServers: readonly { host: string; port: number }[];
  readonly canBecomeVoter: boolean;
  readonly autoJoin: boolean;
  /** In epoch 0 all draw the same number. */
  readonly isAlike: boolean;
}

/** Where a node's effects reach others. */
export interface NodeSurroundings {
  nowMs(): number;
  send(from: number, id: number, peer: Peer, request: RaftRequest): void;
  answer(from: number, id: number, response: RaftResponse): void;
  after(delayMs: number, task: () => void): void;
  tell(line: string): void;
}

/** One replica of a scenario: a state machine, and a driver of the fewest lines over a log in memory. */
export class ScenarioNode {
  settings: NodeSettings;
  log = new MemoryLog();
  electionState: ElectionState | undefined = undefined;
  raft: Raft;
  isUp = true;
  /** How long the disk takes to flush. */
  flushMs = 1;
  /** What lives for one start of the process only. */
  #generation = 0;
  #quorum: QuorumHistory;
  #flushedEndOffset = 0;
  #fetched = "";
  #lastRole = "";
  readonly #surroundings: NodeSurroundings;

  constructor(settings: NodeSettings, surroundings: NodeSurroundings) {
    this.settings = settings;
    this.#surroundings = surroundings;
    ({ raft: this.raft, quorum: this.#quorum } = this.#load());
  }

  /** Another one for each start of the process. */
  get generation(): number {
    return this.#generation;
  }

  get id(): number {
    return this.settings.local.id;
  }

  start(): void {
    this.isUp = true;
    this.#generation++;
    ({ raft: this.raft, quorum: this.#quorum } = this.#load());
    this.#lastRole = "";
    if (this.log.endOffset > 0) this.#flush();
    this.step({ type: "started" });
  }

  /** The process is gone; with `losesUnflushed` the machine is. */
  kill(losesUnflushed: boolean): void {
    this.isUp = false;
    this.#generation++;
    if (losesUnflushed) this.log.truncateTo(this.#flushedEndOffset);
  }

  /** The disk is replaced by an empty one of the same name. */
  wipe(): void {
    this.kill(false);
    this.log = new MemoryLog();
    this.electionState = undefined;
    this.#flushedEndOffset = 0;
    this.start();
  }

  /** As a controller would. */
  append(count: number): void {
    if (this.raft.role.name !== "leader") throw new Error(`Node ${this.id} does not lead`);
    this.log.append(this.raft.epoch, count);
    this.#flush();
    this.step({ type: "appended", control: [] });
  }

  takeSnapshot(): void {
    const endOffset = this.raft.highWatermark ?? 0;
    const { kraftVersion, voters } = this.#quorum.at(endOffset - 1);
    this.log.takeSnapshot(endOffset, kraftVersion > 0 ? { kraftVersion, voters: voters.voters } : undefined);
  }

  step(event: RaftEvent): void {
    if (!this.isUp) return;
    const chance = this.settings.isAlike ? (this.id * this.raft.epoch) / 10 : this.id / 10;
    const effects = this.raft.step(event, { nowMs: this.#surroundings.nowMs(), chance });
    this.#tellRole();
    for (const effect of effects) this.#perform(effect);
  }

  describe(): string {
    const { role, epoch, leaderId, highWatermark } = this.raft;
    const of = leaderId >= 0 && leaderId !== this.id ? ` of ${leaderId}` : "";
    const committed = highWatermark === undefined ? "nothing committed" : `committed ${highWatermark}`;
    if (!this.isUp) return `${this.id} is down, log to ${this.log.endOffset}`;
    return `${this.id} ${role.name} in ${epoch}${of}, log to ${this.log.endOffset}, ${committed}`;
  }

  #load(): { raft: Raft; quorum: QuorumHistory } {
    const { settings, log } = this;
    const quorum = new QuorumHistory(new VoterSet(settings.staticVoters));
    if (settings.bootstrap !== undefined) quorum.restart(0, settings.bootstrap);
    const snapshot = log.snapshots.at(-1);
    if (snapshot !== undefined) quorum.restart(snapshot.id.endOffset, snapshot.quorum);
    for (const { baseOffset, control } of log.batches) {
      if (baseOffset >= (snapshot?.id.endOffset ?? 0)) quorum.append(baseOffset, control);
    }
    const { local, bootstrapServers, canBecomeVoter, autoJoin } = settings;
    const raft = new Raft({
      clusterId: CLUSTER_ID,
      local,
      listenerName: LISTENER,
      bootstrapServers,
      canBecomeVoter,
      autoJoin,
      timeouts: TIMEOUTS,
      quorum,
      electionState: this.electionState,
      log,
    });
    return { raft, quorum };
  }

  #perform(effect: RaftEffect): void {
    const { log } = this;
    switch (effect.type) {
      case "persist":
        this.electionState = effect.state;
        break;
      case "appendControl": {
        const batch = log.append(effect.epoch, effect.records.length, effect.records);
        this.#flush();
        this.step({ type: "appended", control: [{ baseOffset: batch.baseOffset, records: effect.records }] });
        break;
      }
      case "appendFetched": {
        const batches = log.appendFetched(effect.records);
        if (batches === undefined) throw new Error(`Node ${this.id} got records that do not fit`);
        this.#flush();
        const control = batches.filter((batch) => batch.control.length > 0);
        this.step({
          type: "appended",
          control: control.map((batch) => ({ baseOffset: batch.baseOffset, records: batch.control })),
        });
        break;
      }
      case "truncate":
        this.#surroundings.tell(`${this.id} truncates from ${log.endOffset} to ${effect.offset}`);
        log.truncateTo(effect.offset);
        this.#flushedEndOffset = Math.min(this.#flushedEndOffset, effect.offset);
        this.step({ type: "truncated" });
        break;
      case "startSnapshot":
        this.#fetched = "";
        break;
      case "writeSnapshot":
        this.#fetched += new TextDecoder().decode(effect.bytes);
        break;
      case "flushSnapshot":
        this.#later(this.flushMs, () => this.step({ type: "snapshotFlushed", id: effect.id }));
        break;
      case "installSnapshot": {
        const snapshot = decode(new TextEncoder().encode(this.#fetched)) as MemorySnapshot;
        this.#surroundings.tell(`${this.id} installs snapshot ${snapshot.id.endOffset}-${snapshot.id.epoch}`);
        log.install(snapshot);
        this.#flushedEndOffset = snapshot.id.endOffset;
        this.step({ type: "snapshotInstalled", id: snapshot.id, quorum: snapshot.quorum });
        break;
      }
      case "send":
        this.#surroundings.send(this.id, effect.id, effect.peer, effect.request);
        break;
      case "reply":
        this.#surroundings.answer(this.id, effect.id, this.#withBytes(effect.response));
        break;
      case "dropSnapshot":
      case "commit":
      case "leader":
      case "log":
        break;
    }
  }

  #withBytes(response: RaftResponse): RaftResponse {
    if (response.type === "fetch" && response.records !== undefined && !(response.records instanceof Uint8Array)) {
      return { ...response, records: this.log.read(response.records.startOffset) };
    }
    if (response.type === "fetchSnapshot" && typeof response.bytes === "number") {
      const snapshot = this.log.snapshot(response.snapshotId);
      const bytes = snapshot === undefined ? new Uint8Array(0) : encode(snapshot);
      return { ...response, bytes: bytes.slice(response.position, response.position + response.bytes) };
    }
    return response;
  }

  #flush(): void {
    const { endOffset } = this.log;
    this.#later(this.flushMs, () => {
      this.#flushedEndOffset = Math.min(Math.max(this.#flushedEndOffset, endOffset), this.log.endOffset);
      this.step({ type: "flushed", endOffset });
    });
  }

  /** Unless the process ends before. */
  #later(delayMs: number, task: () => void): void {
    const generation = this.#generation;
    this.#surroundings.after(delayMs, () => {
      if (generation === this.#generation) task();
    });
  }

  #tellRole(): void {
    const { role, epoch, leaderId } = this.raft;
    const of = role.name === "follower" ? ` of ${leaderId}` : "";
    const described = `${this.id} ${role.name} in ${epoch}${of}`;
    if (described === this.#lastRole) return;
    this.#lastRole = described;
    this.#surroundings.tell(described);
  }
}
