import { expect, test } from "vitest";
import { clusterIdOfEnvironment, settingsOfEnvironment } from "../../src/config/environment.ts";

test("underscores become dots, two an underscore, three a dash", () => {
  const settings = settingsOfEnvironment({
    KAFKA_LOG_DIRS: "/data",
    KAFKA_LISTENER_NAME_CLIENT__1_SSL_KEY: "x",
    KAFKA_A___B: "y",
    PATH: "/bin",
  });
  expect(Object.fromEntries(settings)).toEqual({
    "log.dirs": "/data",
    "listener.name.client_1.ssl.key": "x",
    "a-b": "y",
  });
});

test("what sets up the Java machine of Apache Kafka's image is no configuration", () => {
  const names = ["HEAP_OPTS", "OPTS", "JMX_OPTS", "LOG4J_ROOT_LOGLEVEL", "LOG4J_LOGGERS", "VERSION", "GC_LOG_OPTS"];
  expect(settingsOfEnvironment(Object.fromEntries(names.map((name) => [`KAFKA_${name}`, "x"])))).toEqual(new Map());
});

test("CLUSTER_ID is the cluster's id, unless it is empty", () => {
  expect(clusterIdOfEnvironment({ CLUSTER_ID: " 5L6g3nShT-eMCtK--X86sw " })).toBe("5L6g3nShT-eMCtK--X86sw");
  expect(clusterIdOfEnvironment({ CLUSTER_ID: "" })).toBeUndefined();
  expect(clusterIdOfEnvironment({})).toBeUndefined();
});
