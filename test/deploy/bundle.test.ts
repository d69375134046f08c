import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runtimeNames } from "../clients/polylog-server.ts";
import { BuiltCheckout } from "./built-checkout.ts";

const anUuid = /^[A-Za-z0-9_-]{22}\n$/;

let checkout: BuiltCheckout;
beforeAll(() => {
  checkout = new BuiltCheckout();
  writeFileSync(
    checkout.path("probe.mjs"),
    'import { findProgram } from "./adapters/shared/bundle.js";console.log(JSON.stringify(findProgram(process.argv[2])));',
  );
}, 60_000);
afterAll(() => checkout.dispose());

describe.each(runtimeNames)("an entry point on %s", (runtime) => {
  const found = () => JSON.parse(checkout.run(runtime, "probe.mjs", `${runtime}/command-line`));
  const uuid = () => checkout.run(runtime, `adapters/${runtime}/polylog.ts`, "storage", "random-uuid");
  const bundle = () => ({ url: checkout.url(`dist/adapters/${runtime}/command-line.js`) });
  const sources = (reason: string) => ({
    url: checkout.url(`adapters/${runtime}/command-line.ts`),
    note: expect.stringContaining(reason),
  });

  test("loads the bundle when nothing has changed since it was built", () => {
    expect(found()).toEqual(bundle());
    expect(uuid()).toMatch(anUuid);
  });

  test("loads the sources when nothing is built, or a build was broken off: the list of its inputs comes last", () => {
    renameSync(checkout.path("dist/inputs.json"), checkout.path("dist/inputs.away"));
    expect(found()).toEqual(sources("nothing is built"));
    expect(uuid()).toMatch(anUuid);
    renameSync(checkout.path("dist/inputs.away"), checkout.path("dist/inputs.json"));
  });

  test("loads the sources when one has changed, or has become an older one, or has gone", () => {
    const source = "src/broker.ts";
    utimesSync(checkout.path(source), new Date(2020, 1), new Date(2020, 1));
    expect(found()).toEqual(sources(`${source} has changed`));
    checkout.restore(source);
    expect(found()).toEqual(bundle());
    appendFileSync(checkout.path(source), "\n");
    expect(found()).toEqual(sources(`${source} has changed`));
    rmSync(checkout.path(source));
    expect(found()).toEqual(sources(`${source} has changed`));
    checkout.restore(source);
  });

  test("loads the bundle where there are no sources, as in an image", () => {
    renameSync(checkout.path("src"), checkout.path("away"));
    expect(found()).toEqual(bundle());
    expect(uuid()).toMatch(anUuid);
    renameSync(checkout.path("away"), checkout.path("src"));
  });
});

test("Node has the entry points of the other runtimes too", () => {
  expect(checkout.run("node", "adapters/node/main.ts", "--help")).toContain("Start a broker.");
});
