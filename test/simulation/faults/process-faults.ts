import { flipUnsynced, syncedSegments } from "./bit-flips.ts";
import { anyRunning, type Fault } from "./fault.ts";

/** As kill -9: connections are reset, and what was written is in the page cache. */
export const kill: Fault = {
  kind: "kill",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined || !context.mayKill()) return undefined;
    context.cluster.kill(node);
    return { text: `node ${node.id} is killed`, heal: () => context.cluster.start(node) };
  },
};

/** Every process at once. */
export const killAll: Fault = {
  kind: "kill all",
  strike({ cluster, mayKill }) {
    const running = cluster.nodes.filter(({ isWanted }) => isWanted);
    if (running.length < cluster.nodes.length || !mayKill()) return undefined;
    for (const node of running) cluster.kill(node);
    return { text: "all nodes are killed", heal: () => running.forEach((node) => void cluster.start(node)) };
  },
};

/** The computer is off: nobody is told, and what was not synced is lost or torn, or has another bit. One at a time. */
export const powerLoss: Fault = {
  kind: "power loss",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined || !context.mayLosePower()) return undefined;
    const synced = syncedSegments(node);
    context.cluster.losePower(node);
    const flipped = context.random.integer(2) === 0 ? flipUnsynced(context, node, synced) : "";
    return { text: `node ${node.id} loses its power${flipped}`, heal: () => context.cluster.start(node) };
  },
};

/** All that a computer had is gone. One of its name takes its place, formatted, and its controller joins the quorum by itself. */
export const replacedComputer: Fault = {
  kind: "replaced computer",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined || !node.computer.disk.isSound || !context.mayReplaceDisk()) return undefined;
    context.cluster.replaceDisk(node);
    return { text: `node ${node.id} is replaced by an empty one`, heal: () => context.cluster.start(node) };
  },
};

/** As SIGSTOP: the system still accepts connections for it. */
export const pause: Fault = {
  kind: "pause",
  strike(context) {
    const node = anyRunning(context);
    const process = node?.computer.process;
    if (node === undefined || process === undefined) return undefined;
    process.clock.stop();
    return { text: `node ${node.id} is stopped`, heal: () => process.clock.resume() };
  },
};

/** As SIGTERM, with a controlled shutdown. */
export const cleanRestart: Fault = {
  kind: "clean restart",
  strike(context) {
    const node = anyRunning(context);
    if (node?.broker === undefined) return undefined;
    void context.cluster.stop(node);
    const heal = () => {
      // It may still be handing over.
      if (node.computer.isRunning) context.cluster.kill(node);
      context.cluster.start(node);
    };
    return { text: `node ${node.id} is stopped cleanly`, heal };
  },
};

const ROLLING_PAUSE_MS = 1_000;

/** One node after the other is stopped cleanly and started again, as for an upgrade. */
export const rollingRestart: Fault = {
  kind: "rolling restart",
  strike(context) {
    const { cluster } = context;
    if (!context.mayKill() || cluster.nodes.some(({ broker }) => broker === undefined)) return undefined;
    let isOver = false;
    const roll = async () => {
      for (const node of cluster.nodes) {
        if (isOver || node.broker === undefined) continue;
        await cluster.stop(node);
        cluster.start(node);
        while (!isOver && node.broker === undefined) await cluster.pause(ROLLING_PAUSE_MS);
      }
    };
    void roll();
    const heal = () => {
      isOver = true;
      // One of them may still be handing over.
      for (const node of cluster.nodes) {
        if (node.isWanted) continue;
        if (node.computer.isRunning) cluster.kill(node);
        cluster.start(node);
      }
    };
    return { text: "all nodes are restarted, one after the other", heal };
  },
};

const MAX_JUMP_MS = 3_600_000;

/** The wall clock is set, forwards or back. */
export const clockJump: Fault = {
  kind: "clock jump",
  strike({ cluster, random }) {
    const { id, computer } = cluster.nodes[random.integer(cluster.nodes.length)]!;
    const jumpMs = random.integer(2 * MAX_JUMP_MS) - MAX_JUMP_MS;
    computer.time.wallOffsetMs += jumpMs;
    return {
      text: `the clock of node ${id} jumps by ${jumpMs} ms`,
      heal: () => {
        computer.time.wallOffsetMs -= jumpMs;
      },
    };
  },
};
