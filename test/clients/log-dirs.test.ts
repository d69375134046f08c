import { logDirsSuite } from "./log-dirs/suite.ts";
import { polylogTargets } from "./polylog-server.ts";

// A few; the second stage of CI does two hundred.
for (const target of polylogTargets) logDirsSuite(target, 10);
