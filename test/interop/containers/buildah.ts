import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { cacheDirectory } from "../apache-kafka/install.ts";
import { runSuccessfully } from "../command.ts";
import { once, run } from "../installed.ts";

const root = resolve(import.meta.dirname, "../../..");
const BUILDER = "localhost/polylog-builder";
const certificates = "/etc/ssl/certs/ca-certificates.crt";
/** Each container and each image is a copy of all it stands on. */
export const copyLimitMs = 900_000;

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly StopSignal: string;
}

/** Builds and runs images without a Docker engine: buildah with its slowest and least demanding drivers. */
export class Buildah {
  private readonly directory = mkdtempSync(join(tmpdir(), "polylog-containers-"));
  private readonly running = new Set<RunningContainer>();
  private readonly images = new Set<string>();

  /** Stands in for the official image that the Dockerfiles build with, which can't be downloaded everywhere. */
  async buildBuilder(): Promise<void> {
    await this.commit(BUILDER, async (container) => {
      await this.run("add", container, installedTrees().npm, "/");
      await this.addRuntime(container, "node");
    });
  }

  /** Stands in for the official image of a runtime: Debian and that runtime, nothing else. */
  async buildBase(runtime: string): Promise<string> {
    const image = `localhost/polylog-base-${runtime}`;
    await this.commit(image, (container) => this.addRuntime(container, runtime));
    this.images.add(image);
    return image;
  }

  /** Builds one of deploy's Dockerfiles over the stand-ins. */
  async build(runtime: string, base: string): Promise<string> {
    const image = `localhost/polylog-${runtime}`;
    const dockerfile = join(root, `deploy/Dockerfile.${runtime}`);
    // What this machine's npm has downloaded need not be downloaded again, nor be kept in the container.
    const npmCache = run("npm", ["config", "get", "cache"]).trim();
    mkdirSync(npmCache, { recursive: true });
    const stages = [
      "--build-arg",
      `BASE=${base}`,
      "--build-arg",
      `BUILDER=${BUILDER}`,
      "--volume",
      `${npmCache}:/root/.npm`,
    ];
    const options = ["--isolation", "chroot", "--format", "docker", "--layers=false", "--force-rm", "--quiet"];
    await this.run("bud", ...options, ...stages, "--file", dockerfile, "--tag", image, root);
    this.images.add(image);
    return image;
  }

  /** Removes what has been built since the builder, which the next image needs too. */
  async removeImages(): Promise<void> {
    await this.endContainers();
    await this.run("rm", "--all");
    for (const image of this.images) await this.run("rmi", "--force", image);
    this.images.clear();
  }

  async dispose(): Promise<void> {
    await this.endContainers();
    await rm(this.directory, { recursive: true, force: true });
  }

  async config(image: string): Promise<ImageConfig> {
    const { Docker } = JSON.parse(await this.run("inspect", "--type", "image", image)) as {
      Docker: { config: ImageConfig };
    };
    return Docker.config;
  }

  async sizeBytes(image: string): Promise<number> {
    const images = JSON.parse(await this.run("images", "--json")) as { names: string[] | null; size: string }[];
    const found = images.find(({ names }) => names?.some((name) => name.startsWith(`${image}:`)));
    const [, amount, unit] = /^([\d.]+) (KB|MB|GB)$/.exec(found?.size ?? "")!;
    return Number(amount) * { KB: 1e3, MB: 1e6, GB: 1e9 }[unit as "KB" | "MB" | "GB"];
  }

  /** A container that is not running yet. */
  create(image: string): Promise<string> {
    return this.run("from", image);
  }

  /** Starts a program in a container, in the network of this machine. */
  start(
    container: string,
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): RunningContainer {
    const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    // The shell tells its number and becomes the program, so that it can be sent signals as an engine would send them.
    const args = [
      "run",
      "--isolation",
      "chroot",
      ...variables,
      container,
      "--",
      "sh",
      "-c",
      'echo "pid $$"; exec "$@"',
      "sh",
    ];
    const started = new RunningContainer(spawn("buildah", [...this.options(), ...args, ...command]));
    this.running.add(started);
    return started;
  }

