import { expect, test } from "vitest";
import { parseProperties } from "../../src/config/properties.ts";

const parse = (text: string) => Object.fromEntries(parseProperties(text).values);

test("keys end at =, : or a space, whatever spaces surround them", () => {
  expect(parse("a=1\nb: 2\nc 3\n  d  =  4\ne\tx\nf = = 5\n")).toEqual({
    a: "1",
    b: "2",
    c: "3",
    d: "4",
    e: "x",
    f: "= 5",
  });
});

test("blank lines and comments of both kinds are nothing", () => {
  expect(parse("# one\n! two\n\n   \t\n  # three\na=#4\n")).toEqual({ a: "#4" });
});

test("an odd number of backslashes at the end of a line joins it to the next", () => {
  expect(parse("a=1,\\\n    2,\\\n  3\nb=x\\\\\nc=y")).toEqual({ a: "1,2,3", b: "x\\", c: "y" });
});

test("a comment sign after a continuation is text", () => {
  expect(parse("a=1\\\n# 2\n")).toEqual({ a: "1# 2" });
});

test("escapes stand for tab, newline, return, form feed, code points and themselves", () => {
  expect(parse("a=\\t\\n\\r\\f\\u00e9\\q\\\\\na\\ b\\=c=1\n")).toEqual({
    a: "\t\n\r\fé\\q".replace("\\q", "q\\"),
    "a b=c": "1",
  });
});

test("an escape without its digits is an error that names the line", () => {
  expect(() => parse("a=1\nb=\\u12")).toThrow("line 2: \\u needs four hexadecimal digits");
});

test("every kind of line end counts, the last line needs none, and a key given twice keeps its last value", () => {
  expect(parse("a=1\r\nb=2\rc=3\na=4")).toEqual({ a: "4", b: "2", c: "3" });
});

test("a key without a value is empty", () => {
  expect(parse("a\nb=\n=c\n")).toEqual({ a: "", b: "", "": "c" });
});
