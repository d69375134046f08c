import { platformaticSuite } from "./platformatic/suite.ts";
import { polylogTargets } from "./polylog-server.ts";

for (const target of polylogTargets) platformaticSuite(target);
