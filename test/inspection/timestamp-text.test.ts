import { expect, test } from "vitest";
import { parseTimestamp, timestampText } from "../../src/inspection/timestamp-text.ts";

test.each([
  "1970-01-01T00:00:00.000Z",
  "2000-02-29T23:59:59.999Z",
  "1900-03-01T00:00:00.000Z",
  "2026-12-31T12:34:56.789Z",
  "0004-02-29T00:00:00.000Z",
  "9999-12-31T23:59:59.999Z",
])("%s is the same time there and back", (text) => {
  expect(parseTimestamp(text)).toBe(Date.parse(text));
  expect(timestampText(Date.parse(text))).toBe(text);
});

test("parts that are left out are zero, and a zone that is left out is UTC", () => {
  const eight = Date.parse("2026-03-31T08:00:00.000Z");
  for (const text of [
    "2026-03-31T08:00",
    "2026-03-31T08:00:00",
    "2026-03-31T10:00+02:00",
    "2026-03-31T03:30:00-0430",
  ]) {
    expect(parseTimestamp(text), text).toBe(eight);
  }
  expect(parseTimestamp("2026-03-31")).toBe(Date.parse("2026-03-31T00:00:00Z"));
  expect(parseTimestamp("2026-03-31T08:00:00.5")).toBe(eight + 500);
});

test.each([
  "",
  "now",
  "2026-02-29",
  "2026-13-01",
  "2026-00-10",
  "2026-01-01T24:00",
  "2026-01-01 08:00",
  "1774944000000",
])("%j is no time", (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});
