import {
  add,
  and,
  atLeast,
  atMost,
  block,
  branch,
  branchIf,
  type Code,
  call,
  equal,
  fillBytes,
  get,
  greater,
  i32,
  increase,
  isZero,
  Label,
  type Local,
  less,
  load8,
  load16,
  load32,
  locals,
  loop,
  mul,
  notEqual,
  or,
  set,
  shl,
  shr,
  store8,
  store16,
  store32,
  sub,
  type WasmFunction,
  when,
} from "./assembler.ts";
import { copyForward } from "./byte-runs.ts";
import { matchLength } from "./match-length.ts";

/** A larger block would need offsets of more than 16 bits. */
export const MAX_BLOCK_BYTES = 64 * 1024;
/** What {@link lz4Fast} needs at `table`. */
export const FAST_TABLE_BYTES = 2 << 13;
/** What {@link lz4High} needs at `table`: heads of the chains, then the chains. */
export const HIGH_TABLE_BYTES = (4 << 15) + 4 * MAX_BLOCK_BYTES;

/** No match begins in the last 12 bytes of a block, and none reaches into the last 5. */
const MATCH_START_LIMIT = 12;
const MATCH_END_LIMIT = 5;
const LEAST_MATCH = 4;

export function worstCaseBytes(sourceBytes: number): number {
  return sourceBytes + Math.ceil(sourceBytes / 255) + 16;
}

const hash = (value: Code, bits: number): Code => shr(mul(value, i32(0x9e3779b1)), i32(32 - bits));

/** Writes what a length of 15 in the token leaves over; answers the end. */
const writeLength: WasmFunction = (() => {
  const { target, rest } = locals("target", "rest");
  const next = new Label();
  return {
    name: "writeLength",
    parameters: 2,
    locals: 2,
    body: [
      loop(next, [
        when(atLeast(get(rest), i32(255)), [
          store8(get(target), i32(255)),
          increase(target, i32(1)),
          set(rest, sub(get(rest), i32(255))),
          branch(next),
        ]),
      ]),
      store8(get(target), get(rest)),
      add(get(target), i32(1)),
    ],
  };
})();

/** Writes token, literals and, unless `offset` is 0, a match of `length`; answers the end. */
const writeSequence: WasmFunction = (() => {
  const names = ["target", "literals", "literalBytes", "offset", "length", "token"] as const;
  const { target, literals, literalBytes, offset, length, token } = locals(...names);
  const orTop = (value: Local): Code =>
    // Branchless: 15 where the value is larger.
    sub(i32(15), mul(sub(i32(15), get(value)), less(get(value), i32(15))));
  return {
    name: "writeSequence",
    parameters: 5,
    locals: names.length,
    body: [
      set(token, get(target)),
      increase(target, i32(1)),
      store8(get(token), shl(orTop(literalBytes), i32(4))),
      when(
        atLeast(get(literalBytes), i32(15)),
        set(target, call(writeLength, get(target), sub(get(literalBytes), i32(15)))),
      ),
      copyForward({ target, source: literals, length: literalBytes }),
      when(notEqual(get(offset), i32(0)), [
        store16(get(target), get(offset)),
        increase(target, i32(2)),
        set(length, sub(get(length), i32(LEAST_MATCH))),
        store8(get(token), or(load8(get(token)), orTop(length))),
        when(atLeast(get(length), i32(15)), set(target, call(writeLength, get(target), sub(get(length), i32(15))))),
      ]),
      get(target),
    ],
  };
})();

/**
 * `(source, sourceEnd, target, table)`: one block of at most {@link MAX_BLOCK_BYTES}, looking at one earlier place of a
 * hash only, and at fewer positions the longer nothing was found. Answers where the compressed bytes end.
 */
export const lz4Fast: WasmFunction = (() => {
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
  const nextSequence = new Label();
  const search = new Label();
  const found = new Label();
  const back = new Label();
  const atStart = new Label();
  const lookUp = (at: Code): Code => [
    set(slot, add(get(table), shl(hash(load32(at), 13), i32(1)))),
    set(match, add(get(source), load16(get(slot)))),
    store16(get(slot), sub(at, get(source))),
  ];
  return {
    name: "lz4Fast",
    parameters: 4,
    locals: names.length,
    body: [
      set(anchor, get(source)),
      set(position, add(get(source), i32(1))),
      fillBytes(get(table), i32(0), i32(FAST_TABLE_BYTES)),
      block(done, [
        loop(nextSequence, [
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
          block(atStart, [
            loop(back, [
              branchIf(atStart, atMost(get(position), get(anchor))),
              branchIf(atStart, atMost(get(match), get(source))),
              branchIf(atStart, notEqual(load8(sub(get(position), i32(1))), load8(sub(get(match), i32(1))))),
              set(position, sub(get(position), i32(1))),
              set(match, sub(get(match), i32(1))),
              branch(back),
            ]),
          ]),
          set(length, call(matchLength, get(position), get(match), sub(get(sourceEnd), i32(MATCH_END_LIMIT)))),
          set(
            target,
            call(
              writeSequence,
              get(target),
              get(anchor),
              sub(get(position), get(anchor)),
              sub(get(position), get(match)),
              get(length),
            ),
          ),
          increase(position, get(length)),
          set(anchor, get(position)),
          // One place inside the match makes the next ones easier to find.
          lookUp(sub(get(position), i32(2))),
          branch(nextSequence),
        ]),
      ]),
      call(writeSequence, get(target), get(anchor), sub(get(sourceEnd), get(anchor)), i32(0), i32(0)),
    ],
  };
})();

