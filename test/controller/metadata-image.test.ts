import { describe, expect, test } from "vitest";
import { imageRecords } from "../../src/controller/image-records.ts";
import { MetadataDeltaBuilder } from "../../src/controller/metadata-delta.ts";
import { emptyImage, type MetadataDelta, type MetadataImage } from "../../src/controller/metadata-image.ts";
import { MetadataLoader } from "../../src/controller/metadata-loader.ts";
import { PersistentMap } from "../../src/controller/persistent-map.ts";
import {
  beginTransactionRecord,
  brokerRegistrationChangeRecord,
  configRecord,
  endTransactionRecord,
  featureLevelRecord,
  partitionChangeRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  removeTopicRecord,
  topicRecord,
} from "../../src/controller/record-factory.ts";
import { type MetadataRecord, metadataRecord } from "../../src/protocol/metadata-records/index.ts";
import { uuid } from "./test-controller.ts";

const TOPIC_ID = uuid(2, 1);

function partition(partitionId: number, topicId = TOPIC_ID): MetadataRecord {
  return partitionRecord({ topicId, partitionId, replicas: [1], isr: [1], leader: 1, directories: [uuid(1, 1)] });
}

function broker(brokerId: number, brokerEpoch: number): MetadataRecord {
  return registerBrokerRecord({
    brokerId,
    incarnationId: uuid(9, brokerId),
    brokerEpoch,
    endPoints: [{ name: "PLAINTEXT", host: "h", port: 9092, securityProtocol: 0 }],
    features: [],
    rack: null,
    logDirs: [uuid(1, brokerId)],
  });
}

function apply(image: MetadataImage, ...records: MetadataRecord[]): { image: MetadataImage; delta: MetadataDelta } {
  const delta = new MetadataDeltaBuilder(image);
  for (const record of records) delta.replay(record);
  return { image: delta.apply(image.offset + records.length, 1), delta };
}

/** A little of everything. */
const everything: readonly MetadataRecord[] = [
  featureLevelRecord("metadata.version", 33),
  featureLevelRecord("group.version", 1),
  broker(1, 10),
  brokerRegistrationChangeRecord({ brokerId: 1, brokerEpoch: 10, fenced: -1 }),
  brokerRegistrationChangeRecord({ brokerId: 1, brokerEpoch: 10, cordonedLogDirs: [uuid(1, 1)] }),
  broker(2, 11),
  metadataRecord("RegisterControllerRecord", 0, {
    controllerId: 1,
    incarnationId: uuid(9, 8),
    zkMigrationReady: false,
    endPoints: [{ name: "CONTROLLER", host: "h", port: 9093, securityProtocol: 0 }],
    features: [{ name: "metadata.version", minSupportedVersion: 30, maxSupportedVersion: 33 }],
  }),
  topicRecord("t", TOPIC_ID),
  partition(0),
  partition(1),
  partitionChangeRecord({
    topicId: TOPIC_ID,
    partitionId: 1,
    isr: [],
    leader: -1,
    eligibleLeaderReplicas: [1],
    lastKnownElr: [1],
  }),
  configRecord(2, "t", "retention.ms", "5"),
  configRecord(4, "", "min.insync.replicas", "1"),
  producerIdsRecord({ brokerId: 1, brokerEpoch: 10, nextProducerId: 3000 }),
  metadataRecord("ClientQuotaRecord", 0, {
    entity: [{ entityType: "user", entityName: null }],
    key: "producer_byte_rate",
    value: 1024.5,
    remove: false,
  }),
  metadataRecord("AccessControlEntryRecord", 0, {
    id: uuid(3, 1),
    resourceType: 2,
    resourceName: "t",
    patternType: 3,
    principal: "User:a",
    host: "*",
    operation: 3,
    permissionType: 3,
  }),
  metadataRecord("UserScramCredentialRecord", 0, {
    name: "a",
    mechanism: 1,
    salt: new Uint8Array([1]),
    storedKey: new Uint8Array([2]),
    serverKey: new Uint8Array([3]),
    iterations: 4096,
  }),
  metadataRecord("DelegationTokenRecord", 0, {
    owner: "User:a",
    requester: "User:a",
    renewers: [],
    issueTimestamp: 1,
    maxTimestamp: 2,
    expirationTimestamp: 3,
    tokenId: "token",
  }),
];

