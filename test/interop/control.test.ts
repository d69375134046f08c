import { badInputSuite } from "../clients/bad-input/suite.ts";
import { kafkajsSuite } from "../clients/kafkajs/suite.ts";
import { platformaticSuite } from "../clients/platformatic/suite.ts";
import { apacheKafka } from "./apache-kafka/target.ts";

// The suites of `npm test`, judged by the broker that they are about.
kafkajsSuite(apacheKafka);
platformaticSuite(apacheKafka);
badInputSuite(apacheKafka);
