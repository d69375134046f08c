import type { StoredLog } from "../cluster-end.ts";
import type { ClusterEvent, Damage } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * A bit that flips is detected: a batch whose checksum is wrong is found on the disk only where its bit has flipped, never
 * where it was replicated to; it is gone once a node that lost its power has started again, when it was not synced then; and
 * readers notice it only when that node sends it. A controller with damage in what it has flushed of the metadata log, or in
 * its `quorum-state`, does not start, and names the file. Fault model: one bit at a time, anywhere in `quorum-state`, and in
 * a batch where something tells: its checksum, from the magic on; the end of the batch, for its length, where a start looks
 * at it; in the metadata log, which has no gaps, for its base offset; and for the leader epoch the copy of the header of what
 * was flushed last. A base offset or a leader epoch elsewhere is outside of what Kafka's format can tell.
 */
export class DamageDetected extends Checker {
  readonly name = "DamageDetected";
  /** By node: of batches, all that ever were. */
  readonly #batches = new Map<number, Set<string>>();
  /** By node: what it must not start with. */
  readonly #fatal = new Map<number, Damage>();

  override observe(event: ClusterEvent): void {
    switch (event.type) {
      case "bit flipped":
        this.#flipped(event.nodeId, event.damage);
        break;
      case "bit restored":
        if (this.#fatal.get(event.nodeId) === event.damage) this.#fatal.delete(event.nodeId);
        break;
      case "fetched":
        if (event.damagedOffset !== undefined) this.#expect(event.nodeId, event.partition, event.damagedOffset);
        break;
      case "node started":
        this.#started(event.nodeId);
        break;
      case "node refused":
        this.#refused(event.nodeId, event.message);
    }
  }

  override observeLogs(logs: ReadonlyMap<string, readonly StoredLog[]>): void {
    for (const [partition, replicas] of logs) {
      for (const { nodeId, batches } of replicas) {
        for (const { baseOffset, isIntact } of batches) if (!isIntact) this.#expect(nodeId, partition, baseOffset);
      }
    }
  }

  #flipped(nodeId: number, damage: Damage): void {
    if (isVouchedFor(damage)) this.#fatal.set(nodeId, damage);
    if (damage.batch === undefined) return;
    const known = this.#batches.get(nodeId) ?? new Set();
    this.#batches.set(nodeId, known.add(keyOf(damage.batch.partition, damage.batch.baseOffset)));
  }

  #expect(nodeId: number, partition: string, baseOffset: number): void {
    if (this.#batches.get(nodeId)?.has(keyOf(partition, baseOffset))) return;
    this.violated(
      `node ${nodeId} has a damaged batch at offset ${baseOffset} of ${partition}, where no bit has flipped`,
    );
  }

  #started(nodeId: number): void {
    const damage = this.#fatal.get(nodeId);
    if (damage !== undefined) this.violated(`node ${nodeId} has started with damage in ${damage.path}`);
  }

  #refused(nodeId: number, message: string): void {
    const damage = this.#fatal.get(nodeId);
    if (damage === undefined || message.includes(`${damage.path} is damaged`)) return;
    this.violated(`node ${nodeId} does not start, and does not name ${damage.path}: ${message}`);
  }
}

function isVouchedFor({ path }: Damage): boolean {
  return path.includes("/__cluster_metadata-0/");
}

function keyOf(partition: string, baseOffset: number): string {
  return `${partition} ${baseOffset}`;
}
