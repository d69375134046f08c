import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { createRuntime } from "#adapter";
import { DataDirectoryCheck } from "../../../src/inspection/data-directory-check.ts";
import { runtimeNames } from "../../clients/polylog-server.ts";
import { soon } from "../../patience.ts";
import { complaints } from "./complaints.ts";
import { DumpLogPeer } from "./dump-log-peer.ts";
import { problemWhenRead } from "./kcat-reader.ts";
import { derivedFiles, rebuiltFiles } from "./rebuilt-files.ts";
import { Session } from "./session.ts";
import { KAFKA, type Program, SharedDirectory } from "./shared-directory.ts";
import { TurnContent } from "./turn-content.ts";
import type { Isolation, WrittenPartition } from "./written-partition.ts";

// Polylog and Apache Kafka take turns with one data directory: each reads, continues and cleans what the other has left.

const ROUND_TRIPS = 10;
const isolations: readonly Isolation[] = ["read_uncommitted", "read_committed"];
const settings = {
  "transaction.partition.verification.enable": "false",
  "log.cleaner.backoff.ms": "50",
  "log.retention.check.interval.ms": "50",
  "log.initial.task.delay.ms": "0",
};

const dumpLog = new DumpLogPeer();
afterAll(() => dumpLog.close());

let directory: SharedDirectory | undefined;
afterEach(() => directory?.dispose());

/** Those of the four partitions that hold anything, with what tells a file that was written from one that was not. */
function filesOf(content: TurnContent): Map<string, string> {
  const files = new Map<string, string>();
  for (const { topic } of content.partitions) {
    const path = directory!.pathOf(topic);
    for (const name of readdirSync(path).filter((each) => /\.(log|index|timeindex)$/.test(each))) {
      const { ino, size, mtimeMs } = statSync(join(path, name));
      if (size > 0) files.set(join(path, name), `${ino} ${size} ${mtimeMs}`);
    }
  }
  return files;
}

const segments = ({ topic }: WrittenPartition) =>
  readdirSync(directory!.pathOf(topic))
    .filter((name) => /^\d{20}\.log$/.test(name))
    .sort();

/** Everything behind the active segment is cleaned, and nothing is left that retention would delete. */
async function untilCleaned(content: TurnContent): Promise<void> {
  const { topic } = content.settings;
  await vi.waitFor(() => {
    const checkpoint = readFileSync(join(directory!.data, "cleaner-offset-checkpoint"), "utf8");
    const cleaned = new RegExp(`^${topic} 0 (\\d+)$`, "m").exec(checkpoint)?.[1];
    expect(Number(cleaned ?? -1)).toBeGreaterThanOrEqual(Number.parseInt(segments(content.settings).at(-1)!, 10));
  }, soon);
  await vi.waitFor(() => {
    const sizes = segments(content.events).map((name) => statSync(join(directory!.pathOf("events"), name)).size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes - sizes[0]!).toBeLessThan(Number(content.events.settings["retention.bytes"]));
  }, soon);
}

async function expectRead(bootstrap: string, content: TurnContent): Promise<void> {
  const reading = content.partitions.flatMap((partition) =>
    isolations.map((isolation) => problemWhenRead(bootstrap, partition, isolation)),
  );
  expect((await Promise.all(reading)).filter((problem) => problem !== undefined)).toEqual([]);
}

function expectWhole(): void {
  const findings = [...new DataDirectoryCheck(createRuntime(), directory!.data, () => false).run()];
  expect(findings.filter((finding) => finding !== undefined && finding.severity !== "note")).toEqual([]);
}

/** Apache Kafka's tool finds nothing wrong with them. */
async function expectValidBatches(files: readonly string[]): Promise<void> {
  const lines = await dumpLog.run(["--files", files.join(","), "--deep-iteration"]);
  const batches = lines.filter((line) => line.startsWith("baseOffset: "));
  expect(batches.length).toBeGreaterThan(files.filter((path) => path.endsWith(".log")).length);
  expect(batches.filter((line) => !line.includes("isvalid: true"))).toEqual([]);
  // Gaps in a compacted log are its own, and so is a batch without records, which has no timestamp.
  const problems =
    /^(Mismatches|Found out of order|The following indexed offsets)|Index timestamp: \d+, log timestamp: (?!-1$)/;
  expect(lines.filter((line) => problems.test(line))).toEqual([]);
}

/** Opens what the other has left, reads all of it, goes on with it, and stops. */
async function takeTurn(program: Program, content: TurnContent, isFirst: boolean, rounds = 1): Promise<void> {
  const before = isFirst ? new Map<string, string>() : filesOf(content);
  const broker = await directory!.start(program);
  const session = await Session.open(broker);
  if (isFirst) {
    for (const partition of content.partitions) await session.create(partition);
  } else {
    for (const partition of content.partitions) await session.untilLed(partition);
    await expectRead(broker.bootstrap, content);
    await content.expectFollowed(session);
  }
  for (let round = 0; round < rounds; round++) await content.write(session);
  await untilCleaned(content);
  session.close();
  await broker.stop();
  expect(complaints(program, broker.output)).toEqual([]);
  if (program === KAFKA && !isFirst) expect(broker.output).toMatch(/Skipping recovery of 4 logs/);
  expectWhole();
  const written = [...filesOf(content)].filter(([path, state]) => before.get(path) !== state).map(([path]) => path);
  await expectValidBatches(written);
}

test("ten round trips of a directory that Polylog formatted lose nothing and change nothing", {
  timeout: 900_000,
}, async () => {
  directory = await SharedDirectory.create("polylog", settings);
  const content = new TurnContent();
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    await takeTurn(runtimeNames[trip % runtimeNames.length]!, content, trip === 0);
    await takeTurn(KAFKA, content, false);
  }
  await takeTurn(runtimeNames[ROUND_TRIPS % runtimeNames.length]!, content, false);
  expect(content.events.startOffset).toBeGreaterThan(content.events.endOffset / 2);
});

test("a directory that Apache Kafka formatted and wrote has the indexes that Polylog makes, and goes on", {
  timeout: 900_000,
}, async () => {
  directory = await SharedDirectory.create("kafka", settings);
  const content = new TurnContent();
  await takeTurn(KAFKA, content, true, 3);
  for (const partition of content.partitions) {
    const path = directory.pathOf(partition.topic);
    const theirs = derivedFiles(path, partition);
    expect(theirs.size, partition.topic).toBeGreaterThan(8);
    // Beside the data directory: it is in no one's way there.
    const ours = await rebuiltFiles(path, join(directory.data, `../${partition.topic}-0`), partition);
    expect(ours, partition.topic).toEqual(theirs);
  }
  const transactions = derivedFiles(directory.pathOf("transactions"), content.transactions);
  expect([...transactions.keys()].filter((name) => name.endsWith(".txnindex")).length).toBeGreaterThan(1);
  for (const program of ["node", KAFKA]) await takeTurn(program, content, false);
});
