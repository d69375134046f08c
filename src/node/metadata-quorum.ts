import type { Config } from "../config/config.ts";
import { hasSeveralDirectories, logDirs, metadataLogDir } from "../config/create-config.ts";
import { quorumBootstrapServers, quorumVoters } from "../config/cross-checks.ts";
import { KRAFT_VERSION, SUPPORTED_FEATURES } from "../controller/feature-levels.ts";
import { MetadataLoader } from "../controller/metadata-loader.ts";
import { SnapshotGenerator } from "../controller/snapshot-generator.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import { RaftDriver, type RaftRuntime } from "../raft/raft-driver.ts";
import type { RaftTimeouts } from "../raft/raft-options.ts";
import type { VoterEndpoint, VoterNode } from "../raft/voter-set.ts";
import type { Runtime } from "../runtime.ts";
import type { NodeIdentity } from "./node-storage.ts";

export interface MetadataQuorumOptions {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly identity: NodeIdentity;
  /** Where this node's controller is reached; empty for a broker. */
  readonly endpoints: readonly VoterEndpoint[];
}

/**
 * What every node has of the metadata log: its replica, with a vote or as an observer, the image of what is committed, and
 * the snapshots of that.
 */
export class MetadataQuorum {
  readonly raft: RaftDriver;
  readonly loader: MetadataLoader;

  static async load(options: MetadataQuorumOptions): Promise<MetadataQuorum> {
    return new MetadataQuorum(options, await loadRaft(options));
  }

  private constructor({ runtime, config, identity }: MetadataQuorumOptions, raft: RaftDriver) {
    this.raft = raft;
    this.loader = new MetadataLoader(identity.clusterId);
    // First the image, then what others answer: whoever is told of a change finds it in the image.
    raft.register(this.loader);
    raft.register(
      new SnapshotGenerator({
        runtime,
        raft,
        loader: this.loader,
        maxBytes: config["metadata.log.max.record.bytes.between.snapshots"],
        maxIntervalMs: config["metadata.log.max.snapshot.interval.ms"],
        retentionBytes: config["metadata.max.retention.bytes"],
        retentionMs: config["metadata.max.retention.ms"],
      }),
    );
  }
}

/** The name of the listener by which controllers are reached. */
export function controllerListenerName(config: Config): string {
  return config["controller.listener.names"][0]!.toUpperCase();
}

function loadRaft({ runtime, config, identity, endpoints }: MetadataQuorumOptions): Promise<RaftDriver> {
  return RaftDriver.load({
    runtime: withWatchedDisk(runtime, config),
    clusterId: identity.clusterId,
    metadataLogDir: metadataLogDir(config),
    lockDirectory: !logDirs(config).includes(metadataLogDir(config)) || !config["process.roles"].includes("broker"),
    local: {
      id: config["node.id"],
      directoryId: identity.directoryId,
      endpoints,
      supportedKRaftVersion: SUPPORTED_FEATURES.get(KRAFT_VERSION)!,
    },
    listenerName: controllerListenerName(config),
    canBecomeVoter: config["process.roles"].includes("controller"),
    autoJoin: config["controller.quorum.auto.join.enable"],
    bootstrapServers: quorumBootstrapServers(config),
    staticVoters: staticVoters(config),
    timeouts: raftTimeouts(config),
    fastFailover: config["polylog.fast.failover"],
    lingerMs: config["controller.quorum.append.linger.ms"],
    segmentBytes: config["metadata.log.segment.bytes"],
    segmentMs: config["metadata.log.segment.ms"],
  });
}

/** Who has no other directory has nothing that could go on while this one hangs. */
function withWatchedDisk(runtime: Runtime, config: Config): RaftRuntime {
  if (!hasSeveralDirectories(config)) return runtime;
  const directory = metadataLogDir(config);
  const files = runtime.files.watch?.(directory, {
    stalled: () =>
      runtime.log.write(
        "warn",
        `The disk of the metadata log in ${directory} does not answer: this node takes no part in the metadata quorum until it does`,
      ),
    answered: (afterMs) =>
      runtime.log.write(
        "info",
        `The disk of the metadata log in ${directory} answers again, after ${Math.round(afterMs)} ms`,
      ),
    failed: (error) => {
      runtime.log.write("error", `The metadata log in ${directory} failed: ${error.message}`);
      runtime.fatal(error);
    },
    unwatched: (reason) =>
      runtime.log.write(
        "warn",
        `The disk of the metadata log in ${directory} is not watched, as no thread can be started (${reason}): if it hangs, so does the node`,
      ),
  });
  return files === undefined ? runtime : { ...runtime, files };
}

function raftTimeouts(config: Config): RaftTimeouts {
  return {
    electionTimeoutMs: config["controller.quorum.election.timeout.ms"],
    electionBackoffMaxMs: config["controller.quorum.election.backoff.max.ms"],
    fetchTimeoutMs: config["controller.quorum.fetch.timeout.ms"],
    requestTimeoutMs: config["controller.quorum.request.timeout.ms"],
    retryBackoffMs: config["controller.quorum.retry.backoff.ms"],
    fetchMaxBytes: config["controller.quorum.fetch.max.bytes"],
    fetchSnapshotMaxBytes: config["controller.quorum.fetch.snapshot.max.bytes"],
  };
}

/** `controller.quorum.voters`; undefined when the metadata log holds the voters. */
function staticVoters(config: Config): readonly VoterNode[] | undefined {
  const voters = quorumVoters(config);
  if (voters.size === 0) return undefined;
  const name = controllerListenerName(config);
  return [...voters].map(([id, { host, port }]) => ({
    id,
    directoryId: ZERO_UUID,
    endpoints: [{ name, host, port }],
    supportedKRaftVersion: { min: 0, max: 0 },
  }));
}
