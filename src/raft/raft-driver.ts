import { AtomicFile } from "../log/atomic-file.ts";
import type { Log } from "../log/log.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { FileSystem, Runtime, Unlock } from "../runtime.ts";
import type { ControlRecord } from "./control-record.ts";
import { formatElectionState, parseElectionState, QUORUM_STATE_FILE } from "./election-state.ts";
import { type BatchPlace, encodeControlBatch, encodeMetadataBatch, type MetadataBatch } from "./metadata-batch.ts";
import { CLUSTER_METADATA_DIRECTORY, type LoadedMetadataLog, loadMetadataLog, quorumAfter } from "./metadata-log.ts";
import { Raft, type RaftEffect, type RaftEvent } from "./raft.ts";
import type { RaftListener } from "./raft-listener.ts";
import { BOOTSTRAP_SNAPSHOT, listSnapshots, snapshotFileName, writeSnapshot } from "./snapshot-file.ts";
import type { VoterNode } from "./voter-set.ts";

export type RaftRuntime = Pick<Runtime, "clock" | "random" | "files" | "checksums" | "compression" | "log" | "fatal">;

export interface RaftDriverOptions {
  readonly runtime: RaftRuntime;
  /** `metadata.log.dir`, formatted; the log is in its `__cluster_metadata-0`. */
  readonly metadataLogDir: string;
  /** Takes the directory's lock, when it is none of `log.dirs`, whose locks the log manager takes. */
  readonly lockDirectory?: boolean;
  /** This replica of the metadata log. */
  readonly local: VoterNode;
  /** `controller.quorum.voters`: a quorum of kraft.version 0; left out when the log or its snapshot holds the voters. */
  readonly staticVoters?: readonly VoterNode[];
  /** `metadata.log.segment.bytes` and `metadata.log.segment.ms` */
  readonly segmentBytes?: number;
  readonly segmentMs?: number;
}

/**
 * The metadata log of this node: what {@link Raft} decides, this does, one effect after the other. The election state is
 * on disk before anything else of an epoch happens; records are acknowledged when they are on disk. A failing disk stops
 * the node, as nobody could tell any more what it has promised.
 */
export class RaftDriver {
  readonly #runtime: RaftRuntime;
  readonly #directory: string;
  readonly #unlock: Unlock;
  readonly #local: VoterNode;
  readonly #log: Log;
  readonly #loaded: LoadedMetadataLog;
  readonly #stateFile: AtomicFile;
  readonly #raft: Raft;
  readonly #listeners: RaftListener[] = [];
  /** In the log, not yet handed to the listeners. */
  #uncommitted: MetadataBatch[];
  readonly #effects: RaftEffect[] = [];
  #performing = false;
  #flushing: Promise<void> | undefined = undefined;
  /** A leader change that listeners have not heard of: this node leads, but has not applied all before its epoch. */
  #unannounced: { leaderId: number; epoch: number } | undefined = undefined;
  #handledEndOffset: number;
  #started = false;
  #closed = false;

