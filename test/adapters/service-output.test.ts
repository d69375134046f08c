import { expect, test } from "vitest";
import type { OnWriteFailure } from "../../adapters/shared/descriptor-output.ts";
import { ServiceOutput } from "../../adapters/shared/service-output.ts";

test("lines that could not be written are counted, and told with the first one that can be", () => {
  let written = "";
  let failure: Error | undefined;
  const open = (onFailure: OnWriteFailure) => ({
    write(text: string) {
      if (failure === undefined) written += text;
      else onFailure(failure);
    },
  });
  const output = new ServiceOutput(open);
  output.write("one\n");
  failure = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  output.write("two\n");
  output.write("three\n");
  failure = undefined;
  output.write("four\n");
  output.write("five\n");
  expect(written).toMatch(/^one\n\[.*\] WARN 2 lines of the log could not be written here \(ENOSPC\)\nfour\nfive\n$/);
});
