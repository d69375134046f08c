import { encodeRequestFrame } from "../../../src/protocol/header.ts";
import {
  DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
} from "../../../src/protocol/messages/describe-log-dirs.ts";
import type { Message } from "../../../src/protocol/schema.ts";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { atVersion } from "../../every-version/at-version.ts";
import { GROUP, type Known, sampleRequests, TOPIC } from "../../every-version/sample-requests.ts";
import { CodecConnection } from "../side-by-side/codec-connection.ts";
import { coordinatorReady } from "../side-by-side/coordinator-ready.ts";
import { Normaliser } from "../side-by-side/normalise.ts";
import { batch, createTopic, topicIdOf } from "../side-by-side/record-requests.ts";
import { Transcript } from "../side-by-side/scenario.ts";
import { FrameAsker } from "./frame-asker.ts";

/** One of the two brokers that are compared, with what the samples name. */
export class Side {
  readonly asker: FrameAsker;
  private readonly known: Known;
  private readonly port: number;
  private correlationId = 0;

  private constructor(port: number, known: Known) {
    this.port = port;
    this.known = known;
    this.asker = new FrameAsker(port);
  }

  static async prepare({ host, port }: BrokerUnderTest): Promise<Side> {
    const connection = await CodecConnection.open(host, port);
    const transcript = new Transcript(connection);
    await createTopic(transcript, TOPIC);
    await coordinatorReady(connection, GROUP);
    const topicId = await topicIdOf(transcript, TOPIC);
    const { results } = (await connection.ask(DescribeLogDirsRequest, 4, { topics: null })) as DescribeLogDirsResponse;
    connection.close();
    return new Side(port, { topicId, logDir: results[0]!.logDir, records: batch(1) });
  }

  sample(request: Message, version: number): object {
    return atVersion(request, version, sampleRequests(this.known, version)[request.name.replace(/Request$/, "")]!);
  }

  /** Without its length. */
  frameOf(request: Message, version: number, value: object): Uint8Array {
    const header = { requestApiKey: request.apiKey!, requestApiVersion: version, correlationId: ++this.correlationId };
    const parts = encodeRequestFrame({ ...header, clientId: "boundaries" }, request, value as never);
    return Uint8Array.from(Buffer.concat(parts as Uint8Array[])).subarray(4);
  }

  /** What is the broker's own by its name. */
  normalised(answer: unknown): unknown {
    const normaliser = new Normaliser([this.port]);
    normaliser.normalise({ topicId: this.known.topicId, logDir: this.known.logDir });
    return normaliser.normalise(inOrder(answer));
  }
}

/** Apache Kafka answers partitions from a hash map. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder).toSorted((a, b) => placeOf(a) - placeOf(b));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inOrder(each)]));
}

function placeOf(value: unknown): number {
  const { partitionIndex, partition, partitionId } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return Number(partitionIndex ?? partition ?? partitionId ?? 0);
}
