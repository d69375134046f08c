import type { Runtime } from "../runtime.ts";
import type { LoadedMetadataLog } from "./load-metadata-log.ts";
import type { RaftTimeouts } from "./raft-options.ts";
import { endpointNamed, type VoterEndpoint, type VoterNode } from "./voter-set.ts";

export type RaftRuntime = Pick<
  Runtime,
  "clock" | "random" | "files" | "network" | "checksums" | "compression" | "log" | "fatal"
>;

export interface RaftDriverOptions {
  readonly runtime: RaftRuntime;
  readonly clusterId: string;
  /** `metadata.log.dir`, formatted; the log is in its `__cluster_metadata-0`. */
  readonly metadataLogDir: string;
  /** Takes the directory's lock, when it is none of `log.dirs`, whose locks the log manager takes. */
  readonly lockDirectory?: boolean;
  /** This replica of the metadata log. */
  readonly local: VoterNode;
  /** The first of `controller.listener.names`. */
  readonly listenerName: string;
  /** Whether this node is a controller. */
  readonly canBecomeVoter: boolean;
  /** `controller.quorum.auto.join.enable` */
  readonly autoJoin?: boolean;
  /** `controller.quorum.bootstrap.servers` */
  readonly bootstrapServers?: readonly { readonly host: string; readonly port: number }[];
  /** `controller.quorum.voters`: a quorum of kraft.version 0; left out when the log or its snapshot holds the voters. */
  readonly staticVoters?: readonly VoterNode[];
  readonly timeouts: RaftTimeouts;
  /** `polylog.fast.failover`: whether a leader whose process is gone is replaced at once. */
  readonly fastFailover?: boolean;
  /** `controller.quorum.append.linger.ms` */
  readonly lingerMs: number;
  /** `metadata.log.segment.bytes` and `metadata.log.segment.ms` */
  readonly segmentBytes?: number;
  readonly segmentMs?: number;
}

/** Throws when nobody could ever lead; warns when a controller has no vote that looks as if it should have one. */
export function checkQuorum(options: RaftDriverOptions, { quorum }: LoadedMetadataLog): void {
  const { runtime, local, canBecomeVoter } = options;
  const { voters } = quorum.latest;
  if (voters.size === 0 && bootstrapServers(options).length === 0) {
    throw new Error(
      "The metadata log names no voters, and controller.quorum.bootstrap.servers names nobody else. Format the log directory with --standalone or --initial-controllers, or set controller.quorum.voters",
    );
  }
  const known = voters.voter(local.id);
  if (!canBecomeVoter || known === undefined || voters.isVoter(local)) return;
  runtime.log.write(
    "warn",
    `Node ${local.id} is a voter with directory ${known.directoryId}, but its metadata log directory is ${local.directoryId}: it only observes the quorum until that voter is removed and this one is added`,
  );
}

/** Where others may be found: a node does not ask itself. */
export function bootstrapServers({
  local,
  listenerName,
  bootstrapServers: servers = [],
  staticVoters = [],
}: RaftDriverOptions) {
  const own: VoterEndpoint | undefined = endpointNamed(local.endpoints, listenerName);
  const voters = staticVoters
    .filter(({ id }) => id !== local.id)
    .flatMap(({ endpoints }) => endpointNamed(endpoints, listenerName) ?? []);
  return [...servers, ...voters]
    .filter(({ host, port }) => port > 0 && (host !== own?.host || port !== own.port))
    .map(({ host, port }) => ({ host, port }));
}
