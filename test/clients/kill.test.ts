import { killSuite } from "./kill/suite.ts";
import { polylogTargets } from "./polylog-server.ts";

// A few; the second stage of CI does twenty.
for (const target of polylogTargets) killSuite(target, 3);
