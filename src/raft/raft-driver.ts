import type { DiskWatch } from "../disk-watch.ts";
import { lockDirectory } from "../log/directory-lock.ts";
import { doneUnlessStalled } from "../log/patient-stop.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Cancel, Unlock } from "../runtime.ts";
import { AskedRequests, type RaftAnswer } from "./asked-requests.ts";
import { EffectQueue, type PerformedAtOnce } from "./effect-queue.ts";
import { CLUSTER_METADATA_DIRECTORY, type LoadedMetadataLog, loadMetadataLog } from "./load-metadata-log.ts";
import { LocalReplica } from "./local-replica.ts";
import { watchMajority } from "./majority-watch.ts";
import { StalledDiskError } from "./metadata-log.ts";
import { describeQuorum, type QuorumDescription } from "./quorum-description.ts";
import { QuorumStateFile } from "./quorum-state-file.ts";
import { Raft } from "./raft.ts";
import { bootstrapServers, checkQuorum, type RaftDriverOptions, type RaftRuntime } from "./raft-driver-options.ts";
import { isLogEffect, type RaftEffect, type RaftEvent } from "./raft-event.ts";
import type { RaftListener } from "./raft-listener.ts";
import type { KnownLeader, RaftRequest, SnapshotId } from "./raft-message.ts";
import { RaftPeers } from "./raft-peers.ts";

export type { RaftAnswer } from "./asked-requests.ts";
export type { RaftDriverOptions, RaftRuntime } from "./raft-driver-options.ts";

const STOP_TIMEOUT_MS = 5_000;

/**
 * The metadata log of this node: what {@link Raft} decides, this does, one effect after the other. The election state is
 * on disk before anything else of an epoch happens; records are acknowledged when they are on disk. A failing disk stops
 * the node, as nobody could tell any more what it has promised.
 *
 * What comes from outside waits in line while an effect is waited for; what the log itself tells never does. While the disk
 * hangs nothing is stepped at all, as with Apache Kafka, whose thread for this then hangs in a call: others miss a leader
 * that answers nobody, and elect another one.
 */
export class RaftDriver {
  /** Of the bootstrap snapshot, for the first leader of a new cluster. */
  readonly bootstrapRecords: readonly MetadataRecord[];
  readonly #options: RaftDriverOptions;
  readonly #runtime: RaftRuntime;
  readonly #directory: string;
  readonly #unlock: Unlock;
  readonly #replica: LocalReplica;
  readonly #stateFile: QuorumStateFile;
  readonly #raft: Raft;
  readonly #peers: RaftPeers;
  /** Undefined where the loop waits for the disk as it does for any other. */
  readonly #disk: DiskWatch | undefined;
  readonly #asked = new AskedRequests();
  readonly #queue: EffectQueue;
  #cancelTick: Cancel = () => {};
  #onHandedOver: (() => void) | undefined = undefined;
  #isStarted = false;
  #isClosed = false;

