/** What V8's profiler writes, and Bun's in the same form: a tree of calls, and which of them was seen when. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Microseconds. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface Call {
  readonly name: string;
  /** The file below the root of the repository or the runtime's own, and the line; empty for what is native. */
  readonly place: string;
  /** Of itself and all that it calls. */
  totalUs: number;
  selfUs: number;
  readonly calls: Map<string, Call>;
}

const notWork: ReadonlySet<string> = new Set(["(idle)", "(root)"]);

/** One tree of the samples between two times since the start of the profile: equal calls are one, waiting is left out. */
export function callTree(profile: CpuProfile, root: string, fromUs: number, untilUs: number): Call {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
  const all: Call = newCall("all", "");
  let us = 0;
  profile.samples.forEach((id, index) => {
    const deltaUs = profile.timeDeltas[index] ?? 0;
    us += deltaUs;
    const isWork = !notWork.has(nodes.get(id)!.callFrame.functionName);
    if (isWork && us >= fromUs && us <= untilUs) addSample(all, stackOf(id, deltaUs));
  });
  return all;

  function stackOf(id: number, deltaUs: number): { frames: Call[]; us: number } {
    const frames: Call[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { functionName, url, lineNumber } = nodes.get(at)!.callFrame;
      if (functionName === "(root)") continue;
      frames.unshift(
        newCall(functionName || "(anonymous)", url === "" ? "" : `${placeOf(url, root)}:${lineNumber + 1}`),
      );
    }
    return { frames, us: deltaUs };
  }
}

/** The calls that took most by themselves, wherever they were called from. */
export function dearest(all: Call, count: number): { name: string; place: string; share: number }[] {
  const selves = new Map<string, { name: string; place: string; us: number }>();
  const visit = (call: Call): void => {
    const key = keyOf(call);
    const us = (selves.get(key)?.us ?? 0) + call.selfUs;
    selves.set(key, { name: call.name, place: call.place, us });
    for (const called of call.calls.values()) visit(called);
  };
  visit(all);
  return [...selves.values()]
    .sort((a, b) => b.us - a.us)
    .slice(0, count)
    .map(({ name, place, us }) => ({ name, place, share: us / all.totalUs }));
}

function addSample(all: Call, { frames, us }: { frames: readonly Call[]; us: number }): void {
  let call = all;
  call.totalUs += us;
  for (const frame of frames) {
    const known = call.calls.get(keyOf(frame));
    if (known === undefined) call.calls.set(keyOf(frame), frame);
    call = known ?? frame;
    call.totalUs += us;
  }
  call.selfUs += us;
}

function newCall(name: string, place: string): Call {
  return { name, place, totalUs: 0, selfUs: 0, calls: new Map() };
}

function keyOf({ name, place }: Call): string {
  return `${name} ${place}`;
}

function placeOf(url: string, root: string): string {
  const path = url.replace(/^file:\/\//, "");
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
