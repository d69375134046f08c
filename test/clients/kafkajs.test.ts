import { kafkajsSuite } from "./kafkajs/suite.ts";
import { polylogTargets } from "./polylog-server.ts";

for (const target of polylogTargets) kafkajsSuite(target);
