import { describe, expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import { append, createLog, loadLog, readAll, START_MS, settled, simulate } from "./log-fixture.ts";
import { change, config, content, expected, filledLog, firstSegment, trimmed } from "./recovery-fixture.ts";

describe("after a power cut", () => {
  /** The log directory itself is there for long. */
  async function formatted(): Promise<SimulatedRuntime> {
    const runtime = simulate();
    runtime.files.makeDirectory("/data");
    await settled(runtime, runtime.files.syncDirectory("/"));
    return runtime;
  }

  test("what was flushed is there", async () => {
    const runtime = await formatted();
    const log = filledLog(runtime, 20);
    await settled(runtime, log.flush());
    expect(log.recoveryPoint).toBe(20);
    for (let index = 20; index < 30; index++) append(log, [`${index}`]);
    log.closeHandlers();
    runtime.files.crash();
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false, recoveryPoint: 0 });
    expect(recovered.logEndOffset).toBeGreaterThanOrEqual(20);
    expect(trimmed(recovered).slice(0, 20)).toEqual(expected(20));
  });

  test("a truncated end that the disk brings back ends where the segment begins that took its place", async () => {
    const runtime = await formatted();
    const log = createLog(runtime, config);
    append(log, ["kept"]);
    append(log, ["cut", "off"]);
    await settled(runtime, log.flush());
    const before = content(runtime, `${firstSegment}.log`);
    log.truncateTo(1);
    log.roll();
    append(log, ["new"], {}, 1);
    const { recoveryPoint } = log;
    log.closeHandlers();
    // The new segment has got to the disk, the shorter length of the old one has not.
    change(runtime, `${firstSegment}.log`, (file) => file.write(before, 0));
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false, recoveryPoint });
    expect(readAll(recovered).map(({ offset, value }) => [offset, new TextDecoder().decode(value!)])).toEqual([
      [0, "kept"],
    ]);
    expect(recovered).toMatchObject({ logEndOffset: 1, latestEpoch: 0 });
    expect(append(recovered, ["again"], {}, 2).firstOffset).toBe(1);
  });

  // A follower goes on to append then: a batch that came back would stand in front of others as if it belonged there.
  test("what was cut off does not come back when the truncation has been written", async () => {
    const runtime = await formatted();
    const log = filledLog(runtime, 20);
    await settled(runtime, log.flush());
    log.truncateTo(10);
    await settled(runtime, log.truncationWritten);
    const { sizeBytes } = log;
    log.closeHandlers();
    runtime.files.crash();
    expect(content(runtime, `${firstSegment}.log`)).toHaveLength(sizeBytes);
  });

  test("a flush that waits for another one's disk covers what the other one did", async () => {
    const runtime = await formatted();
    const log = filledLog(runtime, 3);
    const first = log.flush();
    const second = log.flush();
    await settled(runtime, second);
    runtime.files.crash();
    expect(runtime.files.stat(`${firstSegment}.log`)?.sizeBytes).toBe(log.sizeBytes);
    await settled(runtime, first);
  });

  describe("a segment that was closed when all its batches had been flushed", () => {
    async function closedAfterFlush(): Promise<{ runtime: SimulatedRuntime; recoveryPoint: number }> {
      const runtime = await formatted();
      const log = createLog(runtime, config);
      append(log, ["first"]);
      await settled(runtime, log.flush());
      log.roll();
      log.closeHandlers();
      return { runtime, recoveryPoint: log.recoveryPoint };
    }

    function expectItsTime(log: Log): void {
      const segment = log.segments[0]!;
      expect(segment.baseOffset).toBe(0);
      expect(segment.timeIndex.entries).toBe(1);
      expect(segment.timeIndex.entry(0)).toEqual({ timestamp: START_MS, offset: 0 });
    }

    test("has the time of its last batch in its index, though only the next segment had got to the disk", async () => {
      const { runtime, recoveryPoint } = await closedAfterFlush();
      await settled(runtime, runtime.files.syncDirectory("/data/orders-0"));
      runtime.files.crash();
      const recovered = await loadLog(runtime, { config, hadCleanShutdown: false, recoveryPoint });
      expect(recovered.segments).toHaveLength(2);
      expectItsTime(recovered);
    });

    test("has lost what a recovery had cut off before it was closed, though the disk has brought that back", async () => {
      const runtime = await formatted();
      const indexed = { ...config, "index.interval.bytes": 1 };
      const log = createLog(runtime, indexed);
      append(log, ["first"]);
      await settled(runtime, log.flush());
      const { recoveryPoint, sizeBytes } = log;
      for (const value of ["cut", "off"]) append(log, [value], { timestamp: START_MS + 1_000 });
      await settled(runtime, log.segments[0]!.sync());
      log.closeHandlers();
      change(runtime, `${firstSegment}.log`, (file) => file.truncate(sizeBytes + 1));
      const options = { config: indexed, hadCleanShutdown: false, recoveryPoint };
      const cut = await loadLog(runtime, options);
      expect(cut.logEndOffset).toBe(1);
      cut.roll();
      cut.closeHandlers();
      await settled(runtime, runtime.files.syncDirectory("/data/orders-0"));
      runtime.files.crash();
      const recovered = await loadLog(runtime, options);
      expect(recovered.segments).toHaveLength(2);
      expect(readAll(recovered).map(({ offset }) => offset)).toEqual([0]);
      expect(recovered.segments[0]!.offsetIndex.entries).toBe(0);
      expectItsTime(recovered);
      expect(append(recovered, ["again"]).firstOffset).toBe(1);
    });

    test("has it after a kill, too, when the power is cut once the log has been flushed further", async () => {
      const { runtime, recoveryPoint } = await closedAfterFlush();
      const killed = await loadLog(runtime, { config, hadCleanShutdown: false, recoveryPoint });
      append(killed, ["second"]);
      await settled(runtime, killed.flush());
      killed.closeHandlers();
      runtime.files.crash();
      const recovered = await loadLog(runtime, {
        ...{ config, hadCleanShutdown: false },
        recoveryPoint: killed.recoveryPoint,
      });
      expect(recovered.logEndOffset).toBe(2);
      expectItsTime(recovered);
    });
  });
});
