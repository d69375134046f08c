import { describe, expect, test } from "vitest";
import type { ForeignFunctions } from "../../adapters/shared/foreign-functions.ts";
import { NetworkEnvironment } from "../../adapters/shared/network/network-environment.ts";
import type { Network } from "../../src/runtime.ts";
import { createAdapterSubject } from "./adapter.subject.ts";
import { arrives, fileOf, fileRangesSuite, rangeOf } from "./file-ranges.suite.ts";
import { networkSuite } from "./network.suite.ts";
import { networkEndingsSuite } from "./network-endings.suite.ts";
import { silentAddressSuite } from "./silent-address.suite.ts";
import { connectedPair, patternBytes, type Subject, textBytes, until } from "./subject.ts";

// What adapters use of sockets and is not documented may be gone with the next version of a runtime: without it all is the same.

const runtime = "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node";
/** What each of them has found of it, and is given none. */
const hidden: Readonly<Record<string, () => Promise<unknown>>> = {
  node: async () => () => undefined,
  bun: async () => () => undefined,
  async deno() {
    const { SocketInternals } = (await load("socket-internals")) as { SocketInternals: new (shown: object) => object };
    return new SocketInternals({ core: undefined, symbolsOf: () => [] });
  },
};

silentAddressSuite(`${runtime}, without what is not documented`, createPlainSubject);

describe.skipIf("Bun" in globalThis)("without what is not documented", () => {
  networkSuite(runtime, createPlainSubject);
  networkEndingsSuite(runtime, createPlainSubject);
  fileRangesSuite(runtime, createPlainSubject, { zeroCopy: true });

  test("the log says once what that costs, and of ranges that they are copied", async () => {
    const subject = await createPlainSubject();
    const file = fileOf(subject, "segment", patternBytes(300_000));
    for (let connection = 0; connection < 2; connection++) {
      const { client, server } = await connectedPair(subject);
      client.connection.send([textBytes("question")]);
      await until(subject, "it was read", () => server.text() === "question");
      server.connection.send([rangeOf(file, 0, 300_000)]);
      await arrives(subject, client, patternBytes(300_000));
    }
    expect(subject.runtime.network.sentRanges).toMatchObject({ zeroCopyBytes: 0, copiedBytes: 600_000 });
    expect(subject.log.lines.map(({ level }) => level)).toEqual(["info", "warn"]);
    expect(subject.log.lines[0]!.line).toMatch(/^sockets: each read .* memory, as this version of /);
    expect(subject.log.lines[1]!.line).toMatch(/^zero copy: copy from now on, because the runtime does not tell/);
    file.close();
  });
});

async function createPlainSubject(): Promise<Subject> {
  const subject = await createAdapterSubject();
  const { createNetwork } = (await load("network")) as {
    createNetwork(environment: NetworkEnvironment, internals: unknown): Network;
  };
  const { foreignFunctions } = (await load("foreign-functions")) as { foreignFunctions: ForeignFunctions };
  const environment = new NetworkEnvironment({
    log: subject.log,
    activity: { deliveries: 0 },
    defer: (task) => void setImmediate(task),
    rangeHost: { platform: process.platform, architecture: process.arch, areFilesOnDisk: true, foreignFunctions },
  });
  const network = createNetwork(environment, await hidden[runtime]!());
  return { ...subject, runtime: { ...subject.runtime, network } };
}

/** Of the adapter of the runtime that runs the tests. */
function load(module: string): Promise<unknown> {
  return import(`../../adapters/${runtime}/${module}.ts`);
}
