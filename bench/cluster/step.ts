import { ConnectionError } from "../../src/client/client-error.ts";
import { numberText } from "../report/number-text.ts";

/** `isLeast` when the step was given up: it was going to be more. */
export interface Figure {
  readonly value: number;
  readonly isLeast: boolean;
}

export type Figures = ReadonlyMap<string, Figure>;

/** Runs a step of a measurement; false when it did not come to its end in time. */
export async function endsWithin(limitMs: number, perform: (limit: AbortSignal) => Promise<void>): Promise<boolean> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    await perform(limit);
    return true;
  } catch (error) {
    if (limit.aborted && error === limit.reason) return false;
    throw error;
  }
}

/** The answer; undefined when a node that has much to do gave none in time, or closed the connection. */
export async function answered<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ConnectionError) return undefined;
    throw error;
  }
}

export function figureText({ value, isLeast }: Figure): string {
  return `${isLeast ? "> " : ""}${numberText(value)}`;
}

/** Of two figures of which at most one was given up. */
export function ratioText(figure: Figure | undefined, to: Figure | undefined): string {
  if (figure === undefined || to === undefined || (figure.isLeast && to.isLeast)) return "-";
  const bound = to.isLeast ? "< " : figure.isLeast ? "> " : "";
  return `${bound}${(figure.value / to.value).toFixed(2)}`;
}
