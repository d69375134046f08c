import type { BrokerRegistration, ControllerRegistration, Endpoint } from "../controller/broker-registration.ts";
import type { ConfiguredResource, MetadataImage, TopicImage } from "../controller/metadata-image.ts";
import type { PartitionRegistration } from "../controller/partition-registration.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import type { VoterNode } from "../raft/voter-set.ts";
import type { ReadMetadata } from "./metadata-files.ts";
import type { Tree } from "./tree.ts";

const RESOURCE_TYPES: ReadonlyMap<number, string> = new Map(
  Object.entries(ConfigResourceType).map(([name, code]) => [code, name.toLowerCase().replace("_", "-")]),
);

/** The metadata of a cluster as names under names. */
export function metadataTree({ image, voters }: ReadMetadata): Tree {
  const children = [
    branch(
      "features",
      sorted(image.features).map(([name, level]) => leaf(`${name} ${level}`)),
    ),
    branch("voters", voters.map(voterTree)),
    branch(
      "controllers",
      sorted(image.controllers).map(([, controller]) => controllerTree(controller)),
    ),
    branch(
      "brokers",
      sorted(image.brokers).map(([, broker]) => brokerTree(broker)),
    ),
    branch("topics", [...image.topics].sort(byName).map(topicTree)),
    branch("configs", configTrees(image)),
    leaf(`producerIds next ${image.nextProducerId}`),
    branch("security", securityTrees(image)),
  ];
  return { name: "", children };
}

function voterTree({ id, directoryId, endpoints }: VoterNode): Tree {
  return branch(`${id}`, [
    leaf(`directory ${directoryId}`),
    ...endpoints.map(({ name, host, port }) => leaf(`${name} ${host}:${port}`)),
  ]);
}

function controllerTree({ id, incarnationId, listeners }: ControllerRegistration): Tree {
  return branch(`${id}`, [leaf(`incarnation ${incarnationId}`), ...listenerLeaves(listeners)]);
}

function brokerTree(broker: BrokerRegistration): Tree {
  const state = broker.fenced ? "fenced" : broker.inControlledShutdown ? "in controlled shutdown" : "alive";
  return branch(`${broker.id} ${state}`, [
    leaf(`epoch ${broker.epoch}`),
    leaf(`incarnation ${broker.incarnationId}`),
    ...(broker.rack === null ? [] : [leaf(`rack ${broker.rack}`)]),
    ...listenerLeaves(broker.listeners),
    ...broker.directories.map((id) => leaf(`directory ${id}`)),
  ]);
}

function listenerLeaves(listeners: ReadonlyMap<string, Endpoint>): Tree[] {
  return [...listeners.values()].map(({ name, host, port }) => leaf(`${name} ${host}:${port}`));
}

function topicTree({ name, id, partitions }: TopicImage): Tree {
  return branch(name, [leaf(`id ${id}`), ...partitions.map(partitionTree)]);
}

function partitionTree(partition: PartitionRegistration): Tree {
  const lists: readonly (readonly [string, readonly (number | string)[]])[] = [
    ["adding", partition.addingReplicas],
    ["removing", partition.removingReplicas],
    ["elr", partition.elr],
    ["lastKnownElr", partition.lastKnownElr],
  ];
  return branch(`${partition.partitionId}`, [
    leaf(`leader ${partition.leader < 0 ? "none" : partition.leader}`),
    leaf(`leaderEpoch ${partition.leaderEpoch}`),
    leaf(`partitionEpoch ${partition.partitionEpoch}`),
    leaf(`replicas ${partition.replicas.join(",")}`),
    leaf(`isr ${partition.isr.join(",")}`),
    ...lists.filter(([, ids]) => ids.length > 0).map(([name, ids]) => leaf(`${name} ${ids.join(",")}`)),
    leaf(`directories ${partition.directories.join(",")}`),
  ]);
}

function configTrees(image: MetadataImage): Tree[] {
  const resources = [...image.configs].sort(byName);
  return sorted(RESOURCE_TYPES).flatMap(([type, typeName]) => {
    const ofType = resources.filter((resource) => resource.type === type);
    return ofType.length === 0 ? [] : [branch(typeName, ofType.map(resourceTree))];
  });
}

/** What a broker's settings are may be secret; that they are set is not. */
function resourceTree({ type, name, configs }: ConfiguredResource): Tree {
  const isSecret = type === ConfigResourceType.BROKER;
  const leaves = sorted(configs).map(([key, value]) => leaf(isSecret ? key : `${key} ${value}`));
  return branch(name || "default", leaves);
}

/** How many records of each kind, without what they say: some are secrets. */
function securityTrees(image: MetadataImage): Tree[] {
  const counts = new Map<string, number>();
  for (const { type } of image.security.values()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return sorted(counts).map(([type, count]) => leaf(`${type} ${count}`));
}

function branch(name: string, children: readonly Tree[]): Tree {
  return { name, children };
}

function leaf(name: string): Tree {
  return { name };
}

function sorted<T extends readonly [number | string, ...unknown[]]>(entries: Iterable<T>): T[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
