import { ConfigResourceType } from "../../../src/protocol/config-resource-type.ts";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "../../../src/protocol/messages/describe-configs.ts";
import { IncrementalAlterConfigsRequest } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { PATIENCE_MS } from "../../patience.ts";
import type { CodecConnection } from "./codec-connection.ts";
import { sleep } from "./scenario.ts";

const MARKER = "consumer.session.timeout.ms";
const limitMs = PATIENCE_MS;
/** What a broker does with metadata that it has: logs, leaders. A busy machine takes longer, as it does for what can be seen. */
const restMs = 300;
const restPerSeen = 2;

/** Within what Kafka allows. */
let markers = 45_000;

/**
 * Resolves when the broker has applied what the controller has answered so far, however busy the machine is: metadata is
 * applied in order, and so a setting that is made now becomes visible behind all of it.
 */
export async function applied(connection: CodecConnection): Promise<void> {
  const value = String(++markers);
  const resource = { resourceType: ConfigResourceType.GROUP, resourceName: "side-by-side" };
  const startMs = performance.now();
  await connection.ask(IncrementalAlterConfigsRequest, 1, {
    resources: [{ ...resource, configs: [{ name: MARKER, configOperation: 0, value }] }],
    validateOnly: false,
  });
  for (;;) {
    const { results } = await connection.call(DescribeConfigsRequest, DescribeConfigsResponse, 4, {
      resources: [{ ...resource, configurationKeys: [MARKER] }],
      includeSynonyms: false,
      includeDocumentation: false,
    });
    if (results[0]?.configs[0]?.value === value) break;
    if (performance.now() - startMs > limitMs) throw new Error(`metadata was not applied within ${limitMs} ms`);
    await sleep(20);
  }
  await sleep(Math.max(restMs, restPerSeen * (performance.now() - startMs)));
}
