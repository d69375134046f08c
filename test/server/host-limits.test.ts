import { expect, test } from "vitest";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { HostLimits } from "../../src/server/host-limits.ts";

const configOf = (overrides: string) =>
  createConfig({ given: [new Map([["max.connections.per.ip.overrides", overrides]])], defaults: singleNodeSettings() })
    .config;

const addresses: Record<string, readonly string[]> = { localhost: ["127.0.0.1", "::1"], "db.example": ["10.0.0.7"] };

function fixture() {
  const asked: string[] = [];
  const limits = new HostLimits({
    resolve(host) {
      asked.push(host);
      const found = addresses[host];
      const missing = Object.assign(new Error(`no ${host}`), { code: "ENOTFOUND" });
      return found === undefined ? Promise.reject(missing) : Promise.resolve(found);
    },
  });
  return { limits, asked };
}

test("a name stands for all of its addresses, an address for itself, however it is written", async () => {
  const { limits, asked } = fixture();
  expect(await limits.update(configOf("localhost:5, 10.0.0.1:6, 2001:db8:0::0001:7, ::ffff:10.0.0.2:8"))).toBe(true);
  expect([...limits.byAddress]).toEqual([
    ["127.0.0.1", 5],
    ["0:0:0:0:0:0:0:1", 5],
    ["10.0.0.1", 6],
    ["2001:db8:0:0:0:0:0:1", 7],
    ["10.0.0.2", 8],
  ]);
  expect(asked).toEqual(["localhost"]);
});

test("names are looked up again only when the setting changes", async () => {
  const { limits, asked } = fixture();
  for (let round = 0; round < 3; round++) expect(await limits.update(configOf("db.example:1"))).toBe(round === 0);
  expect(await limits.update(configOf("db.example:2"))).toBe(true);
  expect(asked).toEqual(["db.example", "db.example"]);
  expect(await limits.update(configOf(""))).toBe(true);
  expect(limits.byAddress.size).toBe(0);
});

test("a host that is not to be found is named, and what held before holds", async () => {
  const { limits } = fixture();
  await limits.update(configOf("localhost:5"));
  await expect(limits.update(configOf("db.example:1,gone.example:1"))).rejects.toThrow(
    "max.connections.per.ip.overrides has the host gone.example, whose address can't be found: ENOTFOUND",
  );
  expect([...limits.byAddress.values()]).toEqual([5, 5]);
});

test("of two settings that are looked up at once the later one holds", async () => {
  const { limits } = fixture();
  const updates = [limits.update(configOf("localhost:5")), limits.update(configOf("db.example:6"))];
  expect(await Promise.all(updates)).toEqual([false, true]);
  expect([...limits.byAddress]).toEqual([["10.0.0.7", 6]]);
});
