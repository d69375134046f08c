import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "./apache-kafka/install.ts";

/** Versions are pinned: a new release of a client is taken in by a commit, not by chance. */
const pythonPackages = [
  "confluent-kafka==2.16.1",
  "kafka-python==3.0.12",
  "lz4==4.4.5",
  "python-snappy==0.7.3",
  "zstandard==0.25.0",
  "crc32c==2.9.post0",
];
const confluentJavascript = "@confluentinc/kafka-javascript@1.10.1";
/** What the packages of this project do not bring. */
export const olderNodes: readonly string[] = ["20.20.2", "24.21.0"];
const installLimitMs = 1_200_000;

/** What must be there, and the package that brings it. */
const debianPackages: readonly [path: string, name: string][] = [
  ["/usr/bin/kcat", "kcat"],
  ["/usr/sbin/ip", "iproute2"],
  ["/usr/bin/buildah", "buildah"],
  ["/usr/sbin/debootstrap", "debootstrap"],
  ["/usr/bin/mvn", "maven"],
  ["/usr/bin/javac", "default-jdk-headless"],
  ["/usr/bin/g++", "g++"],
  ["/usr/bin/make", "make"],
  ["/usr/share/doc/python3-venv", "python3-venv"],
  // What librdkafka is built with, where no ready-made addon can be downloaded.
  ["/usr/include/zlib.h", "zlib1g-dev"],
  ["/usr/include/zstd.h", "libzstd-dev"],
  ["/usr/include/openssl/ssl.h", "libssl-dev"],
  ["/usr/include/sasl/sasl.h", "libsasl2-dev"],
  ["/usr/include/x86_64-linux-gnu/curl/curl.h", "libcurl4-openssl-dev"],
];

export function installDebianPackages(): void {
  const missing = debianPackages.filter(([path]) => !existsSync(path)).map(([, name]) => name);
  if (missing.length === 0) return;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-q"], env);
  run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...missing], env);
}

/** The Python of a virtual environment that has confluent-kafka and kafka-python. */
export function installedPython(): string {
  const directory = join(cacheDirectory, `python-${fileName(pythonPackages.join("-"))}`);
  once(directory, () => {
    run("/usr/bin/python3", ["-m", "venv", directory]);
    run(join(directory, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", ...pythonPackages]);
  });
  return join(directory, "bin/python");
}

/**
 * A directory with @confluentinc/kafka-javascript, and the Node it is for: the machine's own, because its addon is bound
 * to one version of Node and is built against the headers that are installed where no ready-made one can be downloaded.
 */
export function installedConfluentJavascript(): { directory: string; node: string } {
  const path = pathWithoutNodeModules();
  const node = run("sh", ["-c", "command -v node"], { PATH: path }).trim();
  const version = run(node, ["--version"]).trim();
  const directory = join(cacheDirectory, `${fileName(confluentJavascript)}-${version}`);
  once(directory, () => {
    writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true }));
    const args = ["install", "--no-audit", "--no-fund", "--foreground-scripts", confluentJavascript];
    run("npm", args, { PATH: path, CKJS_LINKING: "dynamic", npm_config_cache: undefined }, directory);
  });
  return { directory, node };
}

/** A Node of that version. */
export function installedNode(version: string): string {
  const directory = join(cacheDirectory, `node-${version}`);
  once(directory, () => {
    // Its binary comes by an install script.
    const manifest = { private: true, allowScripts: { node: true } };
    writeFileSync(join(directory, "package.json"), JSON.stringify(manifest));
    const env = { PATH: pathWithoutNodeModules(), npm_config_cache: undefined };
    run("npm", ["install", "--no-audit", "--no-fund", `node@${version}`], env, directory);
  });
  return join(directory, "node_modules/node/bin/node");
}

/** `npm run` and `npx` put this project's runtimes first; the machine's own are behind them. */
function pathWithoutNodeModules(): string {
  return (process.env.PATH ?? "")
    .split(":")
    .filter((directory) => !directory.includes("node_modules"))
    .join(":");
}

/** Fills a directory once; one that was left half done is thrown away. */
export function once(directory: string, fill: () => void): void {
  const marker = join(directory, "installed");
  if (existsSync(marker)) return;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  fill();
  writeFileSync(marker, "");
}

export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  cwd?: string,
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: installLimitMs,
    maxBuffer: 256 << 20,
    cwd,
    env: { ...process.env, ...env },
  });
  if (status === 0) return stdout;
  throw new Error(
    `${program} ${args.join(" ")} failed: ${error ?? `exit code ${status}`}\n${stdout.slice(-4_000)}\n${stderr.slice(-4_000)}`,
  );
}

function fileName(text: string): string {
  return text.replaceAll(/[^\w.]+/g, "-").replace(/^-/, "");
}
