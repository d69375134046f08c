import { describe, expect, test } from "vitest";
import { parseLeaderEpochs } from "../../src/log/leader-epoch-checkpoint.ts";
import { Log } from "../../src/log/log.ts";
import { FailingFiles } from "./failing-files.ts";
import { append, decodeRange, loadLog, logOptions, settled, simulate } from "./log-fixture.ts";
import { change, config, content, directory, expected, filledLog, firstSegment, trimmed } from "./recovery-fixture.ts";

/** A stopped log of several segments, and a file system that notes the paths of the calls on it. */
async function stoppedLog(isClean: boolean) {
  const runtime = simulate();
  const log = filledLog(runtime);
  if (isClean) await settled(runtime, log.close());
  else {
    await settled(runtime, log.flush());
    log.closeHandlers();
  }
  const files = new FailingFiles(runtime.files);
  const calls: string[] = [];
  files.fault = (call, path) => {
    calls.push(`${call} ${path.slice(directory.length + 1)}`);
    return undefined;
  };
  const open = () => {
    const options = logOptions(runtime, { config, hadCleanShutdown: isClean, recoveryPoint: 50 });
    return settled(runtime, Log.load({ ...options, runtime: { ...runtime, files } }));
  };
  const lastSegment = log.segments.at(-1)!.path.slice(directory.length + 1);
  return { runtime, calls, open, lastSegment };
}

const isOfSegment = (call: string) => /\d{20}\.(log|index|timeindex|txnindex)$/.test(call);

describe("opening a log", () => {
  test("after a clean stop opens no file of a segment but the last one's, and writes nothing", async () => {
    const { calls, open, lastSegment } = await stoppedLog(true);
    const log = await open();
    const opened = calls.filter((call) => isOfSegment(call) && !call.startsWith("stat "));
    expect(new Set(opened)).toEqual(new Set([`open ${lastSegment}`, `read ${lastSegment}`]));
    expect(calls.filter((call) => /^(write|truncate|rename|remove|sync|makeDirectory)/.test(call))).toEqual([]);
    expect(trimmed(log)).toEqual(expected(50));
  });

  test("an epoch that began and brought nothing is forgotten, in the file with the next batch", async () => {
    const { runtime, calls, open } = await stoppedLog(true);
    const lead = await open();
    lead.assignEpochStartOffset(1, 50);
    await settled(runtime, lead.close());
    calls.length = 0;
    const log = await open();
    expect(log.epochEntries).toEqual([{ epoch: 0, startOffset: 0 }]);
    expect(calls.filter((call) => /^(write|truncate|rename|remove|sync|makeDirectory)/.test(call))).toEqual([]);
    // A leader of a later epoch may well have records of the one before.
    append(log, ["50"], {}, 0);
    await settled(runtime, log.flush());
    expect(parseLeaderEpochs(content(runtime, `${directory}/leader-epoch-checkpoint`))).toEqual(log.epochEntries);
  });

  test("after a kill opens no file of a segment that was on the disk before, and writes no index", async () => {
    const { calls, open, lastSegment } = await stoppedLog(false);
    const log = await open();
    const opened = calls.filter((call) => isOfSegment(call) && !call.startsWith("stat "));
    expect(new Set(opened)).toEqual(new Set(["open", "size", "read"].map((call) => `${call} ${lastSegment}`)));
    expect(trimmed(log)).toEqual(expected(50));
  });

  test("an idle log is stopped as it was opened", async () => {
    const { runtime, calls, open } = await stoppedLog(true);
    const log = await open();
    calls.length = 0;
    await settled(runtime, log.close());
    expect(calls.filter((call) => /^(open|write|truncate|sync)/.test(call))).toEqual([]);
  });

  test("an index that can't be one is built anew when it is needed, and the log says so", async () => {
    for (const damage of ["position behind the end", "offset below the base", "odd size", "times that fall"]) {
      const { runtime, open } = await stoppedLog(true);
      const intact = [".index", ".timeindex"].map((suffix) => content(runtime, firstSegment + suffix));
      const path = firstSegment + (damage === "times that fall" ? ".timeindex" : ".index");
      change(runtime, path, (file) => {
        const last = file.size() - (damage === "times that fall" ? 12 : 8);
        if (damage === "position behind the end") file.write(new Uint8Array([0x7f]), last + 4);
        if (damage === "offset below the base") file.write(new Uint8Array([0xff]), last);
        if (damage === "odd size") file.truncate(last + 3);
        if (damage === "times that fall") file.write(new Uint8Array([0, 0, 0]), last);
      });
      const log = await open();
      expect(trimmed(log), damage).toEqual(expected(50));
      expect(
        [".index", ".timeindex"].map((suffix) => content(runtime, firstSegment + suffix)),
        damage,
      ).toEqual(intact);
      const lines = runtime.log.lines.filter(({ line }) => line.includes("no usable index"));
      expect(lines, damage).toHaveLength(1);
    }
  });

  test("what is appended next is found by its offset, through an index as large as before, and again after a stop", async () => {
    for (const isClean of [true, false]) {
      const { runtime, open } = await stoppedLog(isClean);
      const log = await open();
      for (let index = 50; index < 60; index++) append(log, [`${index}`.padEnd(80)]);
      const active = log.segments.at(-1)!;
      await settled(runtime, log.flush());
      expect(runtime.files.stat(active.offsetIndex.path)!.sizeBytes).toBe(config["segment.index.bytes"]);
      for (let offset = 0; offset < 60; offset++) {
        expect(trimmedFirst(log, offset), `${offset}`).toBe(`${offset}`);
      }
      await settled(runtime, log.close());
      expect(runtime.files.stat(active.offsetIndex.path)!.sizeBytes).toBe(active.offsetIndex.sizeBytes);
      expect(trimmed(await loadLog(runtime, { config, hadCleanShutdown: true }))).toEqual(expected(60));
    }
  });
});

/** The value of the first record of what is read from an offset on. */
function trimmedFirst(log: Log, offset: number): string {
  const read = log.read(offset, 1, { upToOffset: log.logEndOffset, minOneMessage: true });
  return new TextDecoder().decode(decodeRange(read.records!)[0]!.value!).trim();
}
