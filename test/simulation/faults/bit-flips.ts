import { QUORUM_STATE_FILE } from "../../../src/raft/election-state.ts";
import { flushedLog } from "../../../src/raft/flushed-batch-file.ts";
import { CLUSTER_METADATA_DIRECTORY } from "../../../src/raft/load-metadata-log.ts";
import { RECORD_BATCH_OVERHEAD } from "../../../src/record/record-batch.ts";
import type { ClusterNode } from "../cluster.ts";
import { FlippedBit, type Stretch } from "../flipped-bit.ts";
import { TOPIC } from "../scenario.ts";
import { batchesOf, DATA_DIRECTORY, logDirectories, readFile, segmentsOf, storedLogs } from "../stored-logs.ts";
import { anyRunning, type Fault, type FaultContext } from "./fault.ts";

/** In a batch, after its base offset: a wrong length puts what lies behind it, and its checksum, elsewhere. */
const LENGTH = { from: 8, to: 12 };
/** By which a leader knows whether an offset is in a batch, or behind it. */
const LAST_OFFSET_DELTA = { from: 23, to: 27 };
/** Where the checksum of a batch begins to tell what has flipped: at the magic, which is told by itself. */
const CHECKED_POSITION = 16;
/** Among these is the one that a bit flips in: a follower that loses its power has not synced them. */
const LAST_BATCHES = 4;
const METADATA_DIRECTORY = `${DATA_DIRECTORY}/${CLUSTER_METADATA_DIRECTORY}`;

/**
 * A bit of a record that all replicas have flips on the leader. Then nothing happens, or that node is killed, or a follower
 * loses its power and asks for its last records again.
 */
export const flippedRecord: Fault = {
  kind: "flipped bit in a log",
  strike(context) {
    const { cluster, random } = context;
    if (!context.mayLosePower()) return undefined;
    const found = replicatedBatch(context);
    if (found === undefined) return undefined;
    const { leader, follower, stretch } = found;
    const heal = flip(context, leader, stretch, isSent);
    cluster.powerLosses++;
    const { partition, baseOffset } = stretch.batch!;
    const text = `a bit flips on leader ${leader.id} at offset ${baseOffset} of ${partition}`;
    switch (random.integer(4)) {
      case 0:
        return { text, heal };
      case 1:
        cluster.kill(leader);
        cluster.start(leader);
        return { text: `${text}, and it is killed`, heal };
      default:
        cluster.losePower(follower);
        cluster.start(follower);
        return { text: `${text}, and node ${follower.id} loses its power`, heal };
    }
  },
};

/** A controller is killed, and finds another bit in what it has flushed of the metadata log. */
export const flippedMetadata: Fault = {
  kind: "flipped bit in the metadata log",
  strike(context) {
    const node = anyController(context);
    const stretch = node && flushedBatch(context, node);
    if (node === undefined || stretch === undefined) return undefined;
    const where = `at offset ${stretch.batch!.baseOffset} of its metadata log`;
    return restartFlipped(context, node, stretch, stretch.isLast ? isAny : isBeforeEpoch, where);
  },
};

/** A controller is killed, and finds another bit in its `quorum-state`. */
export const flippedVote: Fault = {
  kind: "flipped bit in quorum-state",
  strike(context) {
    const node = anyController(context);
    const path = `${METADATA_DIRECTORY}/${QUORUM_STATE_FILE}`;
    const sizeBytes = node?.computer.disk.files.stat(path)?.sizeBytes ?? 0;
    if (node === undefined || sizeBytes === 0) return undefined;
    return restartFlipped(context, node, { path, position: 0, sizeBytes }, isAny, "in its quorum-state");
  },
};

/** A bit flips of what a computer that has just lost its power had not synced. Answers what has happened. */
export function flipUnsynced({ random }: FaultContext, { computer }: ClusterNode, synced: ReadonlyMap<string, number>) {
  const { files } = computer.disk;
  const stretches = [...synced].flatMap(([path, syncedBytes]) =>
    files.stat(path) === undefined ? [] : batchesIn(computer, path).filter(({ position }) => position >= syncedBytes),
  );
  if (stretches.length === 0) return "";
  const stretch = stretches[random.integer(stretches.length)]!;
  const { position, bit } = anyBit(random, stretch, isTornEnd);
  files.flipBit(stretch.path, position, bit);
  return `, and a bit of ${stretch.path} is another at byte ${position}`;
}

/** By path: how much of each segment is synced. */
export function syncedSegments({ computer }: ClusterNode): ReadonlyMap<string, number> {
  const { files } = computer.disk;
  const paths = [...logDirectories(files)].flatMap(({ directory }) =>
    segmentsOf(files, directory).map((segment) => `${directory}/${segment}`),
  );
  return new Map(paths.map((path) => [path, files.syncedSize(path)]));
}

type Selection = (byte: number) => boolean;