/** Enters `position` into the chain of its hash. Answers nothing of use. */
const insert: WasmFunction = (() => {
  const { source, position, table, slot } = locals("source", "position", "table", "slot");
  return {
    name: "insert",
    parameters: 3,
    locals: 4,
    body: [
      set(slot, add(get(table), shl(hash(load32(get(position)), 15), i32(2)))),
      store32(chainLink(get(table), sub(get(position), get(source))), load32(get(slot))),
      // One more than the position, as 0 ends a chain.
      store32(get(slot), add(sub(get(position), get(source)), i32(1))),
      i32(0),
    ],
  };
})();

function chainLink(table: Code, index: Code): Code {
  return add(add(table, i32(4 << 15)), shl(index, i32(2)));
}

/**
 * The longest match for `position` among the last `attempts` places of its hash, as length * 2^16 + offset; 0 when none
 * has four bytes.
 */
const longestMatch: WasmFunction = (() => {
  const names = [
    "source",
    "sourceEnd",
    "position",
    "table",
    "attempts",
    "best",
    "result",
    "index",
    "match",
    "length",
  ] as const;
  const { source, sourceEnd, position, table, attempts, best, result, index, match, length } = locals(...names);
  const done = new Label();
  const next = new Label();
  return {
    name: "longestMatch",
    parameters: 5,
    locals: names.length,
    body: [
      set(best, i32(LEAST_MATCH - 1)),
      set(index, load32(add(get(table), shl(hash(load32(get(position)), 15), i32(2))))),
      block(done, [
        loop(next, [
          branchIf(done, isZero(get(index))),
          branchIf(done, isZero(get(attempts))),
          set(attempts, sub(get(attempts), i32(1))),
          set(match, sub(add(get(source), get(index)), i32(1))),
          // What is to be longer has to have the byte behind the best one, too.
          when(equal(load8(add(get(match), get(best))), load8(add(get(position), get(best)))), [
            set(length, call(matchLength, get(position), get(match), sub(get(sourceEnd), i32(MATCH_END_LIMIT)))),
            when(greater(get(length), get(best)), [
              set(best, get(length)),
              set(result, or(shl(get(length), i32(16)), sub(get(position), get(match)))),
            ]),
          ]),
          set(index, load32(chainLink(get(table), sub(get(index), i32(1))))),
          branch(next),
        ]),
      ]),
      get(result),
    ],
  };
})();

/**
 * As {@link lz4Fast}, with a fifth parameter: how many earlier places of a hash are tried for each position. A match gives
 * way to a longer one that begins a byte later.
 */
export const lz4High: WasmFunction = (() => {
  const names = [
    "source",
    "sourceEnd",
    "target",
    "table",
    "attempts",
    "position",
    "anchor",
    "match",
    "later",
    "end",
    "last",
  ] as const;
  const { source, sourceEnd, target, table, attempts, position, anchor, match, later, end, last } = locals(...names);
  const done = new Label();
  const next = new Label();
  const better = new Label();
  const settled = new Label();
  const enter = new Label();
  const search = (at: Code): Code => call(longestMatch, get(source), get(sourceEnd), at, get(table), get(attempts));
  const enterAt = (at: Code): Code => set(later, call(insert, get(source), at, get(table)));
  return {
    name: "lz4High",
    parameters: 5,
    locals: names.length,
    body: [
      set(anchor, get(source)),
      set(position, get(source)),
      fillBytes(get(table), i32(0), i32(4 << 15)),
      block(done, [
        branchIf(done, atMost(sub(get(sourceEnd), get(source)), i32(MATCH_START_LIMIT))),
        set(last, sub(get(sourceEnd), i32(MATCH_START_LIMIT))),
        loop(next, [
          branchIf(done, greater(get(position), get(last))),
          set(match, search(get(position))),
          enterAt(get(position)),
          when(isZero(get(match)), [increase(position, i32(1)), branch(next)]),
          block(settled, [
            loop(better, [
              branchIf(settled, atLeast(get(position), get(last))),
              set(later, search(add(get(position), i32(1)))),
              branchIf(settled, atMost(shr(get(later), i32(16)), shr(get(match), i32(16)))),
              set(match, get(later)),
              increase(position, i32(1)),
              enterAt(get(position)),
              branch(better),
            ]),
          ]),
          set(
            target,
            call(
              writeSequence,
              get(target),
              get(anchor),
              sub(get(position), get(anchor)),
              and(get(match), i32(0xffff)),
              shr(get(match), i32(16)),
            ),
          ),
          set(end, add(get(position), shr(get(match), i32(16)))),
          loop(enter, [
            increase(position, i32(1)),
            when(less(get(position), get(end)), [
              when(atMost(get(position), get(last)), enterAt(get(position))),
              branch(enter),
            ]),
          ]),
          set(anchor, get(end)),
          branch(next),
        ]),
      ]),
      call(writeSequence, get(target), get(anchor), sub(get(sourceEnd), get(anchor)), i32(0), i32(0)),
    ],
  };
})();

/** All that the compressors call. */
export const lz4EncoderFunctions: readonly WasmFunction[] = [
  matchLength,
  writeLength,
  writeSequence,
  lz4Fast,
  insert,
  longestMatch,
  lz4High,
];
