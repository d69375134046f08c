import { describe, expect, test } from "vitest";
import { createLogger, createLogSink, formatLine } from "../../adapters/shared/log-lines.ts";

export function logSuite(name: string): void {
  describe(`log of ${name}`, () => {
    test("a line has the time and the level, as Kafka's console has", () => {
      expect(formatLine(new Date(2026, 0, 2, 3, 4, 5, 6), "warn", "text")).toBe(
        "[2026-01-02 03:04:05,006] WARN text\n",
      );
    });

    test("no peer can forge a line of its own", () => {
      const line = formatLine(new Date(2026, 0, 2), "info", "a\r\nb\nc\rd");
      expect(line.split("\n").slice(1)).toEqual(["    b", "    c", "    d", ""]);
    });

    test("information goes out, warnings go to the error stream, and less than the minimum nowhere", () => {
      const written: string[] = [];
      const into = (stream: string) => ({
        write: (text: string) => written.push(`${stream}: ${text.replace(/^\[.*?\] /, "").trim()}`),
      });
      const log = createLogger(createLogSink(into("out"), into("err")), "info");
      for (const level of ["debug", "info", "warn", "error"] as const) log.write(level, `a ${level} line`);
      expect(written).toEqual(["out: INFO a info line", "err: WARN a warn line", "err: ERROR a error line"]);
      log.level = "error";
      log.write("warn", "unheard");
      expect(written).toHaveLength(3);
    });
  });
}
