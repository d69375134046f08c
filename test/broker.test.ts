import { expect, test } from "vitest";
import { createSimulatedRuntime } from "../adapters/simulator/index.ts";
import { type Broker, startBroker } from "../src/broker.ts";
import { createConfig } from "../src/config/create-config.ts";
import { singleNodeSettings } from "../src/config/single-node.ts";
import { append, settled } from "./log/log-fixture.ts";

const TOPIC_IDS = ["AAAAAAAAAAAAAAAAAAAAAg", "AAAAAAAAAAAAAAAAAAAAAw"];

test("a broker halts when its last log directory has failed, not before", async () => {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const halts: string[] = [];
  runtime.fatal = (error) => {
    halts.push(error.message);
    throw error;
  };
  const { config } = createConfig({
    given: [new Map([["metadata.log.dir", "/metadata"]])],
    defaults: singleNodeSettings({ port: 0, logDirs: "/d1,/d2" }),
  });
  const broker: Broker = await settled(runtime, startBroker(runtime, config));
  const logs = ["/d1", "/d2"].map((directory, partition) =>
    broker.logs!.getOrCreate("t", partition, TOPIC_IDS[partition]!, directory),
  );
  for (const log of logs) {
    log.segments[0]!.file.write = () => {
      throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    };
  }
  append(logs[0]!, ["a"]);
  expect(broker.isReady).toBe(true);
  expect(halts).toEqual([]);
  expect(() => append(logs[1]!, ["b"])).toThrow("EIO");
  expect(halts).toEqual(["None of the log directories can be used any more: EIO: i/o error"]);
  expect(broker.isReady).toBe(false);
});

test("the log says at the start how records get to consumers, and why", async () => {
  for (const [mode, reason] of [
    ["auto", "the files are in memory"],
    ["off", "polylog.zero.copy is off"],
  ]) {
    const runtime = createSimulatedRuntime({ seed: 1 });
    const { config } = createConfig({
      given: [new Map([["polylog.zero.copy", mode!]])],
      defaults: singleNodeSettings({ port: 0, logDirs: "/d1" }),
    });
    const broker = await settled(runtime, startBroker(runtime, config));
    expect(runtime.log.lines.map(({ line }) => line)).toContain(`zero copy: copy, because ${reason}`);
    await settled(runtime, broker.close());
  }
});

test("a listener without a host is on every interface, of IPv6 too, as with Apache Kafka", async () => {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const given = [new Map([["listeners", "PLAINTEXT://:9092,CONTROLLER://127.0.0.1:0"]])];
  const { config } = createConfig({ given, defaults: singleNodeSettings({ controllerPort: 0, logDirs: "/d1" }) });
  const broker = await settled(runtime, startBroker(runtime, config));
  expect(broker.listeners.get("PLAINTEXT")).toEqual({ host: "::", port: 9092 });
  expect(broker.bootstrapServers).toBe("[::]:9092");
  await settled(runtime, broker.close());
});

test("a node that leads by itself is ready without a connection to itself", async () => {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const { config } = createConfig({ given: [new Map()], defaults: singleNodeSettings({ port: 0, logDirs: "/d1" }) });
  const { connect } = runtime.network;
  let connections = 0;
  runtime.network.connect = (...where) => {
    connections++;
    return connect.apply(runtime.network, where);
  };
  for (const start of ["first", "second"]) {
    const broker = await settled(runtime, startBroker(runtime, config));
    expect(connections, `connections of the ${start} start`).toBe(0);
    await settled(runtime, broker.close());
    connections = 0;
  }
});
