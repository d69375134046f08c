import {
  add,
  and,
  atLeast,
  block,
  branch,
  branchIf,
  type Code,
  call,
  equal,
  fillBytes,
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
  load32,
  locals,
  loop,
  mul,
  or,
  set,
  shl,
  shr,
  store8,
  store16,
  sub,
  type WasmFunction,
  when,
} from "./assembler.ts";
import { copyBack, copyForward } from "./byte-runs.ts";
import { CORRUPT, TOO_LARGE } from "./decoder-results.ts";
import { matchLength } from "./match-length.ts";

/** Offsets of the compressor have 16 bits; a longer block is several fragments. */
export const MAX_FRAGMENT_BYTES = 64 * 1024;
/** What {@link snappyFragment} needs at `table`. */
export const SNAPPY_TABLE_BYTES = 2 << 13;

/** As long as a literal run or a copy of the short forms can be. */
const SHORT_LITERAL = 60;
const LONGEST_COPY = 64;
/** No copy is looked for in the last bytes. */
const MATCH_START_LIMIT = 12;

export function worstCaseBytes(sourceBytes: number): number {
  return sourceBytes + Math.ceil(sourceBytes / 6) + 32;
}

/**
 * `(source, sourceEnd, target, targetStart, targetEnd)`: the elements of one raw snappy block, behind its length. Answers
 * where the decoded bytes end, or one of decoder-results.ts. Up to 16 bytes past either end are read or written.
 *
 * Layout: the snappy format description. The two low bits of a tag tell a literal run from copies with one, two or four
 * bytes of offset.
 */
export const snappyBlock: WasmFunction = (() => {
  const names = [
    "source",
    "sourceEnd",
    "target",
    "targetStart",
    "targetEnd",
    "tag",
    "length",
    "offset",
    "from",
  ] as const;
  const { source, sourceEnd, target, targetStart, targetEnd, tag, length, offset, from } = locals(...names);
  const next = new Label();
  const done = new Label();
  const need = (count: Code): Code => when(greater(count, sub(get(sourceEnd), get(source))), giveBack(i32(CORRUPT)));
  const fits = when(greater(get(length), sub(get(targetEnd), get(target))), giveBack(i32(TOO_LARGE)));

  /** Lengths over 60 are in the next one to four bytes. */
  const literal: Code = [
    set(length, shr(get(tag), i32(2))),
    when(atLeast(get(length), i32(SHORT_LITERAL)), [
      set(from, sub(get(length), i32(SHORT_LITERAL - 1))),
      need(get(from)),
      // The source has bytes behind it to be read, and those past the length are masked out.
      set(length, and(load32(get(source)), shr(i32(-1), sub(i32(32), shl(get(from), i32(3)))))),
      increase(source, get(from)),
    ]),
    // A length of 2^32 would come out as 0 and go on as no literal at all; it is corrupt either way.
    increase(length, i32(1)),
    when(isZero(get(length)), giveBack(i32(CORRUPT))),
    need(get(length)),
    fits,
    copyForward({ target, source, length }),
    branch(next),
  ];
  const copy1: Code = [
    need(i32(1)),
    set(length, add(and(shr(get(tag), i32(2)), i32(7)), i32(4))),
    set(offset, or(shl(and(get(tag), i32(0xe0)), i32(3)), load8(get(source)))),
    increase(source, i32(1)),
  ];
  const wideCopy = (offsetBytes: number, load: Code): Code => [
    need(i32(offsetBytes)),
    set(length, add(shr(get(tag), i32(2)), i32(1))),
    set(offset, load),
    increase(source, i32(offsetBytes)),
  ];
  return {
    name: "snappyBlock",
    parameters: 5,
    locals: names.length,
    body: [
      block(done, [
        loop(next, [
          branchIf(done, equal(get(source), get(sourceEnd))),
          set(tag, load8(get(source))),
          increase(source, i32(1)),
          when(isZero(and(get(tag), i32(3))), literal),
          when(
            equal(and(get(tag), i32(3)), i32(1)),
            copy1,
            when(
              equal(and(get(tag), i32(3)), i32(2)),
              wideCopy(2, load16(get(source))),
              wideCopy(4, load32(get(source))),
            ),
          ),
          when(isZero(get(offset)), giveBack(i32(CORRUPT))),
          when(greater(get(offset), sub(get(target), get(targetStart))), giveBack(i32(CORRUPT))),
          fits,
          copyBack({ target, offset, length, from }),
          branch(next),
        ]),
      ]),
      get(target),
    ],
  };
})();

