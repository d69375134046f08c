import { flippedMetadata, flippedRecord, flippedVote } from "./bit-flips.ts";
import { failingDisk, fullDisk, slowDisk } from "./disk-faults.ts";
import type { Fault } from "./fault.ts";
import { brokenConnections, brokenLink, oneWayPartition, partition, slowNetwork } from "./network-faults.ts";
import { cleanRestart, clockJump, kill, killAll, pause, powerLoss, rollingRestart } from "./process-faults.ts";

/** What may strike, each as likely as the others. */
export const faults: readonly Fault[] = [
  kill,
  killAll,
  powerLoss,
  pause,
  cleanRestart,
  rollingRestart,
  clockJump,
  partition,
  oneWayPartition,
  brokenLink,
  slowNetwork,
  brokenConnections,
  fullDisk,
  failingDisk,
  slowDisk,
  flippedRecord,
  flippedMetadata,
  flippedVote,
];
