/** `node mutant.ts INDEX SEED HOURS`: simulates with one mutation, and prints which invariant was broken. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { SimulationOptions } from "../simulation.ts";
import { mutations } from "./index.ts";
import { mutate } from "./mutation.ts";

const root = pathToFileURL(`${import.meta.dirname}/../../../`);
const [index, seed, hours] = process.argv.slice(2).map(Number) as [number, number, number];
const mutation = mutations[index]!;
const url = new URL(mutation.file, root).href;
let isMutated = false;

registerHooks({
  load(loadedUrl, context, nextLoad) {
    const loaded = nextLoad(loadedUrl, context);
    if (loadedUrl !== url) return loaded;
    isMutated = true;
    const source =
      typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source ?? undefined);
    return { ...loaded, source: mutate(source, mutation) };
  },
});

// A simulated process that ends itself throws in the middle of what it does, and nobody is left to catch it.
process.on("unhandledRejection", (error) => {
  if ((error as Error).name !== "ProcessHalt") throw error;
});

// Most errors of a simulation are expected, and a stack costs more than what it tells.
Error.stackTraceLimit = 0;

const { Simulation } = await import("../simulation.ts");
const { createCheckers } = await import("../checkers/index.ts");
if (!isMutated) throw new Error(`${mutation.file} is not loaded by a simulation`);
// No other invariant is looked at, as what breaks one may break another earlier.
const checkers = createCheckers().filter(({ name }) => name === mutation.invariant);
const options: SimulationOptions = { seed, hours, checkers };
try {
  await new Simulation(options).run();
  console.log("nothing");
} catch (error) {
  const { invariant, message } = error as { invariant?: string; message: string };
  console.log(invariant ?? "another error");
  console.log(message.split("\n")[0]);
}
