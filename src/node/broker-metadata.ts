import type { Config } from "../config/config.ts";
import { resolveTopicConfig, type TopicConfig } from "../config/topic-config.ts";
import type { MetadataDelta, MetadataImage, MetadataListener, TopicDelta } from "../controller/metadata-image.ts";
import type { Log } from "../log/log.ts";
import type { Slices } from "../log/slices.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import type { Runtime } from "../runtime.ts";
import { dynamicConfigOf } from "../server/config-layers-of.ts";
import { WorkLine } from "./work-line.ts";

/** A part of the broker that follows the metadata. */
export interface MetadataSubscriber {
  /** Applies one step of the metadata, in slices between which requests are served; without slices, within the call. */
  applyMetadata(delta: MetadataDelta, image: MetadataImage): Iterable<void>;
}

/**
 * What this broker knows of the cluster: the newest image it has applied. Subscribers hear of each step in the order in which they
 * were added, and of the next step when all of them are done; then requests see the image. A step that changes many partitions
 * takes several turns of the loop. In that case requests see its image from the end of the first turn on (Apache Kafka shows a new
 * image before any replica has changed), and are told to try again by partitions that are not there yet.
 */
export class BrokerMetadata implements MetadataListener {
  image: MetadataImage;
  /** The offset of the image that all subscribers have applied. */
  appliedOffset: number;
  private readonly config: Config;
  /** The configuration with the dynamic values of the image. */
  private effective: Config;
  /** The image that the step in progress leads to. */
  private resolving: MetadataImage;
  private readonly subscribers: MetadataSubscriber[] = [];
  private readonly steps: WorkLine;
  private onApplied: (() => void)[] = [];
  /** The last settings that were resolved: the partitions of one topic come together, by the thousand when a broker starts. */
  private resolved: ResolvedTopicConfig | undefined = undefined;

  constructor({ clock, fatal }: Pick<Runtime, "clock" | "fatal">, config: Config, image: MetadataImage) {
    this.steps = new WorkLine(clock, fatal);
    this.config = config;
    this.image = image;
    this.appliedOffset = image.offset;
    this.resolving = image;
    this.effective = dynamicConfigOf(image, config);
  }

  /** The image that the step in progress leads to; the newest image when there is no step. */
  get coming(): MetadataImage {
    return this.resolving;
  }

  onBatch(delta: MetadataDelta, image: MetadataImage): void {
    this.steps.add(() => this.apply(delta, image));
  }

  /** Tells the subscriber everything that is known already, and every change from now on. */
  subscribe(subscriber: MetadataSubscriber): void {
    this.steps.add(() => this.introduce(subscriber));
  }

  /** Calls back when all steps heard of so far are applied: within this call, unless one is in progress. */
  afterSteps(done: () => void): void {
    this.steps.afterAll(done);
  }

  /** The broker stops: steps that are not applied yet never are. */
  close(): void {
    this.steps.clear();
  }

  /** Resolves when the record at `offset` has been applied here. */
  async untilApplied(offset: number): Promise<void> {
    while (this.appliedOffset < offset) await this.nextStep();
  }

  /** Resolves when the image shows the broker to clients. */
  async untilUnfenced(brokerId: number): Promise<void> {
    while (this.image.brokers.get(brokerId)?.fenced !== false) await this.nextStep();
  }

  /** The broker's settings in effect. */
  get dynamicConfig(): Config {
    return this.effective;
  }

  /** The settings of a topic in effect, even while the present step is creating it. */
  topicConfig(topic: string): TopicConfig {
    const { effective, resolved } = this;
    const overrides = this.resolving.configs.get(ConfigResourceType.TOPIC, topic);
    // Neither is ever changed in place.
    if (resolved?.effective === effective && resolved.overrides === overrides) return resolved.config;
    const config = resolveTopicConfig(effective, overrides);
    this.resolved = { effective, overrides, config };
    return config;
  }

  /** The id of the directory of the broker's replica; undefined when it has none. Without a `topicId` the name decides. */
  assignedDirectoryId(
    brokerId: number,
    { topic, partition }: { readonly topic: string; readonly partition: number },
    topicId: string | undefined,
  ): string | undefined {
    const { topics } = this.image;
    const registration = (topicId === undefined ? topics.byName(topic) : topics.byId(topicId))?.partitions[partition];
    const index = registration?.replicas.indexOf(brokerId) ?? -1;
    return index < 0 ? undefined : registration!.directories[index];
  }

  private *apply(delta: MetadataDelta, image: MetadataImage): Slices<void> {
    if (delta.configs.some(({ type }) => type === ConfigResourceType.BROKER)) {
      this.effective = dynamicConfigOf(image, this.config);
    }
    this.resolving = image;
    for (const subscriber of this.subscribers) {
      for (const _ of subscriber.applyMetadata(delta, image)) {
        this.image = image;
        yield;
      }
    }
    this.image = image;
    this.appliedOffset = image.offset;
    const applied = this.onApplied;
    this.onApplied = [];
    for (const wake of applied) wake();
  }

  private *introduce(subscriber: MetadataSubscriber): Slices<void> {
    this.subscribers.push(subscriber);
    yield* subscriber.applyMetadata(everythingIn(this.image), this.image);
  }

  private nextStep(): Promise<void> {
    return new Promise((resolve) => this.onApplied.push(resolve));
  }
}

interface ResolvedTopicConfig {
  readonly effective: Config;
  readonly overrides: ReadonlyMap<string, string>;
  readonly config: TopicConfig;
}

const LOGS_PER_SLICE = 256;

/** Gives logs, and what looks after them, their new settings when those of their topic, or the broker's, change. */
export class LogConfigUpdater implements MetadataSubscriber {
  private readonly logs: () => Iterable<Log>;
  private readonly update: (log: Log) => void;
  private readonly updateBroker: () => void;

  constructor(logs: () => Iterable<Log>, update: (log: Log) => void, updateBroker: () => void) {
    this.logs = logs;
    this.update = update;
    this.updateBroker = updateBroker;
  }

  *applyMetadata(delta: MetadataDelta): Slices<void> {
    const { TOPIC, BROKER } = ConfigResourceType;
    const all = delta.configs.some(({ type }) => type === BROKER);
    const topics = new Set(delta.configs.filter(({ type }) => type === TOPIC).map(({ name }) => name));
    if (!all && topics.size === 0) return;
    if (all) this.updateBroker();
    let updated = 0;
    for (const log of [...this.logs()]) {
      if (!all && !topics.has(log.topic)) continue;
      this.update(log);
      if (++updated % LOGS_PER_SLICE === 0) yield;
    }
  }
}

/** The step from nothing to an image. */
function everythingIn(image: MetadataImage): MetadataDelta {
  const topics = new Map<string, TopicDelta>();
  for (const topic of image.topics) {
    const partitions = new Set(topic.partitions.map(({ partitionId }) => partitionId));
    topics.set(topic.id, { before: undefined, after: topic, partitions });
  }
  return {
    previous: image,
    topics,
    brokers: new Set(image.brokers.keys()),
    controllers: new Set(image.controllers.keys()),
    features: new Set(image.features.keys()),
    configs: [...image.configs].map(({ type, name }) => ({ type, name })),
  };
}
