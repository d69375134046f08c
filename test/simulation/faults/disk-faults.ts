import type { Cluster, ClusterNode } from "../cluster.ts";
import { OTHER_DIRECTORY } from "../stored-logs.ts";
import { anyRunning, type Fault } from "./fault.ts";

/** No file grows: ENOSPC. */
export const fullDisk: Fault = {
  kind: "full disk",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined || !context.mayKill() || node.computer.disk.isFull) return undefined;
    const { disk } = node.computer;
    disk.isFull = true;
    const heal = () => {
      disk.isFull = false;
    };
    return { text: `the disk of node ${node.id} is full`, heal };
  },
};

/** Writes and syncs fail: EIO. */
export const failingDisk: Fault = {
  kind: "failing disk",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined || !context.mayKill() || node.computer.disk.isFailing) return undefined;
    const { disk } = node.computer;
    disk.isFailing = true;
    const heal = () => {
      disk.isFailing = false;
    };
    return { text: `the disk of node ${node.id} fails`, heal };
  },
};

const SLOW_SYNC_MS = 400;

export const slowDisk: Fault = {
  kind: "slow disk",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined) return undefined;
    const { disk } = node.computer;
    const slowMs = 20 + context.random.integer(SLOW_SYNC_MS);
    disk.syncMs += slowMs;
    const heal = () => {
      disk.syncMs -= slowMs;
    };
    return { text: `a sync on node ${node.id} takes ${slowMs} ms more`, heal };
  },
};

/** Of two log directories one fails: EIO. Its broker does without it until it is started again. */
export const failingDirectory: Fault = {
  kind: "failing directory",
  strike(context) {
    const node = anyRunning(context);
    if (node?.broker === undefined || !node.roles.includes("broker") || !context.mayKill()) return undefined;
    const { disk } = node.computer;
    if (disk.failingDirectory !== undefined) return undefined;
    disk.failingDirectory = OTHER_DIRECTORY;
    const heal = () => {
      disk.failingDirectory = undefined;
      void restart(context.cluster, node);
    };
    return { text: `a log directory of node ${node.id} fails`, heal };
  },
};

const RESTART_PAUSE_MS = 1_000;
const STOP_LIMIT_MS = 20_000;

/** Cleanly, unless something else ends it meanwhile; whoever has ended the node before starts it again, too. */
async function restart(cluster: Cluster, node: ClusterNode): Promise<void> {
  const { computer } = node;
  while (node.isWanted && node.broker === undefined) await cluster.pause(RESTART_PAUSE_MS);
  if (!node.isWanted) return;
  const { process } = computer;
  void cluster.stop(node);
  for (let waitedMs = 0; computer.process === process && waitedMs < STOP_LIMIT_MS; waitedMs += RESTART_PAUSE_MS) {
    await cluster.pause(RESTART_PAUSE_MS);
  }
  if (computer.process === process) cluster.kill(node);
  cluster.start(node);
}
