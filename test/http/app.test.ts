import { afterAll, beforeAll, expect, test } from "vitest";
import type { Broker } from "../../src/broker.ts";
import { createHttpApp } from "../../src/http/app.ts";
import { memoryRuntime, polylog, startMemoryBroker } from "../command/running-command.ts";

let broker: Broker;
beforeAll(async () => {
  broker = await startMemoryBroker();
});
afterAll(() => broker.close());

const get = (path: string) =>
  createHttpApp({ broker, runtime: memoryRuntime(), version: "1.2.3", startedMs: 0 }).request(path);

test("the process lives and is ready", async () => {
  expect([(await get("/healthz")).status, await (await get("/readyz")).text()]).toEqual([200, "ready\n"]);
});

test("requests, their bytes and times, connections and logs are counted", async () => {
  await polylog(["produce", "metered", "-b", broker.bootstrapServers], { input: "one\ntwo\n" });
  const response = await get("/metrics");
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  const value = (sample: string) =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${sample} `))
        ?.split(" ")
        .at(-1),
    );
  expect(value('polylog_requests_total{api="Produce",version="13"}')).toBe(1);
  expect(value('polylog_request_duration_seconds_count{api="Produce"}')).toBe(1);
  expect(value('polylog_request_duration_seconds_bucket{api="Produce",le="+Inf"}')).toBe(1);
  expect(value('polylog_request_bytes_total{api="Produce"}')).toBeGreaterThan(80);
  expect(value('polylog_response_bytes_total{api="Produce"}')).toBeGreaterThan(20);
  expect(value('polylog_connections_opened_total{listener="PLAINTEXT"}')).toBeGreaterThan(0);
  expect(value('polylog_log_end_offset{topic="metered",partition="0"}')).toBe(2);
  expect(value('polylog_log_size_bytes{topic="metered",partition="0"}')).toBeGreaterThan(60);
  expect(value("polylog_leaders")).toBe(value("polylog_replicas"));
  expect(value("polylog_leaders")).toBeGreaterThan(0);
  for (const name of ["offline_replicas", "under_replicated_partitions", "under_min_isr_partitions"]) {
    expect(value(`polylog_${name}`)).toBe(0);
  }
  expect(value("polylog_at_min_isr_partitions")).toBe(value("polylog_leaders"));
  expect(value("polylog_active_controller")).toBe(1);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
});

test("every line is help, type or a sample of a family that was announced", async () => {
  const text = await (await get("/metrics")).text();
  let family = "";
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("# HELP ")) family = line.split(" ")[2]!;
    else if (line.startsWith("# TYPE "))
      expect(line).toMatch(new RegExp(`^# TYPE ${family} (counter|gauge|histogram)$`));
    else
      expect(line).toMatch(
        new RegExp(`^${family}(_bucket|_sum|_count)?(\\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\\})? [0-9.e+-]+$`),
      );
  }
});

test("what is not there is answered with what is", async () => {
  const response = await get("/nope");
  expect([response.status, await response.text()]).toEqual([404, "There is /healthz, /readyz and /metrics here.\n"]);
});
