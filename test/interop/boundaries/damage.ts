import type { SeededRandom } from "../../protocol/instances.ts";

export interface Damaged {
  readonly what: string;
  readonly frame: Uint8Array;
}

/** Key, version and correlation id stay, so that what comes back can be told and compared. */
const KEPT_BYTES = 8;

/** A frame that ends early, goes on, or has other bytes in it. */
export function damages(frame: Uint8Array, random: SeededRandom, flips: number): Damaged[] {
  const all: Damaged[] = [];
  for (let length = KEPT_BYTES; length < frame.length; length += Math.max(1, Math.floor(frame.length / 12))) {
    all.push({ what: `cut to ${length} of ${frame.length}`, frame: frame.slice(0, length) });
  }
  all.push({ what: "cut by one", frame: frame.slice(0, -1) });
  all.push({ what: "and a zero", frame: Uint8Array.of(...frame, 0) });
  all.push({ what: "and five bytes", frame: Uint8Array.of(...frame, 1, 2, 3, 4, 5) });
  for (let count = 0; count < flips; count++) {
    const changed = frame.slice();
    const at = KEPT_BYTES + random.integer(frame.length - KEPT_BYTES);
    changed[at] = random.pick([0, 1, 2, 0x7f, 0x80, 0xff, changed[at]! ^ (1 << random.integer(8))]);
    all.push({ what: `byte ${at} is ${changed[at]}`, frame: changed });
  }
  return all;
}
