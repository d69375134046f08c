import { expect } from "vitest";

/** As a browser takes an SVG only then: every element is closed by itself, attributes have quotes, nothing else looks like markup. */
export function expectWellFormed(text: string): void {
  const open: string[] = [];
  const rest = text.replaceAll(
    /<(\/?)([a-z]+)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, closes, name, _attributes, isEmpty) => {
      if (closes === "/") expect(open.pop()).toBe(name);
      else if (isEmpty !== "/") open.push(name);
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/<|&(?!amp;|lt;|gt;|quot;)/);
}
