import { badInputSuite } from "./bad-input/suite.ts";
import { polylogTargets } from "./polylog-server.ts";

for (const target of polylogTargets) badInputSuite(target);
