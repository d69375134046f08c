import { describe, expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { append, createLog, loadLog, readAll, settled, simulate } from "./log-fixture.ts";
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
});
