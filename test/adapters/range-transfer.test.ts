import { expect, test } from "vitest";
import { chooseRangeTransfer, type RangeTransferHost } from "../../adapters/shared/network/range-transfer.ts";
import { fakeForeignFunctions } from "./fake-foreign-functions.ts";

const linux: RangeTransferHost = {
  platform: "linux",
  architecture: "x64",
  areFilesOnDisk: true,
  foreignFunctions: fakeForeignFunctions(),
};

test("files on a Linux disk go by sendfile", () => {
  for (const architecture of ["x64", "arm64", "riscv64"]) {
    expect(chooseRangeTransfer(true, { ...linux, architecture })).toEqual({ kind: "sendfile" });
  }
});

test("everything else is copied, and says why", () => {
  const reasonOf = (host: Partial<RangeTransferHost>, mayBeZeroCopy = true): string | undefined => {
    const transfer = chooseRangeTransfer(mayBeZeroCopy, { ...linux, ...host });
    return transfer.kind === "copy" ? transfer.reason : undefined;
  };
  expect(reasonOf({}, false)).toBe("polylog.zero.copy is off");
  expect(reasonOf({ areFilesOnDisk: false })).toBe("the files are in memory");
  expect(reasonOf({ platform: "darwin" })).toBe("sendfile(2) is used on Linux only, and this is darwin");
  expect(reasonOf({ architecture: "s390x" })).toBe("the layout of its arguments on s390x is not known");
  expect(reasonOf({ foreignFunctions: undefined })).toBe("this network has no sockets of the operating system");
  const foreignFunctions = fakeForeignFunctions({ obstacle: () => "--allow-ffi is not given" });
  expect(reasonOf({ foreignFunctions })).toBe("--allow-ffi is not given");
});