  private constructor(options: RaftDriverOptions, directory: string, loaded: LoadedMetadataLog, unlock: Unlock) {
    const { runtime, local, listenerName, timeouts } = options;
    this.#unlock = unlock;
    this.#options = options;
    this.#runtime = runtime;
    this.#directory = directory;
    this.#disk = runtime.files.watched;
    this.bootstrapRecords = loaded.bootstrap?.records ?? [];
    this.#replica = new LocalReplica({
      runtime,
      loaded,
      flushes: options.canBecomeVoter,
      lingerMs: options.lingerMs,
      deliver: (event) => this.#deliver(event),
      onFailed: (error) => this.#failInBackground(error),
    });
    this.#stateFile = new QuorumStateFile(runtime.files, runtime.checksums, directory);
    this.#raft = new Raft({
      clusterId: options.clusterId,
      local,
      listenerName,
      bootstrapServers: bootstrapServers(options),
      canBecomeVoter: options.canBecomeVoter,
      autoJoin: options.autoJoin ?? false,
      timeouts,
      quorum: loaded.quorum,
      electionState: this.#stateFile.read(),
      log: loaded.log,
    });
    this.#queue = new EffectQueue({
      disk: this.#disk,
      step: (event) => this.#step(event),
      persist: ({ state }) => this.#stateFile.write(state, this.#raft.quorum),
      perform: (effect) => this.#perform(effect),
      rest: () => this.#rest(),
      onFailed: (error) => this.#failInBackground(error),
    });
    this.#peers = new RaftPeers({
      ...options,
      leader: () => ({ id: this.leaderId, epoch: this.epoch }),
      deliver: (event) => this.#deliver(event),
    });
  }

  /** Loads snapshot, log and quorum-state. */
  static async load(options: RaftDriverOptions): Promise<RaftDriver> {
    const { runtime, metadataLogDir, staticVoters, segmentBytes, segmentMs } = options;
    const directory = `${metadataLogDir}/${CLUSTER_METADATA_DIRECTORY}`;
    const unlock = options.lockDirectory ? lockDirectory(runtime.files, metadataLogDir) : () => {};
    if (unlock === undefined)
      throw new Error(`Another process uses ${metadataLogDir}: it holds the lock of the directory`);
    let loaded: LoadedMetadataLog | undefined;
    try {
      loaded = await loadMetadataLog({ runtime, directory, staticVoters, segmentBytes, segmentMs });
      checkQuorum(options, loaded);
      return new RaftDriver(options, directory, loaded, unlock);
    } catch (error) {
      loaded?.log.abandon();
      unlock();
      runtime.files.watched?.close();
      throw error;
    }
  }

  get nodeId(): number {
    return this.#options.local.id;
  }

  get epoch(): number {
    return this.#raft.epoch;
  }

  /** -1 when nobody is known to lead. */
  get leaderId(): number {
    return this.#raft.leaderId;
  }

  get leader(): KnownLeader {
    return this.#raft.knownLeader;
  }

  get kraftVersion(): number {
    return this.#raft.kraftVersion;
  }

  /** Undefined until it is known that something is committed. */
  get highWatermark(): number | undefined {
    return this.#raft.highWatermark;
  }

  /** Where the next batch goes. */
  get logEndOffset(): number {
    return this.#replica.log.endOffset;
  }

  /** Its disk hangs. */
  get isStalled(): boolean {
    return this.#disk?.isStalled === true;
  }

  /** See {@link LeaderWatch.takeGone}. */
  takeGoneLeader(): number | undefined {
    return this.#peers.takeGoneLeader();
  }

  /** Listeners hear of everything in the order in which they were registered, and only before {@link start}. */
  register(listener: RaftListener): void {
    if (this.#isStarted) throw new Error("A listener of the metadata log came after the start");
    this.#replica.feed.register(listener);
  }

  /** Takes part in elections from now on; listeners hear of the leader. */
  start(): void {
    this.#isStarted = true;
    this.#replica.feed.start();
    // The first fetch would vouch for what was found; who is alone flushes the first batch of its epoch anyway.
    const { local, canBecomeVoter } = this.#options;
    const isAlone = this.#raft.quorum.voters.isOnlyVoter(local);
    if (canBecomeVoter && !isAlone) this.#replica.flushWhatWasFound();
    this.#deliver({ type: "started" });
  }

  /** Appends one batch when this node leads in `epoch`; answers its first offset. Undefined when it does not, or its disk hangs. */
  append(epoch: number, records: readonly MetadataRecord[]): number | undefined {
    if (!this.leads(epoch) || this.isStalled) return undefined;
    const batch = this.#replica.prepareRecords(epoch, records);
    try {
      this.#queue.step(this.#replica.append(batch));
    } catch (error) {
      if (error instanceof StalledDiskError) return undefined;
      throw this.#fail(error as Error);
    }
    this.#queue.work();
    return batch.place.baseOffset;
  }

  /** Whether this node may append in the epoch: it leads, and its listeners have been told. */
  leads(epoch: number): boolean {
    const { role } = this.#raft;
    const isLeader = role.name === "leader" && role.epoch === epoch;
    return !this.#isClosed && isLeader && this.#replica.feed.hasAnnounced(this.nodeId, epoch);
  }

  /** What another replica, or a client, asks of the metadata log. Answered once, unless the node stops before. */
  ask(request: RaftRequest, answer: (answer: RaftAnswer) => void): void {
    if (this.#isClosed || !this.#isStarted || this.#queue.isFull) {
      const message = this.#queue.isFull ? "Too many requests wait for the disk" : "The node is starting or stopping";
      answer({ response: { type: "refused", errorCode: ErrorCode.BROKER_NOT_AVAILABLE, message }, bytes: undefined });
      return;
    }
    this.#deliver({ type: "request", id: this.#asked.add(answer), request });
  }

  /** The controller cannot go on in this epoch. */
  resign(epoch: number): void {
    this.#deliver({ type: "resign", epoch });
  }

  /** Why the voters cannot go on at this kraft.version; undefined when they can, or are there already. */
  kraftVersionProblem(version: number): string | undefined {
    return this.#raft.kraftVersionProblem(version);
  }

  upgradeKRaftVersion(version: number): void {
    this.#deliver({ type: "upgradeKRaftVersion", version });
  }

  /** See {@link LocalReplica.createSnapshot}. */
  async createSnapshot(
    id: SnapshotId,
    lastContainedLogTimestampMs: number,
    records: readonly MetadataRecord[],
  ): Promise<void> {
    if (!this.#isClosed) await this.#replica.createSnapshot(id, lastContainedLogTimestampMs, records);
  }

  /** See {@link LocalReplica.removeOldSnapshots}; not while the disk hangs. */
  removeOldSnapshots(retentionBytes: number, retentionMs: number): void {
    if (this.#isClosed || this.#disk?.answers() === false) return;
    this.#replica.removeOldSnapshots(retentionBytes, retentionMs);
  }

  describe(): QuorumDescription {
    const { clock } = this.#runtime;
    return describeQuorum(this.#raft, { log: this.#replica.log, nowMs: clock.elapsed(), wallMs: clock.now() });
  }

  /** See {@link watchMajority}; never calls without `polylog.fast.failover`. */
  onMajorityGone(countsLocal: boolean, onGone: () => void): Cancel {
    const { fastFailover = false } = this.#options;
    const voters = () => this.#raft.quorum.voters;
    return fastFailover ? watchMajority({ ...this.#options, countsLocal, voters }, onGone) : () => {};
  }

  /**
   * Hands leadership over, for as long as others may take it up in a few seconds, and closes the files. On a disk that hangs
   * they are left as by a kill: then it resolves with false. Rejects when the disk fails; the directory is free then, too.
   */
  async close(): Promise<boolean> {
    if (this.#isClosed) return true;
    if (this.#isStarted) await this.#handOver();
    this.#isClosed = true;
    this.#queue.close();
    this.#cancelTick();
    this.#peers.close();
    const disk = this.#disk;
    if (disk?.answers() !== false && (await this.#closeFiles(disk))) return true;
    void this.#leave(disk!);
    return false;
  }

  /** False when the disk hangs. */
  async #closeFiles(disk: DiskWatch | undefined): Promise<boolean> {
    const close = async (): Promise<void> => {
      await this.#queue.settled();
      await this.#stateFile.settled();
      await this.#replica.close();
    };
    let isOver = true;
    try {
      if (disk === undefined) await close();
      else isOver = await doneUnlessStalled(close(), disk, this.#runtime.clock);
    } finally {
      if (isOver) {
        this.#unlock();
        disk?.close();
      }
    }
    return isOver;
  }

  async #leave(disk: DiskWatch): Promise<void> {
    const line = `The disk of the metadata log in ${this.#directory} does not answer: it is left as by a kill`;
    this.#runtime.log.write("warn", line);
    this.#stateFile.close();
    this.#replica.abandon();
    await disk.answered();
    this.#unlock();
    disk.close();
  }

  #handOver(): Promise<void> {
    return new Promise((resolve) => {
      const cancelWatch = this.onMajorityGone(false, resolve);
      // Raft keeps the time itself, but not while the disk hangs.
      const cancelLimit = this.#disk && this.#runtime.clock.schedule(STOP_TIMEOUT_MS, () => this.#onHandedOver?.());
      this.#onHandedOver = () => {
        cancelLimit?.();
        cancelWatch();
        resolve();
      };
      this.#deliver({ type: "stopping", timeoutMs: STOP_TIMEOUT_MS });
    });
  }

  #deliver(event: RaftEvent): void {
    this.#queue.deliver(event);
  }

  #step(event: RaftEvent): RaftEffect[] {
    const { clock, random } = this.#runtime;
    const chance = random.integer(CHANCES) / CHANCES;
    return this.#raft.step(event, { nowMs: clock.elapsed(), chance });
  }

  #rest(): void {
    this.#cancelTick();
    if (this.#isClosed) return;
    const { deadlineMs } = this.#raft;
    if (deadlineMs < Number.POSITIVE_INFINITY) {
      const { clock } = this.#runtime;
      this.#cancelTick = clock.schedule(deadlineMs - clock.elapsed(), () => this.#deliver({ type: "tick" }));
    }
    if (this.#onHandedOver !== undefined && this.#raft.hasHandedOver) this.#onHandedOver();
  }

  #perform(effect: PerformedAtOnce): void {
    if (isLogEffect(effect)) {
      const event = this.#replica.perform(effect, this.epoch);
      if (event !== undefined) this.#queue.step(event);
      return;
    }
    switch (effect.type) {
      case "commit":
        this.#replica.commit(effect.offset);
        break;
      case "leader":
        this.#leaderChanged(effect);
        break;
      case "send":
        this.#peers.send(effect);
        break;
      case "reply":
        this.#asked.reply(effect.id, effect.response, (response) => this.#replica.bytesOf(response));
        break;
      case "log":
        this.#runtime.log.write(effect.level, effect.line);
        break;
    }
  }

  #leaderChanged({ leaderId, epoch }: Extract<RaftEffect, { type: "leader" }>): void {
    const { role } = this.#raft;
    if (leaderId !== this.nodeId) this.#peers.followed(leaderId);
    const leadsNow = role.name === "leader" && leaderId === this.nodeId;
    this.#replica.feed.leaderChanged(leaderId, epoch, leadsNow ? role.state.epochStartOffset : undefined);
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
    if (this.#isClosed) return error;
    this.#isClosed = true;
    this.#queue.close();
    this.#cancelTick();
    this.#runtime.log.write("error", `The metadata log in ${this.#directory} failed: ${error.message}`);
    return this.#runtime.fatal(error);
  }
}

const CHANCES = 2 ** 32;
