import { expect } from "vitest";
import type { SeededRandom } from "../../adapters/simulator/index.ts";
import { fetch } from "../../src/api/fetch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { FetchRequest, FetchResponse } from "../../src/protocol/messages/fetch.ts";
import type { Infer, Input } from "../../src/protocol/schema.ts";
import { batchOffsets, type Exchange, type TestBroker, topicId } from "../api/test-broker.ts";
import type { ChangingTopics } from "./changing-topics.ts";

type Request = Input<typeof FetchRequest>;
type Response = Infer<typeof FetchResponse>;
type Limits = Pick<Request, "maxWaitMs" | "minBytes" | "maxBytes">;

const FIRST_BY_ID = 13;

/** What a request asks of a topic's partition. */
interface Asked {
  readonly topic: string;
  readonly topicId: string;
  readonly fetchOffset: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
}

/** What the client was last told of a partition of its session. */
interface Told {
  readonly highWatermark: number;
  readonly logStartOffset: number;
  /** Behind what it got. */
  readonly nextOffset: number | undefined;
}

interface Pending {
  readonly session: Exchange<Response>;
  readonly full: Exchange<Response>;
  readonly limits: Limits;
  readonly creations: number;
}

/**
 * A consumer with a session. Beside each of its requests goes a full fetch of the same partitions, in the order that the
 * session has them in: both are to be answered at the same moment, and the session with the news of what the full one says.
 */
export class SessionBesideFullFetch {
  /** Partitions that requests did not look at, all together. */
  settledCount = 0;
  private readonly broker: TestBroker;
  private readonly topics: ChangingTopics;
  private readonly random: SeededRandom;
  private version: number;
  private isolationLevel: number;
  private id = 0;
  private epoch = 0;
  /** By name, and id if the version has ids. */
  private readonly asked = new Map<string, Asked>();
  private readonly told = new Map<string, Told>();
  private pending: Pending | undefined = undefined;

  constructor(broker: TestBroker, topics: ChangingTopics, random: SeededRandom, version: number) {
    this.broker = broker;
    this.topics = topics;
    this.random = random;
    this.version = version;
    this.isolationLevel = random.integer(2);
  }

  /** The next request. One that waits is given up, if it can be told what it has to answer then. */
  poll(): void {
    const given = this.pending;
    // What was missing when a wait began is told as missing at its end, and a full fetch now would know better.
    if (given !== undefined && (this.id === 0 || given.creations !== this.topics.creations)) return;
    const fullNow = given && this.send({ ...given.limits, maxWaitMs: 0 }, [...this.asked.values()]);
    if (given === undefined) this.changeReader();
    const named = this.chooseNamed();
    const forgotten = this.chooseForgotten(named);
    const limits = this.chooseLimits();
    const session = this.send(limits, named, {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      forgottenTopicsData: forgotten.map(({ topic, topicId }) => ({ topic, topicId, partitions: [0] })),
    });
    if (given !== undefined) this.compare(given.session.response, fullNow?.response);
    for (const asked of named) this.asked.set(this.keyOf(asked), asked);
    for (const key of forgotten.map((each) => this.keyOf(each))) {
      this.asked.delete(key);
      this.told.delete(key);
    }
    const full = this.send(limits, [...this.asked.values()]);
    this.pending = { session, full, limits, creations: this.topics.creations };
    this.epoch++;
    this.check();
  }

  /** Both are answered, or none. */
  check(): void {
    if (this.pending === undefined) return;
    const { session, full } = this.pending;
    expect(session.response !== undefined, "is answered with the full fetch").toBe(full.response !== undefined);
    if (full.response === undefined) return;
    this.pending = undefined;
    this.compare(session.response, full.response);
  }

  private changeReader(): void {
    if (this.chance(25)) this.isolationLevel = 1 - this.isolationLevel;
    // Before version 11 consumers read from leaders only.
    if (this.version < FIRST_BY_ID && this.chance(25)) this.version = 22 - this.version;
  }

  private chooseLimits(): Limits {
    const maxWaitMs = this.chance(2) ? 1_000 : 0;
    return { maxWaitMs, minBytes: this.chance(3) ? 900 : 1, maxBytes: this.chance(4) ? 600 : 100_000 };
  }

