import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where downloads of the interop stage are kept from one run to the next. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "polylog-interop");

const installLimitMs = 900_000;

/** Class paths of Apache Kafka's broker, of its tools and of Kafka Streams, from Maven Central through the machine's own Maven. */
export interface ApacheKafkaJars {
  readonly broker: string;
  readonly tools: string;
  readonly streams: string;
}

export function installApacheKafka(): ApacheKafkaJars {
  return { broker: install("broker"), tools: install("tools"), streams: install("streams") };
}

/** The pom's checksum is part of the directory's name: a changed pom is a new installation, a half-done one is never used. */
function install(part: keyof ApacheKafkaJars): string {
  const pom = join(import.meta.dirname, `${part}.pom.xml`);
  const fingerprint = createHash("sha256").update(readFileSync(pom)).digest("hex").slice(0, 12);
  const directory = join(cacheDirectory, `apache-kafka-${part}-${fingerprint}`);
  if (!existsSync(directory)) {
    const unfinished = `${directory}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    const args = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${unfinished}`];
    const { status, stdout, stderr, error } = spawnSync("mvn", args, { encoding: "utf8", timeout: installLimitMs });
    if (status !== 0) throw new Error(`mvn ${args.join(" ")} failed: ${error ?? ""}\n${stdout}\n${stderr}`);
    renameSync(unfinished, directory);
  }
  return join(directory, "*");
}
