/** Nothing; keeps the high watermark of an idle quorum moving (KIP-835). */
import { type Infer, message } from "../schema.ts";

export const NoOpRecord = message({ name: "NoOpRecord", apiKey: 20, validVersions: "0", flexibleVersions: "0+" }, {});
export type NoOpRecord = Infer<typeof NoOpRecord>;