  private constructor(options: RaftDriverOptions, directory: string, loaded: LoadedMetadataLog, unlock: Unlock) {
    this.#unlock = unlock;
    const { runtime, local } = options;
    this.#runtime = runtime;
    this.#directory = directory;
    this.#local = local;
    this.#log = loaded.log;
    this.#loaded = loaded;
    this.#uncommitted = [...loaded.batches];
    this.#handledEndOffset = loaded.snapshot?.endOffset ?? 0;
    this.#stateFile = new AtomicFile(runtime.files, `${directory}/${QUORUM_STATE_FILE}`);
    const state = this.#stateFile.read();
    this.#raft = new Raft({
      local,
      quorum: loaded.quorum,
      electionState: state && parseElectionState(new TextDecoder().decode(state)),
      logEndOffset: loaded.log.logEndOffset,
      lastEpoch: Math.max(loaded.log.latestEpoch, loaded.snapshot?.epoch ?? 0, 0),
    });
  }

  /** Loads snapshot, log and quorum-state. Refuses a quorum that this node could not serve. */
  static async load(options: RaftDriverOptions): Promise<RaftDriver> {
    const { runtime, metadataLogDir, staticVoters, segmentBytes, segmentMs, local } = options;
    const directory = `${metadataLogDir}/${CLUSTER_METADATA_DIRECTORY}`;
    const unlock = options.lockDirectory ? lock(runtime.files, metadataLogDir) : () => {};
    try {
      const loaded = await loadMetadataLog({ runtime, directory, staticVoters, segmentBytes, segmentMs });
      if (loaded.quorum.voters.isOnlyVoter(local)) return new RaftDriver(options, directory, loaded, unlock);
      loaded.log.closeHandlers();
      throw new Error(notOnlyVoter(loaded, local));
    } catch (error) {
      unlock();
      throw error;
    }
  }

  get nodeId(): number {
    return this.#local.id;
  }

  get epoch(): number {
    return this.#raft.epoch;
  }

  /** -1 when nobody is known to lead. */
  get leaderId(): number {
    return this.#raft.leaderId;
  }

  get kraftVersion(): number {
    return this.#raft.quorum.kraftVersion;
  }

  /** Undefined until this epoch has committed something. */
  get highWatermark(): number | undefined {
    return this.#raft.highWatermark;
  }

  /** Where the next batch goes. */
  get logEndOffset(): number {
    return this.#log.logEndOffset;
  }

  /** The records of the bootstrap snapshot, for the first leader of a new cluster. */
  get bootstrapRecords(): readonly MetadataRecord[] {
    return this.#loaded.bootstrap?.records ?? [];
  }

  /** Listeners hear of everything in the order in which they were registered, and only before {@link start}. */
  register(listener: RaftListener): void {
    if (this.#started) throw new Error("A listener of the metadata log came after the start");
    this.#listeners.push(listener);
    if (this.#loaded.snapshot !== undefined) listener.handleLoadSnapshot(this.#loaded.snapshot);
  }

  /** Takes part in elections from now on; listeners hear of the leader. */
  start(): void {
    this.#started = true;
    this.#step({ type: "started" });
  }

  /** Appends one batch when this node leads in `epoch`; answers its first offset, undefined when it does not lead. */
  append(epoch: number, records: readonly MetadataRecord[]): number | undefined {
    const { role } = this.#raft;
    if (this.#closed || role.name !== "leader" || role.epoch !== epoch || this.#unannounced !== undefined) {
      return undefined;
    }
    const place = this.#nextPlace(epoch);
    const bytes = encodeMetadataBatch(records, place, this.#runtime);
    this.#appendBatch(bytes, place, records, []);
    return place.baseOffset;
  }

  /** Writes a snapshot of all records below `endOffset`, which must be committed and the end of a batch. */
  async createSnapshot(
    endOffset: number,
    epoch: number,
    lastContainedLogTimestampMs: number,
    records: readonly MetadataRecord[],
  ): Promise<void> {
    if (this.#closed || listSnapshots(this.#runtime.files, this.#directory).some((id) => id.endOffset >= endOffset)) {
      return;
    }
    const { kraftVersion, voters } = this.#raft.quorum;
    const quorum = kraftVersion > 0 ? { kraftVersion, voters: voters.voters } : undefined;
    const snapshot = { endOffset, epoch, lastContainedLogTimestampMs, quorum, records };
    await writeSnapshot(this.#runtime, this.#directory, snapshot, this.#runtime.clock.now());
  }

  /**
   * Drops the oldest snapshots, and the segments only they needed, while the log is larger than `retentionBytes` or they
   * are older than `retentionMs`. The newest snapshot stays.
   */
  removeOldSnapshots(retentionBytes: number, retentionMs: number): void {
    const { files, clock } = this.#runtime;
    const ids = listSnapshots(files, this.#directory).filter((id) => id.endOffset > BOOTSTRAP_SNAPSHOT.endOffset);
    const stats = ids.map((id) => files.stat(`${this.#directory}/${snapshotFileName(id)}`));
    let sizeBytes = stats.reduce((sum, stat) => sum + (stat?.sizeBytes ?? 0), this.#log.sizeBytes);
    for (let index = 0; index + 1 < ids.length; index++) {
      const ageMs = clock.now() - (stats[index]?.modifiedMs ?? 0);
      if (sizeBytes <= retentionBytes && ageMs <= retentionMs) return;
      files.remove(`${this.#directory}/${snapshotFileName(ids[index]!)}`);
      this.#startLogAt(ids[index + 1]!.endOffset);
      sizeBytes -= stats[index]?.sizeBytes ?? 0;
    }
  }

  describe(): QuorumDescription {
    const { voters } = this.#raft.quorum;
    const nowMs = this.#runtime.clock.now();
    return {
      leaderId: this.leaderId,
      epoch: this.epoch,
      highWatermark: this.highWatermark ?? -1,
      voters: voters.voters.map(({ id, directoryId }) => ({
        id,
        directoryId,
        logEndOffset: this.logEndOffset,
        lastFetchTimestampMs: nowMs,
        lastCaughtUpTimestampMs: nowMs,
      })),
      observers: [],
      nodes: voters.voters,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#step({ type: "stopping" });
    this.#closed = true;
    await this.#flushing;
    await this.#stateFile.settled();
    await this.#log.close();
    this.#unlock();
  }

  #step(event: RaftEvent): void {
    this.#effects.push(...this.#raft.step(event));
    if (!this.#performing) void this.#perform();
  }

  /** One at a time: what an effect needs on disk is there before the next one starts. */
  async #perform(): Promise<void> {
    this.#performing = true;
    try {
      for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
        if (effect.type === "persist") await this.#persist(effect);
        else this.#performNow(effect);
      }
    } catch (error) {
      this.#failInBackground(error as Error);
    } finally {
      this.#performing = false;
    }
  }

  async #persist({ state }: Extract<RaftEffect, { type: "persist" }>): Promise<void> {
    const { kraftVersion, voters } = this.#raft.quorum;
    const text = formatElectionState(state, kraftVersion, voters);
    await this.#stateFile.write(() => new TextEncoder().encode(text));
    if (!this.#closed) this.#effects.push(...this.#raft.step({ type: "persisted", state }));
  }

  #performNow(effect: Exclude<RaftEffect, { type: "persist" }>): void {
    if (effect.type === "appendControl") {
      if (this.#closed) return;
      const place = this.#nextPlace(effect.epoch);
      this.#appendBatch(encodeControlBatch(effect.records, place, this.#runtime), place, [], effect.records);
    } else if (effect.type === "commit") {
      this.#log.updateHighWatermark(effect.offset);
      this.#commit(effect.offset);
    } else {
      this.#unannounced = effect;
      this.#announceLeader();
    }
  }

  #nextPlace(epoch: number): BatchPlace {
    return { baseOffset: this.#log.logEndOffset, epoch, timestampMs: this.#runtime.clock.now() };
  }

  #appendBatch(
    bytes: Uint8Array,
    { baseOffset, epoch, timestampMs }: BatchPlace,
    records: readonly MetadataRecord[],
    control: readonly ControlRecord[],
  ): void {
    const info = this.#log.appendAsLeader(bytes, { leaderEpoch: epoch, nowMs: timestampMs, origin: "raft" });
    if (info.errorCode !== ErrorCode.NONE) {
      throw this.#fail(this.#log.failure ?? new Error(`The metadata log refused a batch: ${info.errorMessage}`));
    }
    const batch: MetadataBatch = {
      baseOffset,
      lastOffset: info.lastOffset,
      epoch,
      appendTimestampMs: timestampMs,
      sizeBytes: bytes.length,
      records,
      control,
    };
    this.#uncommitted.push(batch);
    this.#raft.appended(this.#log.logEndOffset, quorumAfter(this.#raft.quorum, batch));
    this.#flush();
  }

  /** One flush at a time; all that is appended meanwhile shares the next one. */
  #flush(): void {
    if (this.#flushing !== undefined) return;
    const endOffset = this.#log.logEndOffset;
    this.#flushing = this.#log.flush().then(
      () => {
        this.#flushing = undefined;
        if (this.#closed) return;
        if (this.#log.logEndOffset > endOffset) this.#flush();
        this.#step({ type: "flushed", endOffset });
      },
      (error) => this.#failInBackground(error as Error),
    );
  }

  #commit(endOffset: number): void {
    let count = 0;
    while (count < this.#uncommitted.length && this.#uncommitted[count]!.lastOffset < endOffset) count++;
    const batches = this.#uncommitted.slice(0, count);
    this.#uncommitted = this.#uncommitted.slice(count);
    this.#handledEndOffset = endOffset;
    if (batches.length > 0) for (const listener of this.#listeners) listener.handleCommit(batches);
    this.#announceLeader();
  }

  #announceLeader(): void {
    const { role } = this.#raft;
    if (this.#unannounced === undefined) return;
    if (role.name === "leader" && this.#handledEndOffset <= role.epochStartOffset) return;
    const { leaderId, epoch } = this.#unannounced;
    this.#unannounced = undefined;
    for (const listener of this.#listeners) listener.handleLeaderChange(leaderId, epoch);
  }

  #startLogAt(offset: number): void {
    this.#log.updateHighWatermark(this.#handledEndOffset);
    if (this.#log.incrementLogStartOffset(offset)) this.#log.deleteSegmentsBelowLogStart();
  }

  /** For work that nobody waits for: a simulated node throws where a real one has ended. */
  #failInBackground(error: Error): void {
    try {
      this.#fail(error);
    } catch {
      // Told by #fail already.
    }
  }

  #fail(error: Error): Error {
    if (this.#closed) return error;
    this.#closed = true;
    this.#runtime.log.write("error", `The metadata log in ${this.#directory} failed: ${error.message}`);
    return this.#runtime.fatal(error);
  }
}

/** What DescribeQuorum tells. */
export interface QuorumDescription {
  readonly leaderId: number;
  readonly epoch: number;
  /** -1 while unknown. */
  readonly highWatermark: number;
  readonly voters: readonly ReplicaState[];
  readonly observers: readonly ReplicaState[];
  readonly nodes: readonly VoterNode[];
}

export interface ReplicaState {
  readonly id: number;
  readonly directoryId: string;
  readonly logEndOffset: number;
  /** Wall-clock milliseconds, -1 while unknown. */
  readonly lastFetchTimestampMs: number;
  readonly lastCaughtUpTimestampMs: number;
}

function lock(files: FileSystem, directory: string): Unlock {
  files.makeDirectory(directory);
  const unlock = files.lock(`${directory}/.lock`);
  if (unlock === undefined) throw new Error(`Another process uses ${directory}: it holds the lock of the directory`);
  return unlock;
}

function notOnlyVoter({ quorum }: LoadedMetadataLog, local: VoterNode): string {
  const { voters } = quorum.voters;
  if (voters.length === 0) {
    return "The metadata log names no voters: format the log directory, or set controller.quorum.voters";
  }
  const known = voters.find((voter) => voter.id === local.id);
  if (voters.length > 1) {
    return `The controller quorum has ${voters.length} voters (${voters.map((voter) => voter.id).join(", ")}); only a quorum of one is supported`;
  }
  return known === undefined
    ? `Node ${local.id} is not the voter of its metadata log, which is node ${voters[0]!.id}`
    : `Node ${local.id} is a voter with directory ${known.directoryId}, but its metadata log directory is ${local.directoryId}`;
}
