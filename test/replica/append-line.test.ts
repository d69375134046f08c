import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { AppendLine } from "../../src/replica/append-line.ts";
import { joinLines, TestAppend } from "./test-append.ts";

describe("a line of appends", () => {
  test("performs at once what is checked and stands alone", () => {
    const performed: string[] = [];
    const line = new AppendLine();
    joinLines([new TestAppend(line, () => performed.push("a"))]);
    expect([performed, line.isEmpty]).toEqual([["a"], true]);
  });

  test("keeps those who are checked behind one who is not, and lets them go in the order in which they came", () => {
    const performed: string[] = [];
    const line = new AppendLine();
    const slow = new TestAppend(line, () => performed.push("slow"), true);
    joinLines([slow]);
    for (const name of ["b", "c", "d"]) joinLines([new TestAppend(line, () => performed.push(name))]);
    expect(performed).toEqual([]);
    slow.checked();
    expect([performed, line.isEmpty]).toEqual([["slow", "b", "c", "d"], true]);
  });

  test("holds up nobody in other lines, and a request is done when the last of its appends is", () => {
    const performed: string[] = [];
    const [left, right] = [new AppendLine(), new AppendLine()];
    const slow = new TestAppend(left, () => performed.push("slow"), true);
    joinLines([slow]);
    const both = [left, right].map((line) => new TestAppend(line, () => performed.push("one of both")));
    joinLines(both, new AppendLine(), () => performed.push("both"));
    joinLines([new TestAppend(right, () => performed.push("behind both"))]);
    expect(performed).toEqual(["one of both", "behind both"]);
    slow.checked();
    expect(performed.slice(2)).toEqual(["slow", "one of both", "both"]);
  });

  test("of a connection begins a request when those before it are done", () => {
    const performed: string[] = [];
    const connection = new AppendLine({ lineIsEmpty: () => performed.push("empty") });
    const slow = new TestAppend(new AppendLine(), () => performed.push("slow"), true);
    joinLines([slow], connection);
    const line = new AppendLine();
    joinLines([new TestAppend(line, () => performed.push("second"))], connection);
    expect([performed, line.isEmpty]).toEqual([[], true]);
    slow.checked();
    expect(performed).toEqual(["slow", "second", "empty"]);
  });

  test("lets tens of thousands go at once", () => {
    const line = new AppendLine();
    let count = 0;
    const slow = new TestAppend(line, () => count++, true);
    joinLines([slow]);
    for (let index = 0; index < 30_000; index++) joinLines([new TestAppend(line, () => count++)]);
    slow.checked();
    expect(count).toBe(30_001);
  });

  test("whoever appends where, in whichever order things are checked: everybody gets their turn, in the connection's order in every partition", () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = new SeededRandom(seed);
      const lines = Array.from({ length: 5 }, () => new AppendLine());
      const connections = Array.from({ length: 3 }, () => new AppendLine());
      const sent = connections.map(() => lines.map(() => [] as number[]));
      const performed = lines.map(() => [] as number[]);
      const unchecked: TestAppend[] = [];
      let done = 0;
      const checkOne = () => unchecked.splice(random.integer(unchecked.length), 1)[0]?.checked();
      for (let request = 0; request < 60; request++) {
        const from = random.integer(3);
        const appends = lines
          .filter(() => random.integer(3) === 0)
          .map((line) => {
            const index = lines.indexOf(line);
            sent[from]![index]!.push(request);
            return new TestAppend(line, () => performed[index]!.push(request), random.integer(2) === 0);
          });
        if (appends.length === 0) done++;
        else joinLines(appends, connections[from], () => done++);
        unchecked.push(...appends.filter(({ awaitsCheck }) => awaitsCheck));
        while (random.integer(2) === 0 && unchecked.length > 0) checkOne();
      }
      while (unchecked.length > 0) checkOne();
      expect(done, `seed ${seed}`).toBe(60);
      for (const ofConnection of sent) {
        for (const [index, order] of ofConnection.entries()) {
          expect(performed[index]!.filter((request) => order.includes(request))).toEqual(order);
        }
      }
      for (const line of [...lines, ...connections]) expect(line.isEmpty).toBe(true);
    }
  });
});
