import { memorySuite } from "./memory/suite.ts";
import { polylogTargets } from "./polylog-server.ts";

for (const target of polylogTargets) {
  memorySuite(target, false);
  memorySuite(target, true);
}
