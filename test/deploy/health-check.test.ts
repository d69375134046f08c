import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundledNode } from "../conformance/child.ts";

const script = join(import.meta.dirname, "../../deploy/health-check.ts");
let isReady = true;
const server = createServer((request, response) => {
  response.statusCode = request.url === "/readyz" && isReady ? 200 : 503;
  response.end();
});
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

function exitCode(listeners: string): Promise<number> {
  const env = { ...process.env, KAFKA_POLYLOG_HTTP_LISTENERS: listeners };
  return new Promise((resolve) => {
    execFile(bundledNode, [script], { env }, (error) => resolve(error === null ? 0 : Number(error.code)));
  });
}

test("a broker that is ready is healthy, wherever it listens; one that is not is not", async () => {
  for (const host of ["127.0.0.1", "0.0.0.0", "", "[::]", "localhost"]) {
    expect([host, await exitCode(`http://${host}:${port}`)]).toEqual([host, 0]);
  }
  expect(await exitCode(`http://127.0.0.2:${port}`)).toBe(1);
  isReady = false;
  expect(await exitCode(`http://127.0.0.1:${port}/,http://127.0.0.1:1`)).toBe(1);
});

test("without HTTP there is nothing to ask", async () => {
  expect(await exitCode("")).toBe(0);
});
