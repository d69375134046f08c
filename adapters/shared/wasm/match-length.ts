import {
  add,
  atLeast,
  atMost,
  block,
  branch,
  branchIf,
  countTrailingZeros,
  get,
  i32,
  increase,
  Label,
  load8,
  load32,
  locals,
  loop,
  notEqual,
  set,
  shr,
  sub,
  type WasmFunction,
  when,
  xor,
} from "./assembler.ts";

/** How many bytes at `a` and behind, up to `end`, are those at `b`. */
export const matchLength: WasmFunction = (() => {
  const names = ["a", "b", "end", "start", "difference"] as const;
  const { a, b, end, start, difference } = locals(...names);
  const next = new Label();
  const differs = new Label();
  const tail = new Label();
  return {
    name: "matchLength",
    parameters: 3,
    locals: names.length,
    body: [
      set(start, get(a)),
      block(differs, [
        loop(next, [
          when(atMost(add(get(a), i32(4)), get(end)), [
            set(difference, xor(load32(get(a)), load32(get(b)))),
            when(notEqual(get(difference), i32(0)), [
              increase(a, shr(countTrailingZeros(get(difference)), i32(3))),
              branch(differs),
            ]),
            increase(a, i32(4)),
            increase(b, i32(4)),
            branch(next),
          ]),
        ]),
        loop(tail, [
          branchIf(differs, atLeast(get(a), get(end))),
          branchIf(differs, notEqual(load8(get(a)), load8(get(b)))),
          increase(a, i32(1)),
          increase(b, i32(1)),
          branch(tail),
        ]),
      ]),
      sub(get(a), get(start)),
    ],
  };
})();