describe("an image", () => {
  test("does not change when the next one is made, and shares what that one did not touch", () => {
    const { image: first } = apply(
      emptyImage("c"),
      topicRecord("t", TOPIC_ID),
      partition(0),
      topicRecord("u", uuid(2, 2)),
    );
    const { image: second } = apply(first, partition(1), topicRecord("v", uuid(2, 3)));
    expect(first.topics.byName("t")!.partitions).toHaveLength(1);
    expect(first.topics.size).toBe(2);
    expect(first.topics.byName("v")).toBeUndefined();
    expect(second.topics.byName("t")!.partitions).toHaveLength(2);
    expect(second.topics.partitionCount).toBe(2);
    expect(second.topics.byName("u")).toBe(first.topics.byName("u"));
    expect(second.topics.byName("t")!.partitions[0]).toBe(first.topics.byName("t")!.partitions[0]);
    expect(second.brokers).toBe(first.brokers);
    expect(second.configs).toBe(first.configs);
  });

  test("is the same after its own records are replayed from nothing", () => {
    const { image } = apply(emptyImage("c"), ...everything);
    const { image: again } = apply(emptyImage("c"), ...imageRecords(image));
    const comparable = (value: MetadataImage) => ({
      ...value,
      offset: 0,
      topics: [...value.topics],
      configs: [...value.configs],
      security: [...value.security.entries()],
    });
    expect(comparable(again)).toEqual(comparable(image));
    expect(imageRecords(image).next().value).toMatchObject({ record: { name: "metadata.version" } });
  });

  test("counts epochs as the log means them", () => {
    const { image } = apply(
      emptyImage("c"),
      topicRecord("t", TOPIC_ID),
      partition(0),
      partitionChangeRecord({ topicId: TOPIC_ID, partitionId: 0, isr: [1] }),
      partitionChangeRecord({ topicId: TOPIC_ID, partitionId: 0, leader: 1 }),
      partitionChangeRecord({ topicId: TOPIC_ID, partitionId: 0, replicas: [2, 1] }),
    );
    expect(image.topics.byName("t")!.partitions[0]).toMatchObject({
      leaderEpoch: 1,
      partitionEpoch: 3,
      replicas: [2, 1],
      directories: ["AAAAAAAAAAAAAAAAAAAAAQ", uuid(1, 1)],
    });
  });

  test("forgets what is taken back: a topic with its settings, security, a level of 0", () => {
    const { image: full } = apply(emptyImage("c"), ...everything);
    const { image, delta } = apply(
      full,
      removeTopicRecord(TOPIC_ID),
      featureLevelRecord("group.version", 0),
      metadataRecord("UnregisterBrokerRecord", 0, { brokerId: 1, brokerEpoch: 10 }),
      metadataRecord("UnregisterControllerRecord", 0, { controllerId: 1 }),
      metadataRecord("RemoveAccessControlEntryRecord", 0, { id: uuid(3, 1) }),
      metadataRecord("RemoveUserScramCredentialRecord", 0, { name: "a", mechanism: 1 }),
      metadataRecord("RemoveDelegationTokenRecord", 0, { tokenId: "token" }),
      metadataRecord("ClientQuotaRecord", 0, {
        entity: [{ entityType: "user", entityName: null }],
        key: "producer_byte_rate",
        value: 0,
        remove: true,
      }),
    );
    expect([image.topics.size, image.topics.partitionCount, image.security.size, image.controllers.size]).toEqual([
      0, 0, 0, 0,
    ]);
    expect([...image.brokers.keys()]).toEqual([2]);
    expect([...image.configs].map(({ name }) => name)).toEqual([""]);
    expect([...image.features.keys()]).toEqual(["metadata.version"]);
    expect([...delta.brokers, ...delta.controllers]).toEqual([1, 1]);
    expect([...delta.features]).toEqual(["group.version"]);
  });

  test("knows a name that was deleted and created again in one step by its new id", () => {
    const { image: before } = apply(emptyImage("c"), topicRecord("t", TOPIC_ID), partition(0));
    const id = uuid(2, 9);
    const { image, delta } = apply(before, removeTopicRecord(TOPIC_ID), topicRecord("t", id), partition(0, id));
    expect(image.topics.byName("t")!.id).toBe(id);
    expect(image.topics.byId(TOPIC_ID)).toBeUndefined();
    expect([...delta.topics.keys()]).toEqual([TOPIC_ID, id]);
  });

  test("says nothing of a topic that came and went in one step", () => {
    const { image, delta } = apply(
      emptyImage("c"),
      topicRecord("t", TOPIC_ID),
      partition(0),
      removeTopicRecord(TOPIC_ID),
    );
    expect(image.topics.size).toBe(0);
    expect(delta.topics.size).toBe(0);
  });

  test.each([
    ["a partition of an unknown topic", partition(0, uuid(2, 77))],
    ["a change of an unknown partition", partitionChangeRecord({ topicId: uuid(2, 77), partitionId: 0, leader: 1 })],
    ["a change of an unknown broker", brokerRegistrationChangeRecord({ brokerId: 9, brokerEpoch: 1, fenced: 1 })],
    ["the removal of an unknown topic", removeTopicRecord(uuid(2, 77))],
  ])("is not made of %s", (_, record) => {
    expect(() => apply(emptyImage("c"), record)).toThrow();
  });
});