  private async endContainers(): Promise<void> {
    for (const container of this.running) await container.kill();
    this.running.clear();
  }

  private async commit(image: string, fill: (container: string) => Promise<void>): Promise<void> {
    const container = await this.run("from", "scratch");
    await this.run("add", container, installedTrees().debian, "/");
    // Where this machine trusts more authorities than Debian does.
    if (existsSync(certificates)) await this.run("add", container, realpathSync(certificates), certificates);
    await fill(container);
    await this.run("config", "--env", `NODE_EXTRA_CA_CERTS=${certificates}`, container);
    await this.run("config", "--env", `npm_config_cafile=${certificates}`, container);
    await this.run("commit", "--quiet", "--rm", container, image);
  }

  private async addRuntime(container: string, runtime: string): Promise<void> {
    const program = realpathSync(join(root, "node_modules/.bin", runtime));
    await this.run("add", container, program, `/usr/local/bin/${runtime}`);
  }

  private options(): string[] {
    return [
      "--root",
      join(this.directory, "storage"),
      "--runroot",
      join(this.directory, "run"),
      "--storage-driver",
      "vfs",
    ];
  }

  private async run(...args: string[]): Promise<string> {
    return (await runSuccessfully(["buildah", ...this.options(), ...args], { limitMs: copyLimitMs })).trim();
  }
}

export class RunningContainer {
  output = "";
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;
  private ended = false;

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk) => {
        this.output += chunk;
      });
    }
    this.exited = new Promise((done) => {
      child.on("close", (code) => {
        this.ended = true;
        done(code);
      });
    });
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.ended) throw new Error(`The container ended without ${pattern}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The program itself, not buildah. */
  async pid(): Promise<number> {
    return Number((await this.says(/^pid (\d+)$/m))[1]);
  }

  async stop(signal: string): Promise<number | null> {
    process.kill(await this.pid(), signal);
    return this.exited;
  }

  /** Where a test has left it running. */
  async kill(): Promise<void> {
    const pid = /^pid (\d+)$/m.exec(this.output)?.[1];
    if (!this.ended && pid !== undefined) process.kill(Number(pid), "SIGKILL");
    if (!this.ended) this.child.kill("SIGKILL");
    await this.exited;
  }
}

/** What the stand-ins are made of: a small Debian, and npm as it lies on this machine. Made once. */
export function installedTrees(): { readonly debian: string; readonly npm: string } {
  const directory = join(cacheDirectory, "container-bookworm");
  const [debian, npm] = [join(directory, "debian"), join(directory, "npm")];
  once(directory, () => {
    run("debootstrap", ["--variant=minbase", "--include=libatomic1,ca-certificates", "bookworm", debian]);
    // Every container copies all of it.
    const unneeded = ["cache/apt", "lib/apt/lists"].map((path) => `var/${path}`);
    unneeded.push(...["doc", "info", "locale", "man"].map((path) => `usr/share/${path}`));
    for (const path of unneeded) rmSync(join(debian, path), { recursive: true, force: true });
    const program = realpathSync(run("sh", ["-c", "PATH=/usr/local/bin:/usr/bin command -v npm"]).trim());
    cpSync(resolve(dirname(program), ".."), join(npm, "usr/local/lib/npm"), { recursive: true });
    mkdirSync(join(npm, "usr/local/bin"));
    symlinkSync("../lib/npm/bin/npm-cli.js", join(npm, "usr/local/bin/npm"));
  });
  return { debian, npm };
}

/** The variables of the broker in deploy/compose.yaml. */
export function composeEnvironment(): Record<string, string> {
  const text = readFileSync(join(root, "deploy/compose.yaml"), "utf8");
  const block = /\n {4}environment:\n((?: {6}.*\n)+)/.exec(text)![1]!;
  return Object.fromEntries([...block.matchAll(/^ {6}([A-Z_]+): "(.*)"$/gm)].map(([, name, value]) => [name!, value!]));
}
