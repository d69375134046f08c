import { logDirsSuite } from "../clients/log-dirs/suite.ts";
import { polylogTargets } from "../clients/polylog-server.ts";
import { apacheKafka } from "./apache-kafka/target.ts";
import { targets } from "./targets.ts";

for (const target of polylogTargets) logDirsSuite(target, 200);

// The control: what the suite claims must be true of Apache Kafka, too.
if (targets.includes(apacheKafka)) logDirsSuite(apacheKafka, 10);
