import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { runtimeNames, serverCommands } from "../../clients/polylog-server.ts";
import { soon } from "../../patience.ts";
import { runCommand, runSuccessfully } from "../command.ts";
import { TwoNetworks } from "./two-networks.ts";

const permitted = TwoNetworks.arePermitted();
if (!permitted)
  console.error(
    "\nNOT TESTED: two networks with a forwarded port: this user may not create network namespaces (ip netns add)\n",
  );

/** A broker in a container: an internal listener AA for its neighbours, an external one BB behind a forwarded port. */
describe.runIf(permitted).for(runtimeNames)("a broker on %s between two networks", (runtime) => {
  test("is reached from inside by AA and from outside by BB through a forwarded port; each side sees the other's records", async () => {
    using networks = new TwoNetworks(`polylog-${runtime}`);
    await using processes = new Processes();
    await processes.start(
      networks.outside,
      [...forwarder, networks.outsideAddress, "39092", networks.insideAddress, "29092"],
      "ready",
    );
    const broker = await processes.start(
      networks.inside,
      server(runtime, processes.directory, {
        listeners: `AA://${networks.privateAddress}:19092,BB://${networks.insideAddress}:29092,CONTROLLER://127.0.0.1:9093`,
        "advertised.listeners": `AA://${networks.privateAddress}:19092,BB://${networks.outsideAddress}:39092`,
      }),
      "is ready at",
    );
    const neighbour = (...args: string[]) =>
      TwoNetworks.in(networks.inside, ["kcat", "-b", `${networks.privateAddress}:19092`, ...args]);
    const stranger = (...args: string[]) =>
      TwoNetworks.in(networks.outside, ["kcat", "-b", `${networks.outsideAddress}:39092`, ...args]);

    const { stderr } = await runCommand(
      TwoNetworks.in(networks.outside, ["kcat", "-b", `${networks.privateAddress}:19092`, "-L", "-m", "2"]),
    );
    expect(stderr).toMatch(/Failed to acquire metadata|transport/i);

    for (const [client, address] of [
      [neighbour, `${networks.privateAddress}:19092`],
      [stranger, `${networks.outsideAddress}:39092`],
    ] as const) {
      const { brokers } = JSON.parse(await runSuccessfully(client("-L", "-J"))) as {
        brokers: { id: number; name: string }[];
      };
      expect(brokers).toEqual([{ id: 1, name: address }]);
    }

    await runSuccessfully(neighbour("-P", "-t", "shared"), { input: "from inside\n" });
    await runSuccessfully(stranger("-P", "-t", "shared"), { input: "from outside\n" });
    for (const client of [neighbour, stranger]) {
      expect(await runSuccessfully(client("-C", "-t", "shared", "-o", "beginning", "-e", "-q"))).toBe(
        "from inside\nfrom outside\n",
      );
      const group = `group-${client === neighbour ? "inside" : "outside"}`;
      expect(
        await runSuccessfully(client("-G", group, "-c", "2", "-q", "-X", "auto.offset.reset=earliest", "shared")),
      ).toBe("from inside\nfrom outside\n");
    }
    // The broker itself has reached both of its advertised addresses: no warning.
    expect(broker.output).not.toMatch(/tells clients of listener/);
  });

  test("warns of an advertised address that nobody answers at, and of one where another cluster answers", async () => {
    using networks = new TwoNetworks(`polylog-${runtime}`);
    await using processes = new Processes();
    const other = join(processes.directory, "other");
    await processes.start(
      networks.outside,
      server(runtime, other, { listeners: `PLAINTEXT://${networks.outsideAddress}:39092` }),
      "is ready at",
    );
    const broker = await processes.start(
      networks.inside,
      server(runtime, join(processes.directory, "own"), {
        listeners: `AA://${networks.privateAddress}:19092,BB://${networks.insideAddress}:29092,CONTROLLER://127.0.0.1:9093`,
        "advertised.listeners": `AA://${networks.privateAddress}:19099,BB://${networks.outsideAddress}:39092`,
      }),
      "is ready at",
    );
    const warnings = () =>
      broker.output.split("\n").filter((line) => line.includes("WARN") && line.includes("tells clients of listener"));
    await vi.waitFor(() => expect(warnings()).toHaveLength(2), soon);
    expect(warnings().find((line) => /listener AA\b/.test(line))).toContain(`${networks.privateAddress}:19099`);
    expect(warnings().find((line) => /listener BB\b/.test(line))).toMatch(/39092.*another broker/);
    // It serves all the same.
    expect(
      await runSuccessfully(TwoNetworks.in(networks.inside, ["kcat", "-b", `${networks.insideAddress}:29092`, "-L"])),
    ).toContain("1 brokers");
  });
});

const forwarder = [process.execPath, join(import.meta.dirname, "forwarder.ts")];

function server(runtime: string, directory: string, settings: Readonly<Record<string, string>>): string[] {
  const named = settings.listeners!.startsWith("AA");
  const all = {
    ...settings,
    "log.dirs": join(directory, "data"),
    ...(named && {
      "listener.security.protocol.map": "AA:PLAINTEXT,BB:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "AA",
      "controller.listener.names": "CONTROLLER",
      "controller.quorum.bootstrap.servers": "127.0.0.1:9093",
    }),
  };
  return [
    ...serverCommands[runtime]!,
    ...Object.entries(all).flatMap(([key, value]) => ["--override", `${key}=${value}`]),
  ];
}

interface Started {
  readonly child: ChildProcess;
  output: string;
}

/** What a test has started, with a directory for it; all of it ends with the test. */
class Processes implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "polylog-networks-"));
  private readonly children: ChildProcess[] = [];

  /** Resolves when the process has printed `sign`. */
  async start(namespace: string, command: readonly string[], sign: string): Promise<Started> {
    const [program, ...args] = TwoNetworks.in(namespace, command) as [string, ...string[]];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd: this.directory });
    this.children.push(child);
    const started: Started = { child, output: "" };
    const keep = (chunk: Buffer) => {
      started.output += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    await vi.waitFor(() => expect(started.output, `${command.join(" ")} printed no "${sign}"`).toContain(sign), soon);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
