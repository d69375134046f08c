import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../clients/broker-under-test.ts";
import { runSuccessfully } from "../command.ts";
import { Buildah, composeEnvironment, copyLimitMs, type ImageConfig, type RunningContainer } from "./buildah.ts";

const buildah = new Buildah();

beforeAll(() => buildah.buildBuilder(), copyLimitMs);
// Nothing here is about how fast a disk gives up its files; the stage as a whole has a limit.
afterAll(() => buildah.dispose(), copyLimitMs);

/** What the broker adds to the runtime's own image. */
const mostBytesAdded = 40e6;

describe.each(["node", "bun", "deno"])("the image for %s", (runtime) => {
  let base: string;
  let image: string;
  let config: ImageConfig;
  beforeAll(async () => {
    base = await buildah.buildBase(runtime);
    image = await buildah.build(runtime, base);
    config = await buildah.config(image);
  }, copyLimitMs);
  afterAll(() => buildah.removeImages(), copyLimitMs);

  test("is small, runs as nobody in particular, keeps its data in a volume, and is stopped by SIGTERM", async () => {
    expect((await buildah.sizeBytes(image)) - (await buildah.sizeBytes(base))).toBeLessThan(mostBytesAdded);
    expect(config.User).toBe("1000:1000");
    expect(Object.keys(config.Volumes)).toEqual(["/var/lib/polylog"]);
    expect(config.Env).toContain("KAFKA_LOG_DIRS=/var/lib/polylog");
    expect(config.StopSignal).toBe("SIGTERM");
    // The runtime itself is the first process, not a shell that keeps the signal to itself.
    expect(config.Entrypoint[0]).toBe(runtime);
    expect(config.Healthcheck.Test[0]).toBe("CMD");
  });

  test("serves kcat on both listeners of deploy/compose.yaml, is healthy then, and has its records after a restart", async () => {
    const [internal, external, controller, http] = (await freePorts(4)) as [number, number, number, number];
    const environment = Object.fromEntries(
      Object.entries(composeEnvironment()).map(([name, value]) => [
        name,
        value
          .replaceAll("broker:", "127.0.0.1:")
          .replaceAll(":19092", `:${internal}`)
          .replaceAll(":9092", `:${external}`)
          .replaceAll(":29093", `:${controller}`)
          .replaceAll(":9644", `:${http}`),
      ]),
    );
    expect(environment.KAFKA_ADVERTISED_LISTENERS).toBe(`AA://127.0.0.1:${internal},BB://localhost:${external}`);
    const container = await buildah.create(image);
    const start = (command: readonly string[]) => buildah.start(container, command, environment);
    const health = () => start(config.Healthcheck.Test.slice(1)).exited;
    expect(await health()).not.toBe(0);

    const broker = await ready(start(config.Entrypoint));
    expect(broker.output).toContain("cluster 4L6g3nShT-eMCtK--X86sw");
    expect(statusOf(await broker.pid())).toMatch(/^Uid:\t1000\t/m);
    expect(await health()).toBe(0);
    await kcat(["-b", `127.0.0.1:${internal}`, "-P", "-t", "greetings"], "from inside\n");
    await kcat(["-b", `localhost:${external}`, "-P", "-t", "greetings"], "from outside\n");
    for (const [bootstrap, told] of [
      [`127.0.0.1:${internal}`, `127.0.0.1:${internal}`],
      [`127.0.0.1:${external}`, `localhost:${external}`],
    ] as const) {
      const { brokers } = JSON.parse(await kcat(["-b", bootstrap, "-L", "-J"])) as { brokers: { name: string }[] };
      expect(brokers.map(({ name }) => name)).toEqual([told]);
      expect(await consumed(bootstrap)).toBe("from inside\nfrom outside\n");
    }
    await kcat(["-b", `127.0.0.1:${internal}`, "-P", "-t", "large"], `${"x".repeat(900_000)}\n`.repeat(80));
    await broker.says(/CRC-32C by aws-crt/);
    expect(await broker.stop("SIGTERM")).toBe(0);
    expect(broker.output).toContain("has stopped");

    const again = await ready(start(config.Entrypoint));
    expect(again.output).not.toContain("Formatted");
    expect(await consumed(`localhost:${external}`)).toBe("from inside\nfrom outside\n");
    expect(await again.stop("SIGINT")).toBe(0);
  }, 240_000);
});

async function ready(container: RunningContainer): Promise<RunningContainer> {
  await container.says(/is ready/);
  await container.says(/Health and metrics/);
  return container;
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, "utf8");
}

function kcat(args: readonly string[], input?: string): Promise<string> {
  return runSuccessfully(["kcat", ...args], { input });
}

function consumed(bootstrap: string): Promise<string> {
  return kcat(["-b", bootstrap, "-C", "-t", "greetings", "-o", "beginning", "-e", "-q"]);
}