describe("the loader", () => {
  function batch(baseOffset: number, ...records: MetadataRecord[]) {
    const lastOffset = baseOffset + records.length - 1;
    return { baseOffset, lastOffset, epoch: 1, appendTimestampMs: 0, sizeBytes: 1, records, control: [] };
  }

  test("shows the records of a metadata transaction together, at its end", () => {
    const loader = new MetadataLoader("c");
    const sizes: number[] = [];
    loader.register({ onBatch: (_, image) => sizes.push(image.topics.size) });
    loader.handleCommit([batch(0, beginTransactionRecord("x"), topicRecord("t", TOPIC_ID))]);
    loader.handleCommit([batch(2, topicRecord("u", uuid(2, 2)))]);
    loader.handleCommit([batch(3, endTransactionRecord())]);
    expect(sizes).toEqual([0, 0, 2]);
    expect(loader.image.offset).toBe(3);
  });

  test("drops what an aborted metadata transaction wrote", () => {
    const loader = new MetadataLoader("c");
    loader.handleCommit([batch(0, beginTransactionRecord("x"), topicRecord("t", TOPIC_ID))]);
    loader.handleCommit([
      batch(2, metadataRecord("AbortTransactionRecord", 0, { reason: null }), topicRecord("u", uuid(2, 2))),
    ]);
    expect([...loader.image.topics].map((topic) => topic.name)).toEqual(["u"]);
  });

  test("starts over from a snapshot", () => {
    const loader = new MetadataLoader("c");
    loader.handleLoadSnapshot({
      endOffset: 50,
      epoch: 4,
      lastContainedLogTimestampMs: 0,
      quorum: { kraftVersion: 1, voters: [] },
      records: everything,
    });
    expect(loader.image).toMatchObject({ offset: 49, epoch: 4, nextProducerId: 3000 });
    expect(loader.image.features.get("kraft.version")).toBe(1);
  });

  test("a snapshot in the course of time tells what is gone, what is new and what has changed", () => {
    const loader = new MetadataLoader("c");
    const [kept, gone, fresh] = [TOPIC_ID, uuid(2, 2), uuid(2, 3)];
    const before = [broker(1, 10), topicRecord("kept", kept), partition(0), partition(1), topicRecord("gone", gone)];
    loader.handleCommit([
      batch(0, ...before, partition(0, gone), configRecord(2, "gone", "segment.bytes", "1"), broker(2, 11)),
    ]);
    const deltas: MetadataDelta[] = [];
    loader.register({ onBatch: (delta) => deltas.push(delta) });
    loader.handleLoadSnapshot({
      endOffset: 50,
      epoch: 4,
      lastContainedLogTimestampMs: 0,
      quorum: undefined,
      records: [
        broker(1, 10),
        topicRecord("kept", kept),
        partition(0),
        partition(1),
        partitionChangeRecord({ topicId: kept, partitionId: 1, leader: 1 }),
        topicRecord("fresh", fresh),
        partition(0, fresh),
      ],
    });
    const [delta] = deltas;
    const named = [...delta!.topics.values()].map(({ before: old, after, partitions }) => [
      `${old?.name} -> ${after?.name}`,
      ...partitions,
    ]);
    expect(named).toEqual([["gone -> undefined"], ["kept -> kept", 1], ["undefined -> fresh", 0]]);
    expect([...delta!.brokers].sort()).toEqual([1, 2]);
    expect(delta!.configs).toEqual([{ type: 2, name: "gone" }]);
    expect(loader.image.brokers.has(2)).toBe(false);
  });
});

describe("PersistentMap", () => {
  test("keeps its entries while maps made of it change", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `topic-${index}`);
    const full = PersistentMap.empty<number>().with(keys.map((key, index) => [key, index]));
    const changed = full.with([
      ["topic-7", undefined],
      ["topic-8", -8],
      ["topic-1000", 1000],
      ["absent", undefined],
    ]);
    expect([full.size, changed.size]).toEqual([1000, 1000]);
    expect([full.get("topic-7"), full.get("topic-8"), full.has("topic-1000")]).toEqual([7, 8, false]);
    expect([changed.get("topic-7"), changed.get("topic-8"), changed.get("topic-1000")]).toEqual([undefined, -8, 1000]);
    expect([...full.values()].reduce((sum, value) => sum + value, 0)).toBe(499_500);
    expect(new Set([...changed.entries()].map(([key]) => key)).size).toBe(1000);
  });
});
