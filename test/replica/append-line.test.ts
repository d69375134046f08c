import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { AppendLine, PendingAppend } from "../../src/replica/append-line.ts";

describe("a line of appends", () => {
  test("performs at once what is prepared and stands alone", () => {
    const performed: string[] = [];
    const line = new AppendLine();
    new PendingAppend(0, () => performed.push("a")).join([line]);
    expect([performed, line.isEmpty]).toEqual([["a"], true]);
  });

  test("keeps those who are prepared behind one who is not, and lets them go in the order in which they came", () => {
    const performed: string[] = [];
    const line = new AppendLine();
    const slow = new PendingAppend(2, () => performed.push("slow"));
    slow.join([line]);
    for (const name of ["b", "c", "d"]) new PendingAppend(0, () => performed.push(name)).join([line]);
    slow.prepared();
    expect(performed).toEqual([]);
    slow.prepared();
    expect([performed, line.isEmpty]).toEqual([["slow", "b", "c", "d"], true]);
  });

  test("holds up nobody in other lines", () => {
    const performed: string[] = [];
    const [left, right] = [new AppendLine(), new AppendLine()];
    const slow = new PendingAppend(1, () => performed.push("slow"));
    slow.join([left]);
    new PendingAppend(0, () => performed.push("both")).join([left, right]);
    new PendingAppend(0, () => performed.push("behind both")).join([right]);
    const free = new AppendLine();
    new PendingAppend(0, () => performed.push("elsewhere")).join([free]);
    expect(performed).toEqual(["elsewhere"]);
    slow.prepared();
    expect(performed).toEqual(["elsewhere", "slow", "both", "behind both"]);
  });

  test("tells when it is empty, after the last one was performed", () => {
    const events: string[] = [];
    const line = new AppendLine({ lineIsEmpty: () => events.push("empty") });
    const first = new PendingAppend(1, () => events.push("first"));
    first.join([line]);
    new PendingAppend(0, () => events.push("second")).join([line]);
    first.prepared();
    expect(events).toEqual(["first", "second", "empty"]);
  });

  test("lets tens of thousands go at once", () => {
    const line = new AppendLine();
    let count = 0;
    const slow = new PendingAppend(1, () => count++);
    slow.join([line]);
    for (let index = 0; index < 30_000; index++) new PendingAppend(0, () => count++).join([line]);
    slow.prepared();
    expect(count).toBe(30_001);
  });

  test("whoever joins what, in whichever order things are prepared: everybody gets their turn, in order in every line", () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed);
      const lines = Array.from({ length: 5 }, () => new AppendLine());
      const joined = lines.map(() => [] as number[]);
      const performed: number[] = [];
      const unprepared: PendingAppend[] = [];
      const prepareOne = () => unprepared.splice(random.integer(unprepared.length), 1)[0]?.prepared();
      for (let index = 0; index < 60; index++) {
        const own = lines.filter(() => random.integer(3) === 0);
        for (const line of own) joined[lines.indexOf(line)]!.push(index);
        const toPrepare = random.integer(3);
        const append = new PendingAppend(toPrepare, () => performed.push(index));
        append.join(own);
        for (let count = 0; count < toPrepare; count++) unprepared.push(append);
        while (random.integer(2) === 0 && unprepared.length > 0) prepareOne();
      }
      while (unprepared.length > 0) prepareOne();
      expect(performed.length, `seed ${seed}`).toBe(60);
      for (const order of joined) expect(performed.filter((index) => order.includes(index))).toEqual(order);
      for (const line of lines) expect(line.isEmpty).toBe(true);
    }
  });
});
