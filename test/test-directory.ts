import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new directory for the test that is running, or about to: it is removed when the test has finished. */
export function testDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `polylog-${name}-`));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
