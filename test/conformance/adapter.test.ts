import { createAdapterSubject } from "./adapter.subject.ts";
import { networkSuite } from "./network.suite.ts";

networkSuite("the adapter", createAdapterSubject);
