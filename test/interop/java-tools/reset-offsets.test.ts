import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { polylog } from "../../command/running-command.ts";
import { targets } from "../targets.ts";
import { runJavaTool } from "./java-tool.ts";

/** What `polylog group` says and does is what kafka-consumer-groups does with the same group. */
for (const target of targets) {
  describe(`polylog group beside kafka-consumer-groups with ${target.name}`, () => {
    const topic = uniqueName("reset");
    const group = uniqueName("group");
    let broker: BrokerUnderTest;
    beforeAll(async () => {
      broker = await target.start();
      await ours("topic", "create", topic, "-p", "2");
      for (const [partition, count] of [
        ["0", 8],
        ["1", 5],
      ] as const) {
        const input = Array.from({ length: count }, (_, index) => `${index}\n`).join("");
        await polylog(["produce", topic, "-p", partition, "-b", broker.bootstrap], { input });
      }
      await ours("group", "reset-offsets", group, "--topic", topic, "--to-offset", "4", "--execute");
    });
    afterAll(() => broker?.dispose());

    async function ours(...args: string[]): Promise<string> {
      const { exitCode, output, errors } = await polylog([...args, "-b", broker.bootstrap]);
      if (exitCode !== 0) throw new Error(`polylog ${args.join(" ")}: ${errors}`);
      return output;
    }

    async function theirs(...args: string[]): Promise<string> {
      const all = ["--bootstrap-server", broker.bootstrap, "--group", group, ...args];
      const { exitCode, stdout, stderr } = await runJavaTool("consumer-groups", all);
      if (exitCode !== 0) throw new Error(`kafka-consumer-groups ${args.join(" ")}: ${stdout}\n${stderr}`);
      return stdout;
    }

    /** Partition and new offset of each row, by partition. */
    function newOffsets(output: string): string[] {
      const rows = cellsOf(output).map((cells) => `${cells[cells.indexOf(topic) + 1]} ${cells.at(-1)}`);
      return rows.sort();
    }

    function cellsOf(output: string): string[][] {
      const lines = output.split("\n").map((line) => line.trim().split(/\s+/));
      // The one writes to standard output, too, what was not quite as asked for.
      return lines.filter((cells) => /^\d+$/.test(cells[cells.indexOf(topic) + 1] ?? "") && cells.includes(topic));
    }

    test.each([
      [["--to-earliest"]],
      [["--to-latest"]],
      [["--to-current"]],
      [["--to-offset", "6"]],
      [["--shift-by", "-1"]],
      [["--shift-by", "3"]],
      [["--shift-by", "-100"]],
      [["--to-datetime", "2001-01-01T00:00:00.000"]],
      [["--to-datetime", "2222-01-01T00:00:00.000"]],
    ])("%j leads to the same offsets", async (to) => {
      const mine = newOffsets(await ours("group", "reset-offsets", group, "--topic", topic, ...to));
      expect(mine).toEqual(newOffsets(await theirs("--reset-offsets", "--topic", topic, ...to, "--dry-run")));
      expect(mine).toHaveLength(2);
    });

    test("what the one has set the other sees", async () => {
      await theirs("--reset-offsets", "--topic", `${topic}:1`, "--to-offset", "2", "--execute");
      /** Partition, committed offset, end and lag. */
      const described = (output: string) => {
        const rows = cellsOf(output).map((cells) =>
          cells
            .slice(cells.indexOf(topic) + 1)
            .slice(0, 4)
            .join(" "),
        );
        return rows.sort();
      };
      const mine = described(await ours("group", "describe", group));
      expect(mine).toEqual(["0 4 8 4", "1 2 5 3"]);
      expect(mine).toEqual(described(await theirs("--describe")));
      await ours("group", "delete", group);
      expect(await ours("group", "list")).not.toContain(group);
    });

    // Polylog does not serve them; its command meets them in a cluster of Apache Kafka.
    test.runIf(target.name === "apache-kafka")("a group of the newer type is shown and reset, too", async () => {
      const newer = uniqueName("newer");
      const { stdout } = await runJavaTool("console-consumer", [
        ...["--bootstrap-server", broker.bootstrap, "--topic", topic, "--group", newer],
        ...["--command-property", "group.protocol=consumer", "--command-property", "auto.offset.reset=earliest"],
        ...["--max-messages", "13"],
      ]);
      expect(stdout.trim().split("\n")).toHaveLength(13);
      expect(await ours("group", "list", "--verbose")).toMatch(
        new RegExp(`^${newer} +consumer +consumer +Empty$`, "mi"),
      );
      await ours("group", "reset-offsets", newer, "--all-topics", "--to-earliest", "--execute");
      const described = await ours("group", "describe", newer);
      expect(described).toMatch(new RegExp(`^Group: ${newer}\tType: consumer\tState: Empty\t`, "i"));
      expect(cellsOf(described).map((cells) => cells.slice(1, 5).join(" "))).toEqual(["0 0 8 8", "1 0 5 5"]);
      expect(await ours("group", "describe", newer, "--members")).toContain("kafka-consumer-groups shows the members");
    });
  });
}
