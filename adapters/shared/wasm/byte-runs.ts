import {
  add,
  atLeast,
  block,
  branch,
  branchIf,
  type Code,
  copy8Bytes,
  copy16Bytes,
  copyBytes,
  get,
  greater,
  i32,
  increase,
  Label,
  type Local,
  less,
  load8,
  loop,
  set,
  store8,
  sub,
  tee,
  when,
} from "./assembler.ts";

/** Longer runs are worth the call that a copy by the engine is. */
const MANY_BYTES = 128;

/**
 * Copies `length` bytes from `source` to `target` and leaves both behind what was copied; uses `length`. Up to 16 bytes
 * more are read and written.
 */
export function copyForward({ target, source, length }: Record<"target" | "source" | "length", Local>): Code {
  const next = new Label();
  const end = length;
  return [
    when(
      greater(get(length), i32(MANY_BYTES)),
      [copyBytes(get(target), get(source), get(length)), increase(target, get(length)), increase(source, get(length))],
      [
        set(end, add(get(target), get(length))),
        loop(next, [
          copy16Bytes(get(target), get(source)),
          increase(source, i32(16)),
          branchIf(next, less(tee(target, add(get(target), i32(16))), get(end))),
        ]),
        set(source, sub(get(source), sub(get(target), get(end)))),
        set(target, get(end)),
      ],
    ),
  ];
}

/**
 * Copies `length` bytes, at least one, from `offset` bytes before `target` to it, where both may overlap: what was just
 * written is then copied too. Leaves `target` behind the copy; uses `from` and `length`. Up to 16 bytes more are written.
 */
export function copyBack(at: Record<"target" | "offset" | "length" | "from", Local>): Code {
  const { target, offset, from, length: end } = at;
  const done = new Label();
  const steps = (sizeBytes: number, copy: Code) => {
    const next = new Label();
    return loop(next, [
      copy,
      increase(from, i32(sizeBytes)),
      branchIf(next, less(tee(target, add(get(target), i32(sizeBytes))), get(end))),
    ]);
  };
  return [
    set(from, sub(get(target), get(offset))),
    set(end, add(get(target), get(at.length))),
    block(done, [
      when(atLeast(get(offset), i32(16)), [steps(16, copy16Bytes(get(target), get(from))), branch(done)]),
      when(atLeast(get(offset), i32(8)), [steps(8, copy8Bytes(get(target), get(from))), branch(done)]),
      steps(1, store8(get(target), load8(get(from)))),
    ]),
    set(target, get(end)),
  ];
}
