import { expect, test } from "vitest";
import { ReadPace } from "../../adapters/shared/files/read-pace.ts";

test("a file is left to another thread for a second after a read that had to wait", () => {
  const pace = new ReadPace();
  pace.took(0.05, 1_000);
  expect(pace.isSlow(1_000)).toBe(false);
  pace.took(6, 1_000);
  expect([pace.isSlow(1_000), pace.isSlow(1_999), pace.isSlow(2_000)]).toEqual([true, true, false]);
});

test("as long as the other thread has to wait too, it stays with it", () => {
  const pace = new ReadPace();
  pace.took(6, 1_000);
  pace.took(0.05, 1_500);
  pace.took(3, 1_900);
  expect([pace.isSlow(2_500), pace.isSlow(2_900)]).toEqual([true, false]);
});
