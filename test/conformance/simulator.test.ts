import { clockSuite } from "./clock.suite.ts";
import { checksumsSuite, randomSuite } from "./computation.suite.ts";
import { fileLockSuite } from "./file-lock.suite.ts";
import { fileRangesSuite } from "./file-ranges.suite.ts";
import { filesSuite } from "./files.suite.ts";
import { networkSuite } from "./network.suite.ts";
import { networkEndingsSuite } from "./network-endings.suite.ts";
import { createSimulatorSubject } from "./simulator.subject.ts";
import { workersSuite } from "./workers.suite.ts";

networkSuite("the simulator", createSimulatorSubject);
networkEndingsSuite("the simulator", createSimulatorSubject);
fileRangesSuite("the simulator", createSimulatorSubject, {});
filesSuite("the simulator", createSimulatorSubject);
fileLockSuite("the simulator", createSimulatorSubject);
clockSuite("the simulator", createSimulatorSubject);
checksumsSuite("the simulator", createSimulatorSubject);
randomSuite("the simulator", createSimulatorSubject);
workersSuite("the simulator", async () => {
  const subject = await createSimulatorSubject();
  return { ...subject, workers: subject.runtime.workers };
});
