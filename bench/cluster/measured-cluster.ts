import { ClusterAdmin } from "../../test/clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../../test/clients/cluster/cluster-under-test.ts";
import { runtimeNames } from "../../test/clients/polylog-server.ts";
import { installApacheKafka } from "../../test/interop/apache-kafka/install.ts";
import { javaOptions } from "../../test/interop/apache-kafka/target.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "../../test/interop/cluster/launcher.ts";
import { cpuSeconds, residentMegabytes } from "../process-figures.ts";

/** Longer than what a measurement waits for. */
const START_LIMIT_MS = 3_600_000;

/** Three nodes, broker and controller each, whose processes are watched together. */
export class MeasuredCluster implements AsyncDisposable {
  readonly nodes: ClusterUnderTest;

  /** `mixed` has one node on each runtime. Apache Kafka runs with the options of its own start script. */
  static async start(target: string): Promise<MeasuredCluster> {
    const software = target === "mixed" ? runtimeNames : [target, target, target];
    const specs = software.map((name) => ({ software: name, roles: "broker,controller" }) as const);
    const nodes = await ClusterUnderTest.create(specs, {
      launcher: (name, properties) => (name === APACHE_KAFKA ? apacheKafka(properties) : launchAny(name, properties)),
      features: COMMON_FEATURES,
    });
    const cluster = new MeasuredCluster(nodes);
    try {
      await nodes.start();
    } catch (error) {
      await nodes.dispose();
      throw error;
    }
    return cluster;
  }

  private constructor(nodes: ClusterUnderTest) {
    this.nodes = nodes;
  }

  get admin(): ClusterAdmin {
    return new ClusterAdmin(this.nodes.node(1));
  }

  /** Of those that run. */
  cpuSeconds(): number {
    return this.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  }

  residentMegabytes(): number {
    return this.pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nodes.dispose();
  }

  private get pids(): readonly number[] {
    return this.nodes.nodes.filter(({ isRunning }) => isRunning).map(({ pid }) => pid);
  }
}

function apacheKafka(properties: string) {
  const args = [...javaOptions("-Xmx1G"), "-Xms1G", "-cp", installApacheKafka().broker, "kafka.Kafka", properties];
  return { program: "java", args, startLimitMs: START_LIMIT_MS };
}