/** Writes a literal run; answers the end. */
const writeLiteral: WasmFunction = (() => {
  const names = ["target", "source", "length", "code"] as const;
  const { target, source, length, code } = locals(...names);
  return {
    name: "writeLiteral",
    parameters: 3,
    locals: names.length,
    body: [
      when(isZero(get(length)), giveBack(get(target))),
      set(code, sub(get(length), i32(1))),
      when(
        less(get(code), i32(SHORT_LITERAL)),
        [store8(get(target), shl(get(code), i32(2))), increase(target, i32(1))],
        [
          // Two bytes of length hold that of any run in a fragment.
          store8(get(target), i32((SHORT_LITERAL + 1) << 2)),
          store16(add(get(target), i32(1)), get(code)),
          increase(target, i32(3)),
        ],
      ),
      copyForward({ target, source, length }),
      get(target),
    ],
  };
})();

/** Writes a copy, in pieces when it is long; answers the end. */
const writeCopy: WasmFunction = (() => {
  const names = ["target", "offset", "length", "piece"] as const;
  const { target, offset, length, piece } = locals(...names);
  const next = new Label();
  return {
    name: "writeCopy",
    parameters: 3,
    locals: names.length,
    body: [
      loop(next, [
        set(piece, get(length)),
        when(greater(get(piece), i32(LONGEST_COPY)), [
          set(piece, i32(LONGEST_COPY)),
          // What is left has to be four bytes at least.
          when(less(get(length), i32(LONGEST_COPY + 4)), set(piece, i32(LONGEST_COPY - 4))),
        ]),
        when(
          and(less(get(piece), i32(12)), less(get(offset), i32(2048))),
          [
            store8(
              get(target),
              or(or(i32(1), shl(sub(get(piece), i32(4)), i32(2))), shl(shr(get(offset), i32(8)), i32(5))),
            ),
            store8(add(get(target), i32(1)), get(offset)),
            increase(target, i32(2)),
          ],
          [
            store8(get(target), or(i32(2), shl(sub(get(piece), i32(1)), i32(2)))),
            store16(add(get(target), i32(1)), get(offset)),
            increase(target, i32(3)),
          ],
        ),
        set(length, sub(get(length), get(piece))),
        branchIf(next, greater(get(length), i32(0))),
      ]),
      get(target),
    ],
  };
})();

/**
 * `(source, sourceEnd, target, table)`: the elements of at most {@link MAX_FRAGMENT_BYTES}. Looks at one earlier place of
 * a hash only, and at fewer positions the longer nothing was found. Answers where the compressed bytes end.
 */
export const snappyFragment: WasmFunction = (() => {
  const names = [
    "source",
    "sourceEnd",
    "target",
    "table",
    "position",
    "anchor",
    "match",
    "slot",
    "step",
    "length",
  ] as const;
  const { source, sourceEnd, target, table, position, anchor, match, slot, step, length } = locals(...names);
  const done = new Label();
  const nextRun = new Label();
  const search = new Label();
  const found = new Label();
  const hash = (at: Code): Code => shr(mul(load32(at), i32(0x9e3779b1)), i32(32 - 13));
  const lookUp = (at: Code): Code => [
    set(slot, add(get(table), shl(hash(at), i32(1)))),
    set(match, add(get(source), load16(get(slot)))),
    store16(get(slot), sub(at, get(source))),
  ];
  return {
    name: "snappyFragment",
    parameters: 4,
    locals: names.length,
    body: [
      set(anchor, get(source)),
      set(position, add(get(source), i32(1))),
      fillBytes(get(table), i32(0), i32(SNAPPY_TABLE_BYTES)),
      block(done, [
        loop(nextRun, [
          set(step, i32(64)),
          block(found, [
            loop(search, [
              branchIf(done, greater(add(get(position), i32(MATCH_START_LIMIT)), get(sourceEnd))),
              lookUp(get(position)),
              branchIf(found, equal(load32(get(match)), load32(get(position)))),
              increase(position, shr(get(step), i32(6))),
              increase(step, i32(1)),
              branch(search),
            ]),
          ]),
          set(length, call(matchLength, get(position), get(match), get(sourceEnd))),
          set(target, call(writeLiteral, get(target), get(anchor), sub(get(position), get(anchor)))),
          set(target, call(writeCopy, get(target), sub(get(position), get(match)), get(length))),
          increase(position, get(length)),
          set(anchor, get(position)),
          when(less(get(position), get(sourceEnd)), lookUp(sub(get(position), i32(1)))),
          branch(nextRun),
        ]),
      ]),
      call(writeLiteral, get(target), get(anchor), sub(get(sourceEnd), get(anchor))),
    ],
  };
})();

/** All that {@link snappyFragment} calls, and itself. */
export const snappyEncoderFunctions: readonly WasmFunction[] = [matchLength, writeLiteral, writeCopy, snappyFragment];
