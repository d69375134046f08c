// Ends itself by an invariant that is broken; nothing after that runs.
import { createRuntime } from "#adapter";

setTimeout(() => console.log("still alive"), 0);
try {
  createRuntime().fatal(new Error("the log is not where it should be"));
} catch (error) {
  console.log("it went on", error);
}
