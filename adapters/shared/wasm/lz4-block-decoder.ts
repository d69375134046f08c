import {
  and,
  atLeast,
  block,
  branch,
  branchIf,
  type Code,
  equal,
  get,
  giveBack,
  greater,
  i32,
  increase,
  isZero,
  Label,
  less,
  load8,
  load16,
  locals,
  loop,
  set,
  shr,
  sub,
  type WasmFunction,
  when,
} from "./assembler.ts";
import { copyBack, copyForward } from "./byte-runs.ts";
import { CORRUPT, TOO_LARGE } from "./decoder-results.ts";

const names = [
  "source",
  "sourceEnd",
  "target",
  "targetStart",
  "targetEnd",
  "token",
  "length",
  "offset",
  "from",
] as const;
const { source, sourceEnd, target, targetStart, targetEnd, token, length, offset, from } = locals(...names);

/**
 * `(source, sourceEnd, target, targetStart, targetEnd)`: one LZ4 block. Answers where the decoded bytes end, or one of
 * decoder-results.ts. Matches may go back to `targetStart`. Short runs are copied 16 bytes at a time: up to 16 bytes past
 * either end are read or written.
 *
 * Layout: the LZ4 block format description. A sequence is a token, literals and a match; the last has no match.
 */
export const lz4Block: WasmFunction = {
  name: "lz4Block",
  parameters: 5,
  locals: names.length,
  body: decodeSequences(),
};

function decodeSequences(): Code {
  const next = new Label();
  const done = new Label();
  return [
    block(done, [
      loop(next, [
        branchIf(done, equal(get(source), get(sourceEnd))),
        set(token, load8(get(source))),
        increase(source, i32(1)),
        copyLiterals(),
        branchIf(done, equal(get(source), get(sourceEnd))),
        copyMatch(),
        branch(next),
      ]),
    ]),
    get(target),
  ];
}

function copyLiterals(): Code {
  return [
    set(length, shr(get(token), i32(4))),
    when(equal(get(length), i32(15)), readLength()),
    when(greater(get(length), sub(get(sourceEnd), get(source))), giveBack(i32(CORRUPT))),
    when(greater(get(length), sub(get(targetEnd), get(target))), giveBack(i32(TOO_LARGE))),
    copyForward({ target, source, length }),
  ];
}

function copyMatch(): Code {
  return [
    when(less(sub(get(sourceEnd), get(source)), i32(2)), giveBack(i32(CORRUPT))),
    set(offset, load16(get(source))),
    increase(source, i32(2)),
    when(isZero(get(offset)), giveBack(i32(CORRUPT))),
    when(greater(get(offset), sub(get(target), get(targetStart))), giveBack(i32(CORRUPT))),
    set(length, and(get(token), i32(15))),
    when(equal(get(length), i32(15)), readLength()),
    increase(length, i32(4)),
    when(greater(get(length), sub(get(targetEnd), get(target))), giveBack(i32(TOO_LARGE))),
    copyBack({ target, offset, length, from }),
  ];
}

/** Adds the bytes that follow a length of 15, up to the first below 255; uses `from`. */
function readLength(): Code {
  const more = new Label();
  return loop(more, [
    when(atLeast(get(source), get(sourceEnd)), giveBack(i32(CORRUPT))),
    set(from, load8(get(source))),
    increase(source, i32(1)),
    increase(length, get(from)),
    branchIf(more, equal(get(from), i32(255))),
  ]);
}
