import { killSuite } from "../clients/kill/suite.ts";
import { polylogTargets } from "../clients/polylog-server.ts";

for (const target of polylogTargets) killSuite(target, 20);
