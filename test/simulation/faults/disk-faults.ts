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
