import { targets } from "../targets.ts";
import { libraries } from "./libraries.ts";
import { librarySuite } from "./suite.ts";

for (const target of targets) {
  for (const library of libraries) librarySuite(target, library);
}
