/** The load generator: a process of its own, so that the figures of the broker are the broker's. One JSON in, one out. */
import { type FetchLoad, fetchLoad } from "./fetch.ts";
import { type LatencyLoad, latencyLoad } from "./latency.ts";
import { type ProduceLoad, produceLoad } from "./produce.ts";
import { type VerifyLoad, verifyLoad } from "./verify.ts";

type Load = ProduceLoad | FetchLoad | LatencyLoad | VerifyLoad;

const load = JSON.parse(process.argv[2]!) as Load;
console.log(JSON.stringify(await perform()));

function perform() {
  switch (load.kind) {
    case "produce":
      return produceLoad(load);
    case "fetch":
      return fetchLoad(load);
    case "latency":
      return latencyLoad(load);
    case "verify":
      return verifyLoad(load);
  }
}
