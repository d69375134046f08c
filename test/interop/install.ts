/** Brings what the interop stage needs and npm does not: Debian packages, Python and Node clients, Apache Kafka's jars. */
import { installApacheKafka } from "./apache-kafka/install.ts";
import { installedTrees } from "./containers/buildah.ts";
import {
  installDebianPackages,
  installedConfluentJavascript,
  installedNode,
  installedPython,
  olderNodes,
} from "./installed.ts";

const steps: readonly [name: string, install: () => unknown][] = [
  ["Debian packages", installDebianPackages],
  ["Apache Kafka", installApacheKafka],
  ["Python clients", installedPython],
  ["Container base", installedTrees],
  ["@confluentinc/kafka-javascript", installedConfluentJavascript],
  ["Older versions of Node", () => olderNodes.map(installedNode)],
];

for (const [name, install] of steps) {
  const startMs = performance.now();
  process.stdout.write(`installing ${name} ... `);
  try {
    install();
    console.log(`done in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  } catch (error) {
    console.log("failed");
    console.error(error);
    process.exitCode = 1;
  }
}
