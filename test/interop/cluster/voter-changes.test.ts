import { afterEach, expect, test } from "vitest";
import type { ClusterNode } from "../../clients/cluster/cluster-node.ts";
import { ClusterUnderTest } from "../../clients/cluster/cluster-under-test.ts";
import { eventually, QuorumUnderTest } from "../../clients/cluster/quorum.ts";
import { runJavaTool } from "../java-tools/java-tool.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "./launcher.ts";

let cluster: ClusterUnderTest | undefined;

afterEach(() => cluster?.dispose());

test.for([
  { joining: "node", first: APACHE_KAFKA },
  { joining: APACHE_KAFKA, first: "node" },
])(
  "a controller of $joining joins one of $first by itself, leads, and is removed by Apache Kafka's tool",
  {
    timeout: 600_000,
  },
  async ({ joining, first }) => {
    const specs = [
      { software: first, roles: "controller" },
      { software: joining, roles: "controller", joinsLater: true },
    ] as const;
    const settings = { "controller.quorum.auto.join.enable": "true" };
    cluster = await ClusterUnderTest.create(specs, { settings, launcher: launchAny, features: COMMON_FEATURES });
    const [one, two] = cluster.nodes as [ClusterNode, ClusterNode];
    const controllers = new QuorumUnderTest(cluster);
    await cluster.start();
    await controllers.leader({ voters: [1, 2] });
    const { currentVoters } = await controllers.caughtUp();
    const newcomer = currentVoters.find(({ replicaId }) => replicaId === 2)!;

    await eventually(
      async () => {
        if ((await controllers.caughtUp()).leaderId === 2) return true;
        await one.restart();
        return undefined;
      },
      () => "the newcomer as leader",
    );
    const remove = ["remove-controller", "--controller-id", "2", "--controller-directory-id"];
    const bootstrap = ["--bootstrap-controller", `127.0.0.1:${two.controllerPort}`];
    const removed = await runJavaTool("metadata-quorum", [...bootstrap, ...remove, newcomer.replicaDirectoryId]);
    expect(removed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Removed\s+KRaft controller 2/) });
    expect((await controllers.leader({ voters: [1] })).leaderId).toBe(1);
  },
);
