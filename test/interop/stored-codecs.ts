import type { BrokerUnderTest } from "../clients/broker-under-test.ts";
import { WireConnection } from "../clients/wire/connection.ts";
import { batchHeader } from "../clients/wire/record-batch.ts";

const names = ["none", "gzip", "snappy", "lz4", "zstd"];

/**
 * The codecs of the batches of partition 0, as they are stored: a client may send other than what it was told to.
 * (librdkafka leaves a batch that compression would make larger uncompressed.)
 */
export async function storedCodecs(broker: BrokerUnderTest, topic: string): Promise<string[]> {
  const connection = await WireConnection.open(broker.host, broker.port);
  const { records } = await connection.fetch(topic, 0, 0, 10 << 20, 0);
  connection.close();
  const found = new Set<string>();
  for (let position = 0; position + batchHeader.records <= records.length; ) {
    found.add(names[records.readInt16BE(position + batchHeader.attributes) & 7]!);
    position += 12 + records.readInt32BE(position + batchHeader.batchLength);
  }
  return [...found];
}