const isChecked: Selection = (byte) => byte >= CHECKED_POSITION;
/** Bytes of a batch whose damage is found: by who reads it from a leader, */
const isSent: Selection = (byte) => isChecked(byte) && (byte < LAST_OFFSET_DELTA.from || byte >= LAST_OFFSET_DELTA.to);
/** by a start that checks what was not synced, */
const isTornEnd: Selection = (byte) => isChecked(byte) || (byte >= LENGTH.from && byte < LENGTH.to);
/** by a start that knows that the metadata log has no gaps, */
const isBeforeEpoch: Selection = (byte) => isChecked(byte) || byte < LENGTH.to;
/** and by one that has the header of that batch in another file. */
const isAny: Selection = () => true;

function restartFlipped(
  context: FaultContext,
  node: ClusterNode,
  stretch: Stretch,
  selection: Selection,
  where: string,
) {
  const { cluster } = context;
  cluster.kill(node);
  const restore = flip(context, node, stretch, selection);
  cluster.start(node);
  return { text: `node ${node.id} is killed, and a bit flips ${where}`, heal: restore };
}

/** Answers how it is made good. */
function flip(
  { cluster, random }: FaultContext,
  { id, computer }: ClusterNode,
  stretch: Stretch,
  selection: Selection,
): () => void {
  const { position, bit } = anyBit(random, stretch, selection);
  const flipped = new FlippedBit(computer.disk.files, stretch, position, bit);
  cluster.damaged.add(flipped);
  cluster.saw({ type: "bit flipped", nodeId: id, damage: flipped.damage });
  return () => {
    flipped.restore();
    cluster.damaged.delete(flipped);
    cluster.saw({ type: "bit restored", nodeId: id, damage: flipped.damage });
  };
}

/** In a batch the fields of the header are hit as often as all the rest: half of the tries are for it. */
function anyBit(random: FaultContext["random"], { position, sizeBytes }: Stretch, selection: Selection) {
  const reach = random.integer(2) === 0 ? sizeBytes : Math.min(sizeBytes, RECORD_BATCH_OVERHEAD);
  const bytes = Array.from({ length: reach }, (_, byte) => byte).filter(selection);
  return { position: position + bytes[random.integer(bytes.length)]!, bit: random.integer(8) };
}

function anyController(context: FaultContext): ClusterNode | undefined {
  const node = anyRunning(context);
  if (node?.broker === undefined || !node.roles.includes("controller") || !context.mayKill()) return undefined;
  return node;
}

/** `isLast`: of those that were flushed. */
function flushedBatch(
  { random }: FaultContext,
  { computer }: ClusterNode,
): (Stretch & { readonly isLast: boolean }) | undefined {
  const extent = flushedLog(computer.disk.files, METADATA_DIRECTORY)?.extent;
  if (extent === undefined) return undefined;
  const path = `${METADATA_DIRECTORY}/${String(extent.baseOffset).padStart(20, "0")}.log`;
  const batches = batchesIn(computer, path).filter((batch) => batch.position < extent.sizeBytes);
  if (batches.length === 0) return undefined;
  const last = batches.length - 1;
  const index = random.integer(2) === 0 ? last : random.integer(batches.length);
  return { ...batches[index]!, isLast: index === last };
}

/** One of the last ones of a partition with records of clients. */
function replicatedBatch({ cluster, random }: FaultContext) {
  const led = cluster.ledPartitions().filter(({ topic }) => topic === TOPIC);
  if (led.length === 0) return undefined;
  const { topic, index, leaderId, replicas } = led[random.integer(led.length)]!;
  const hosts = cluster.brokers.filter(({ id }) => replicas.includes(id));
  const logs = storedLogs(hosts).get(`${topic}-${index}`) ?? [];
  const endOffset = Math.min(...logs.map(({ batches }) => batches.at(-1)?.lastOffset ?? -1));
  const leader = hosts.find(({ id }) => id === leaderId)!;
  const followers = hosts.filter(({ id }) => id !== leaderId);
  const batches = batchesIn(leader.computer, newestSegment(leader, `${topic}-${index}`)).filter(
    (batch) => batch.lastOffset <= endOffset,
  );
  if (batches.length === 0) return undefined;
  const stretch = batches[batches.length - 1 - random.integer(Math.min(batches.length, LAST_BATCHES))]!;
  return { leader, follower: followers[random.integer(followers.length)]!, stretch };
}

function newestSegment({ computer }: ClusterNode, partition: string): string {
  const { files } = computer.disk;
  const { directory } = [...logDirectories(files)].find((log) => log.partition === partition)!;
  return `${directory}/${segmentsOf(files, directory).at(-1)!}`;
}

function batchesIn({ disk }: ClusterNode["computer"], path: string) {
  const partition = path.split("/").at(-2)!;
  return [...batchesOf(readFile(disk.files, path))].map(({ baseOffset, lastOffset, bytes }) => ({
    path,
    position: bytes.byteOffset,
    sizeBytes: bytes.length,
    lastOffset,
    batch: { partition, baseOffset },
  }));
}
