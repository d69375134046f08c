interface Membership {
  /** By partition: what was committed when this member was given it; nothing before may be delivered to it. */
  readonly floors: ReadonlyMap<number, number>;
}

/**
 * What a group of consumers was given, of partitions whose offsets are dense. Throws at the first record that is left out,
 * that is another one than at the same offset before, or that comes again although it was committed before its member joined.
 */
export class ConsumedRecords {
  /** By partition, at their offsets. */
  private readonly values = new Map<number, string[]>();
  /** By partition, as acknowledged by the coordinator. */
  private readonly committed = new Map<number, number>();
  private readonly memberships = new Map<string, Membership>();
  private repeatedCount = 0;

  /** Records that came again after a member was lost, before they were committed. */
  get repeated(): number {
    return this.repeatedCount;
  }

  of(partition: number): readonly string[] {
    return this.values.get(partition) ?? [];
  }

  joined(member: string): void {
    this.memberships.set(member, { floors: new Map(this.committed) });
  }

  /** The coordinator has acknowledged that the group goes on at this offset. */
  commit(partition: number, offset: number): void {
    const before = this.committed.get(partition) ?? 0;
    this.committed.set(partition, Math.max(before, offset));
  }

  take(member: string, partition: number, offset: number, value: string): void {
    const values = this.values.get(partition) ?? [];
    this.values.set(partition, values);
    const where = `${member} was given offset ${offset} of partition ${partition}`;
    if (offset > values.length) throw new Error(`${where}, and nobody offset ${values.length}`);
    const floor = this.memberships.get(member)?.floors.get(partition) ?? 0;
    if (offset < floor) throw new Error(`${where}, after ${floor} had been committed`);
    if (offset === values.length) {
      values.push(value);
      return;
    }
    if (values[offset] !== value) throw new Error(`${where} with ${value}, and before with ${values[offset]}`);
    this.repeatedCount++;
  }
}
