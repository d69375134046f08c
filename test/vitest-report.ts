import { existsSync, readFileSync } from "node:fs";

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Counts what vitest's JSON reporter has written. A file that did not load is a failed suite without tests: that, no
 * report at all, and a bad exit code with no failure count as one.
 */
export function countTests(reportFile: string, exitCode: number): TestCount {
  if (!existsSync(reportFile)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(reportFile, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    testResults: { status: string; assertionResults: { status: string }[] }[];
  };
  const notLoaded = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = numFailedTests + notLoaded.length;
  return { passed: numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
