import { describe, expect, test } from "vitest";
import { integerOption, type OptionDefinition, pairsOption, parseArguments } from "../../src/command/arguments.ts";

const options: OptionDefinition[] = [
  { name: "count", short: "n", value: "COUNT", documentation: "" },
  { name: "config", short: "c", value: "KEY=VALUE", repeated: true, documentation: "" },
  { name: "all", short: "a", documentation: "" },
];

const parse = (...args: string[]) => parseArguments(args, options);

test.each([[["--count", "3"]], [["--count=3"]], [["-n", "3"]], [["-n3"]], [["-n=3"]]])(
  "%j gives the option its value",
  (args) => {
    expect(parse(...args).get("count")).toBe("3");
  },
);

test("options and operands may be mixed, and -- ends the options", () => {
  const args = parse("one", "-a", "two", "--", "--count", "-x");
  expect(args.operands).toEqual(["one", "two", "--count", "-x"]);
  expect([args.has("all"), args.has("count")]).toEqual([true, false]);
});

test("a lonely dash is an operand, and a value may begin with a dash", () => {
  expect(parse("-").operands).toEqual(["-"]);
  expect(parse("--count", "-5").get("count")).toBe("-5");
});

test("values may hold equals signs, spaces and nothing at all", () => {
  const args = parse("--config=a=b=c", "-c", "d= e ", "-c", "f=");
  expect(pairsOption(args, "config")).toEqual([
    ["a", "b=c"],
    ["d", " e "],
    ["f", ""],
  ]);
});

describe("what can't be understood is refused by name", () => {
  test.each([
    [["--nope"], "Unknown option --nope"],
    [["-x"], "Unknown option -x"],
    [["--count"], "--count needs COUNT"],
    [["--all=yes"], "--all takes no value"],
    [["-n", "1", "--count=2"], "--count is given twice"],
  ])("%j", (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  test("a number that is none, or too small", () => {
    expect(() => integerOption(parse("-n", "x"), "count", 0)).toThrow(
      "--count needs a whole number of at least 0, not 'x'",
    );
    expect(() => integerOption(parse("-n", "-1"), "count", 0)).toThrow("not '-1'");
    expect(integerOption(parse(), "count", 0)).toBeUndefined();
  });

  test("a pair without its key", () => {
    expect(() => pairsOption(parse("-c", "=x"), "config")).toThrow("--config needs KEY=VALUE, not '=x'");
  });
});
