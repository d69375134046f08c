import type { ClusterEvent } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * Who asks for a committed offset is told the last one that was acknowledged, or a later one. Commits of a group count up.
 * Fault model: that of CommittedNeverLost, as commits are records of a replicated partition.
 */
export class CommittedOffsetsNeverGoBack extends Checker {
  readonly name = "CommittedOffsetsNeverGoBack";

  override observe(event: ClusterEvent): void {
    if (event.type !== "committed offset seen" || event.offset >= event.askedAfter) return;
    this.violated(
      `group ${event.group} has committed ${event.askedAfter} of ${event.partition}, and is told ${event.offset}`,
    );
  }
}
