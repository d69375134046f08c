import { afterAll, beforeAll, describe, test } from "vitest";
import { ClusterUnderTest } from "../clients/cluster/cluster-under-test.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "./cluster/launcher.ts";
import { administrationScenarios } from "./side-by-side/cluster/administration.ts";
import { type ClusterScenario, ClusterTranscript } from "./side-by-side/cluster/cluster-transcript.ts";
import { coordinatorScenarios, OFFSETS_REPLICAS, OFFSETS_TOPIC } from "./side-by-side/cluster/coordinators.ts";
import { lastReplicaScenarios } from "./side-by-side/cluster/last-replicas.ts";
import { leaderChangeScenarios } from "./side-by-side/cluster/leader-changes.ts";
import { leadershipScenarios } from "./side-by-side/cluster/leadership.ts";
import { outageScenarios } from "./side-by-side/cluster/outages.ts";
import { expectSameEntries } from "./side-by-side/comparison.ts";
import { Normaliser } from "./side-by-side/normalise.ts";
import type { Entry } from "./side-by-side/scenario.ts";

const scenarios: readonly ClusterScenario[] = [
  ...leadershipScenarios,
  ...leaderChangeScenarios,
  ...administrationScenarios,
  ...coordinatorScenarios,
  ...outageScenarios,
  ...lastReplicaScenarios,
];

/** Of the first only, so that it can't move, and the others can go. */
const ROLES = ["broker,controller", "broker", "broker"] as const;
/** Nobody is missed but who has said goodbye; Apache Kafka keeps those out, too, until their time is up. */
const PATIENCE = {
  "broker.session.timeout.ms": "15000",
  "replica.lag.time.max.ms": "120000",
  "auto.leader.rebalance.enable": "false",
};

describe("Three brokers of Polylog answer as three of Apache Kafka do", () => {
  let clusters: readonly ClusterUnderTest[] = [];

  beforeAll(async () => {
    const create = (software: string) =>
      ClusterUnderTest.create(
        ROLES.map((roles) => ({ software, roles })),
        { launcher: launchAny, features: COMMON_FEATURES, settings: PATIENCE },
      );
    clusters = [await create(APACHE_KAFKA), await create("node")];
    await Promise.all(clusters.map((cluster) => cluster.start()));
    for (const cluster of clusters) {
      const transcript = await ClusterTranscript.open(cluster);
      await transcript.createTopic(OFFSETS_TOPIC, OFFSETS_REPLICAS, { "cleanup.policy": "compact" });
      transcript.close();
    }
  }, 600_000);

  afterAll(() => Promise.all(clusters.map((cluster) => cluster.dispose())));

  test.each(scenarios)("$name", { timeout: 600_000 }, async (scenario) => {
    const [expected, actual] = [await play(scenario, clusters[0]!), await play(scenario, clusters[1]!)];
    expectSameEntries(expected, actual);
  });
});

async function play(scenario: ClusterScenario, cluster: ClusterUnderTest): Promise<Entry[]> {
  const transcript = await ClusterTranscript.open(cluster);
  try {
    await scenario.run(transcript);
    return new Normaliser(cluster.brokers.map(({ port }) => port)).normaliseAll(transcript.entries);
  } finally {
    transcript.close();
  }
}
