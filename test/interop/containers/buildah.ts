import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { cacheDirectory } from "../apache-kafka/install.ts";
import { runSuccessfully } from "../command.ts";
import { run } from "../installed.ts";

const root = resolve(import.meta.dirname, "../../..");
const BASE = "localhost/polylog-base";
const certificates = "/etc/ssl/certs/ca-certificates.crt";

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

  dispose(): void {
    // The storage holds files of other users, and mounts that a container left behind.
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A stand-in for the official images, which can't be downloaded everywhere: Debian, npm, and the three runtimes. */
  async buildBase(): Promise<void> {
    const container = await this.run("from", "scratch");
    await this.run("add", container, installedRootFileSystem(), "/");
    await this.run("config", "--env", `NODE_EXTRA_CA_CERTS=${certificates}`, container);
    await this.run("config", "--env", `npm_config_cafile=${certificates}`, container);
    await this.run("commit", "--quiet", "--rm", container, BASE);
  }

  /** Builds one of deploy's Dockerfiles over the stand-in. */
  async build(runtime: string): Promise<string> {
    const image = `localhost/polylog-${runtime}`;
    const args = [
      "--build-arg",
      `BASE=${BASE}`,
      "--build-arg",
      `BUILDER=${BASE}`,
      "--file",
      join(root, `deploy/Dockerfile.${runtime}`),
    ];
    await this.run(
      "bud",
      "--isolation",
      "chroot",
      "--format",
      "docker",
      "--layers=false",
      "--quiet",
      ...args,
      "--tag",
      image,
      root,
    );
    return image;
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
    return new RunningContainer(spawn("buildah", [...this.options(), ...args, ...command]));
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
    return (await runSuccessfully(["buildah", ...this.options(), ...args], { limitMs: 600_000 })).trim();
  }
}

export class RunningContainer {
  output = "";
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk) => {
        this.output += chunk;
      });
    }
    this.exited = new Promise((done) => child.on("close", done));
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`The container ended without ${pattern}:\n${this.output}`);
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
}

/** A small Debian with npm and the runtimes of this repository, made once. */
export function installedRootFileSystem(): string {
  const directory = join(cacheDirectory, "container-base");
  const marker = join(directory, "installed");
  const rootfs = join(directory, "rootfs");
  if (!existsSync(marker)) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    run("debootstrap", ["--variant=minbase", "--include=libatomic1,ca-certificates", "bookworm", rootfs]);
    rmSync(join(rootfs, "var/cache/apt"), { recursive: true, force: true });
    rmSync(join(rootfs, "var/lib/apt/lists"), { recursive: true, force: true });
    const npm = realpathSync(run("sh", ["-c", "PATH=/usr/local/bin:/usr/bin command -v npm"]).trim());
    cpSync(resolve(dirname(npm), ".."), join(rootfs, "usr/local/lib/npm"), { recursive: true });
    symlinkSync("../lib/npm/bin/npm-cli.js", join(rootfs, "usr/local/bin/npm"));
    writeFileSync(marker, "");
  }
  for (const runtime of ["node", "bun", "deno"]) {
    cpSync(realpathSync(join(root, "node_modules/.bin", runtime)), join(rootfs, "usr/local/bin", runtime));
  }
  // Where this machine trusts more authorities than Debian does.
  if (existsSync(certificates)) cpSync(certificates, join(rootfs, certificates), { dereference: true });
  return rootfs;
}

/** The variables of the broker in deploy/compose.yaml. */
export function composeEnvironment(): Record<string, string> {
  const text = readFileSync(join(root, "deploy/compose.yaml"), "utf8");
  const block = /\n {4}environment:\n((?: {6}.*\n)+)/.exec(text)![1]!;
  return Object.fromEntries([...block.matchAll(/^ {6}([A-Z_]+): "(.*)"$/gm)].map(([, name, value]) => [name!, value!]));
}
