import { networkSuite } from "./network.suite.ts";
import { createSimulatorSubject } from "./simulator.subject.ts";

networkSuite("the simulator", createSimulatorSubject);
