import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/** What figures depend on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  /** By runtime; and of Java, when Apache Kafka is measured. */
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly date: string;
}

export function describeMachine(targets: readonly string[], apache: boolean): Machine {
  const versions = Object.fromEntries(targets.map((name) => [name, runtimeVersion(name)]));
  if (apache) versions["apache-kafka"] = `4.4.0 on Java ${javaVersion()}`;
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    versions,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

export function machineLines(machine: Machine): string[] {
  const { processor, cores, memoryGigabytes, system, versions, commit: id, date } = machine;
  return [
    `${processor}, ${cores} cores, ${memoryGigabytes} GB, ${system}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    `Polylog ${id}, ${date}`,
  ];
}

function runtimeVersion(name: string): string {
  const output = execFileSync(join(root, "node_modules/.bin", name), ["--version"], { encoding: "utf8" });
  return /\d+\.\d+\.\d+\S*/.exec(output)?.[0] ?? output.trim();
}

function javaVersion(): string {
  const output = execFileSync("java", ["-version"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return (
    /"([^"]+)"/.exec(output)?.[1] ??
    /\d+(\.\d+)+/.exec(execFileSync("java", ["--version"], { encoding: "utf8" }))?.[0] ??
    "?"
  );
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const changed = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : " with changes";
    return git("rev-parse", "--short", "HEAD") + changed;
  } catch {
    return "of an unknown commit";
  }
}