  private chooseNamed(): Asked[] {
    const named: Asked[] = [];
    for (const topic of this.topics.names) {
      const id = topicId(topic);
      const key = this.keyOf({ topic, topicId: id });
      const told = this.told.get(key);
      if (!this.asked.has(key)) {
        if (this.id === 0 || this.chance(3)) named.push(this.ask(topic, id, undefined));
      } else if (told?.nextOffset !== undefined ? !this.chance(4) : this.chance(15)) {
        named.push(this.ask(topic, id, told?.nextOffset));
      }
    }
    return named;
  }

  private ask(topic: string, topicId: string, nextOffset: number | undefined): Asked {
    const partition = this.topics.partition(topic);
    const end = partition?.log?.logEndOffset ?? 0;
    const offset = this.chance(6) ? this.random.integer(end + 3) : end;
    return {
      topic,
      topicId,
      fetchOffset: nextOffset ?? offset,
      currentLeaderEpoch: this.chance(2) ? -1 : (partition?.leaderEpoch ?? 0) + (this.chance(9) ? 1 : 0),
      lastFetchedEpoch: this.version >= FIRST_BY_ID && this.chance(12) ? this.random.integer(3) : -1,
    };
  }

  private chooseForgotten(named: readonly Asked[]): Asked[] {
    const candidates = [...this.asked.values()].filter((asked) => !named.some(({ topic }) => topic === asked.topic));
    return candidates.slice(1).filter(() => this.chance(15));
  }

  private send(limits: Limits, asked: readonly Asked[], session: Partial<Request> = { sessionEpoch: -1 }) {
    const topics = asked.map(({ topic, topicId, ...partition }) => ({
      topic,
      topicId,
      partitions: [{ partition: 0, partitionMaxBytes: 1_000, ...partition }],
    }));
    return this.broker.send(fetch, this.version, {
      ...limits,
      ...session,
      isolationLevel: this.isolationLevel,
      topics,
    });
  }

  private compare(session: Response | null | undefined, full: Response | null | undefined): void {
    const isFirst = this.id === 0;
    const all = answersOf(full);
    const expected = all.filter((answer) => this.isNews(answer) || isFirst);
    expect(session?.errorCode).toBe(0);
    expect(answersOf(session)).toEqual(expected);
    this.id = session!.sessionId;
    for (const answer of all) {
      const { highWatermark, logStartOffset, offsets } = answer;
      const nextOffset = offsets.length === 0 ? undefined : offsets.at(-1)! + 1;
      this.told.set(this.keyOf(answer), { highWatermark, logStartOffset, nextOffset });
    }
    // Who was served is served last the next time.
    if (!isFirst) for (const answer of all) if (answer.sizeBytes > 0) this.moveToEnd(this.keyOf(answer));
    this.settledCount += this.broker.replicas.fetchSessions.get(this.id)?.settledCount ?? 0;
  }

  private isNews(answer: ReturnType<typeof answersOf>[number]): boolean {
    const told = this.told.get(this.keyOf(answer));
    const { errorCode, sizeBytes, divergingEpoch, highWatermark, logStartOffset } = answer;
    if (errorCode !== 0 || sizeBytes > 0 || divergingEpoch.epoch >= 0) return true;
    return highWatermark !== (told?.highWatermark ?? -1) || logStartOffset !== (told?.logStartOffset ?? -1);
  }

  private moveToEnd(key: string): void {
    const asked = this.asked.get(key)!;
    this.asked.delete(key);
    this.asked.set(key, asked);
  }

  private keyOf({ topic, topicId }: { readonly topic: string; readonly topicId: string }): string {
    return this.version < FIRST_BY_ID ? topic : topicId;
  }

  private chance(oneIn: number): boolean {
    return this.random.integer(oneIn) === 0;
  }
}

function answersOf(response: Response | null | undefined) {
  return (response?.responses ?? []).flatMap(({ topic, topicId, partitions }) =>
    partitions.map(({ records, errorCode, ...partition }) => {
      // A session remembers the name that the topic of an id had.
      const isUnknown = errorCode === ErrorCode.UNKNOWN_TOPIC_ID;
      const error = isUnknown ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode;
      // Maybe a part of a batch only.
      const sizeBytes = (records ?? []).reduce((sum, { length }) => sum + length, 0);
      return { topic, topicId, ...partition, errorCode: error, sizeBytes, offsets: batchOffsets(records) };
    }),
  );
}
