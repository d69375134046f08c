import type { Scenario } from "../scenario.ts";
import { flippedMetadata, flippedRecord, flippedVote } from "./bit-flips.ts";
import { failingDirectory, failingDisk, fullDisk, slowDisk } from "./disk-faults.ts";
import type { Fault } from "./fault.ts";
import { brokenConnections, brokenLink, oneWayPartition, partition, slowNetwork } from "./network-faults.ts";
import {
  cleanRestart,
  clockJump,
  kill,
  killAll,
  pause,
  powerLoss,
  replacedComputer,
  rollingRestart,
} from "./process-faults.ts";

const FAULTS: readonly Fault[] = [
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

/** What may strike, each as likely as the others, or twice as likely where the scenario is about it. */
export function faultsOf({ logDirs, replacesDisks }: Pick<Scenario, "logDirs" | "replacesDisks">): readonly Fault[] {
  return [
    ...FAULTS,
    ...(logDirs.length > 1 ? [failingDirectory, failingDirectory] : []),
    ...(replacesDisks ? [replacedComputer, replacedComputer] : []),
  ];
}
