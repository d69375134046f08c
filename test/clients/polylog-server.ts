import { join } from "node:path";
import { runtimeNames, serverCommands } from "../../deploy/server-commands.ts";
import {
  BrokerUnderTest,
  freePorts,
  type Launch,
  type Overrides,
  type Target,
  temporaryDirectory,
} from "./broker-under-test.ts";

export { runtimeNames, serverCommands };

/** Polylog on each runtime; POLYLOG_TEST_TARGETS narrows them down while working on one. */
export const polylogTargets: readonly Target[] = runtimeNames
  .filter((name) => process.env.POLYLOG_TEST_TARGETS?.split(",").includes(name) ?? true)
  .map((name) => ({ name, isPolylog: true, start: (overrides) => startPolylog(name, overrides) }));

/** Starts a broker by the command of this checkout, or by another one. */
export async function startPolylog(
  runtime: string,
  overrides: Overrides = {},
  command = serverCommands[runtime]!,
): Promise<BrokerUnderTest> {
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const directory = temporaryDirectory(`server-${runtime}`);
  const settings = { ...loopbackSettings(port, controllerPort), "log.dirs": join(directory, "data"), ...overrides };
  const broker = new BrokerUnderTest(runtime, port, directory, launch(command, settings));
  await broker.start();
  return broker;
}

/** One node, broker and controller, that shares the machine with others and lets groups form without the usual delay. */
export function loopbackSettings(port: number, controllerPort: number): Overrides {
  return {
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.quorum.bootstrap.servers": `127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    "offsets.topic.replication.factor": "1",
    "group.initial.rebalance.delay.ms": "0",
  };
}

function launch([program, ...args]: readonly string[], settings: Overrides): Launch {
  const overrides = Object.entries(settings).flatMap(([key, value]) => ["--override", `${key}=${value}`]);
  return { program: program!, args: [...args, ...overrides] };
}
