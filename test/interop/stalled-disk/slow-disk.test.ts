import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { placesOf } from "../../clients/log-dirs/log-dir-requests.ts";
import { NumberedReader, NumberedWriter } from "../../clients/log-dirs/numbered-records.ts";
import { newProducer } from "../../clients/log-dirs/suite.ts";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { frame, produceBody, requestBytes, WireConnection } from "../../clients/wire/connection.ts";
import { readRecords, recordBatch } from "../../clients/wire/record-batch.ts";
import { LIMIT_MS } from "./clients.ts";
import { FreezableDisk } from "./freezable-disk.ts";
import { placeForDisks } from "./loop-disk.ts";

const FREEZE_MS = 1_200;

const { freshDirectory, isPossible } = placeForDisks(
  "slow-disk",
  "a log directory whose disk is slow",
  (directory) => new FreezableDisk(directory),
);

describe.runIf(isPossible).for([...polylogTargets])(
  "$name, one of its log directories frozen for a second now and then",
  (target) => {
    test(
      "refuses no producer, and loses nothing, with acks=0 either",
      async () => {
        const directory = freshDirectory(target.name);
        using disk = new FreezableDisk(join(directory, "slow"));
        const slow = join(disk.path, "d2");
        const broker = await target.start({ "log.dirs": [join(directory, "d1"), slow].join(",") });
        try {
          const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
          const [topic, other] = [await partitionIn(slow, control), await partitionIn(slow, control)];
          const writer = new NumberedWriter(other, 0, await newProducer(control));
          const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
          const writing = writer.writeUntilClosed(connection);
          const sender = await Sender.start(broker, topic);
          for (let freeze = 0; freeze < 3; freeze++) {
            await delay(300);
            disk.hang();
            await delay(FREEZE_MS);
            disk.answer();
            const { endOffset } = writer;
            await vi.waitFor(() => expect(writer.endOffset).toBeGreaterThan(endOffset), { timeout: LIMIT_MS });
          }
          const sent = await sender.stop();
          connection.close();
          await writing;
          expect(writer.refusals.codes).toEqual([]);
          await vi.waitFor(async () => expect((await control.listOffset(topic, 0, -1)).offset).toBe(sent), {
            timeout: LIMIT_MS,
            interval: 100,
          });
          expect(await valuesOf(control, topic, sent)).toEqual(Array.from({ length: sent }, (_, index) => `${index}`));
          await new NumberedReader(other, 0).readTo(control, writer.endOffset);
          expect(broker.output).toContain(`Log directory ${slow} answers again`);
          control.close();
        } finally {
          disk.answer();
          await broker.dispose();
        }
      },
      2 * LIMIT_MS,
    );
  },
);

/** A topic whose only partition is there. */
async function partitionIn(directory: string, control: WireConnection): Promise<string> {
  for (;;) {
    const topic = uniqueName("slow");
    await control.createReadyTopic(topic);
    const [place] = await placesOf(control, topic, 0);
    if (place!.directory === directory) return topic;
  }
}

async function valuesOf(control: WireConnection, topic: string, end: number): Promise<string[]> {
  const values: string[] = [];
  while (values.length < end) {
    const { errorCode, records } = await control.fetch(topic, 0, values.length);
    expect(errorCode).toBe(0);
    const from = values.length;
    values.push(...readRecords(records).flatMap(({ offset, value }) => (offset < from ? [] : [value!])));
  }
  return values;
}

/** Sends with acks=0, record by record, whatever becomes of it. */
class Sender {
  private readonly connection: WireConnection;
  private readonly topic: string;
  private readonly sending: Promise<void>;
  private sent = 0;
  private isStopped = false;

  private constructor(connection: WireConnection, topic: string) {
    this.connection = connection;
    this.topic = topic;
    this.sending = this.send();
  }

  static async start({ host, port }: BrokerUnderTest, topic: string): Promise<Sender> {
    return new Sender(await WireConnection.open(host, port, LIMIT_MS), topic);
  }

  /** How many it were. */
  async stop(): Promise<number> {
    this.isStopped = true;
    await this.sending;
    expect(this.connection.isClosed).toBe(false);
    this.connection.end();
    return this.sent;
  }

  private async send(): Promise<void> {
    while (!this.isStopped) {
      const body = produceBody(this.topic, 0, recordBatch([{ value: `${this.sent}` }]), 0);
      this.connection.send(frame(requestBytes(0, 7, this.sent, body)));
      this.sent++;
      await delay(2);
    }
  }
}
