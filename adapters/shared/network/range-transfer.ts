import type { RangeTransfer } from "../../../src/runtime.ts";
import type { ForeignFunctions } from "../foreign-functions.ts";
import { layoutObstacle } from "../system-calls.ts";

/** What the choice depends on. */
export interface RangeTransferHost {
  /** As Node names it: linux, darwin, ... */
  readonly platform: string;
  readonly architecture: string;
  readonly areFilesOnDisk: boolean;
  /** Undefined where there are no sockets of the operating system. */
  readonly foreignFunctions: ForeignFunctions | undefined;
}

/** Decides how file ranges get to sockets, by the configuration and by what this machine has. Loads nothing. */
export function chooseRangeTransfer(mayBeZeroCopy: boolean, host: RangeTransferHost): RangeTransfer {
  const reason = mayBeZeroCopy ? obstacleOf(host) : "polylog.zero.copy is off";
  return reason === undefined ? { kind: "sendfile" } : { kind: "copy", reason };
}

function obstacleOf({
  platform,
  architecture,
  areFilesOnDisk,
  foreignFunctions,
}: RangeTransferHost): string | undefined {
  if (!areFilesOnDisk) return "the files are in memory";
  if (platform !== "linux") return `sendfile(2) is used on Linux only, and this is ${platform}`;
  const obstacle = layoutObstacle(architecture);
  if (obstacle !== undefined) return obstacle;
  if (foreignFunctions === undefined) return "this network has no sockets of the operating system";
  return foreignFunctions.obstacle();
}
