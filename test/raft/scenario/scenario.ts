/**
 * Scenarios as text: each line is a command, and the lines below it, further in, are what must come of it. Time stands
 * still but for `run`; messages take a millisecond. Node N waits (1 + N/10) times the election timeout, so that the lower
 * one of two is first.
 */
import { expect } from "vitest";
import { TimerHeap } from "../../../adapters/shared/clock/timer-heap.ts";
import type { Peer } from "../../../src/raft/peer-requests.ts";
import type { RaftRequest, RaftResponse } from "../../../src/raft/raft-message.ts";
import type { VoterNode } from "../../../src/raft/voter-set.ts";
import { LISTENER, TIMEOUTS } from "../raft-options.ts";
import { type NodeSettings, ScenarioNode } from "./node.ts";

const LATENCY_MS = 1;
const BASE_PORT = 9000;

/** Plays the commands, and expects what the text says. */
export function play(text: string): void {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  const script = lines.map((line) => line.slice(indent).trimEnd());
  const cluster = new Scenario();
  const played: string[] = [];
  for (const line of script) {
    if (line.startsWith(" ")) continue;
    played.push(line, ...cluster.run(line).map((told) => `  ${told}`));
  }
  expect(played.join("\n")).toBe(script.join("\n"));
}

class Scenario {
  readonly #nodes = new Map<number, ScenarioNode>();
  readonly #timers = new TimerHeap();
  readonly #cut = new Set<string>();
  /** Types of requests that never arrive. */
  readonly #lost = new Set<string>();
  /** Requests under way, by the id under which the receiver knows them. */
  readonly #asked = new Map<number, (response: RaftResponse) => void>();
  /** By port: how many requests were sent there since the node there was killed. */
  readonly #sent = new Map<number, number>();
  #lastAskedId = 0;
  #nowMs = 0;
  #startMs = 0;
  #told: string[] = [];

  /** What came of the command, line by line. */
  run(line: string): string[] {
    this.#told = [];
    this.#startMs = this.#nowMs;
    const [command = "", ...words] = line.split(" ");
    const numbers = words.map(Number).filter((number) => !Number.isNaN(number));
    const nodes = numbers.flatMap((id) => this.#nodes.get(id) ?? []);
    const node = nodes[0]!;
    switch (command) {
      case "voters":
        this.#create(numbers, words.includes("static"), words.includes("alike"));
        // Most begin with the lowest of them as the leader.
        if (words.includes("elected")) this.#advance(1500);
        this.#told = [];
        break;
      case "controller":
        this.#add(numbers[0]!, { canBecomeVoter: true, autoJoin: words.includes("joining") });
        break;
      case "broker":
        this.#add(numbers[0]!, { canBecomeVoter: false, autoJoin: false });
        break;
      case "start":
        for (const each of nodes) each.start();
        break;
      case "kill":
        for (const each of nodes) this.#kill(each, words.includes("power"));
        break;
      case "wipe":
        node.wipe();
        break;
      case "move":
        this.#move(node, numbers[1]!);
        break;
      case "address":
        this.#told.push(addressOf(node, numbers[1]!));
        break;
      case "stop":
        node.step({ type: "stopping", timeoutMs: 5000 });
        break;
      case "broken":
        for (const each of this.#nodes.values()) each.step({ type: "broken", nodeId: numbers[0]! });
        break;
      case "gone":
        for (const each of words[1] === "for" ? nodes.slice(1) : this.#nodes.values()) {
          each.step({ type: "gone", nodeId: numbers[0]! });
        }
        break;
      case "append":
        node.append(numbers[1]!);
        break;
      case "cut":
        this.#cutOff(numbers[0]!, words[1] === "from" ? numbers.slice(1) : undefined, words.includes("hearing"));
        break;
      case "lose":
        for (const type of words) this.#lost.add(type);
        break;
      case "heal":
        this.#cut.clear();
        this.#lost.clear();
        break;
      case "slow":
        node.flushMs = numbers[1]!;
        break;
      case "snapshot":
        node.takeSnapshot();
        break;
      case "clean":
        node.log.clean();
        break;
      case "add":
        this.#changeVoter("addVoter", numbers[0]!, numbers[1]!);
        break;
      case "remove":
        this.#changeVoter("removeVoter", numbers[0]!, numbers[1]!);
        break;
      case "upgrade":
        this.#told.push(node.raft.kraftVersionProblem(numbers[1]!) ?? "possible");
        node.step({ type: "upgradeKRaftVersion", version: numbers[1]! });
        break;
      case "asked":
        for (const each of nodes)
          this.#told.push(`${each.id} ${this.#sent.get(each.settings.local.endpoints[0]!.port) ?? 0} times`);
        break;
      case "resign":
        node.step({ type: "resign", epoch: node.raft.epoch });
        break;
      case "run":
        this.#advance(numbers[0]!);
        break;
      case "show":
        this.#told.push(...(nodes.length > 0 ? nodes : [...this.#nodes.values()]).map((each) => each.describe()));
        break;
      case "quorum":
        this.#told.push(describeQuorum(node));
        break;
      case "persisted":
        this.#told.push(JSON.stringify(node.electionState));
        break;
      default:
        throw new Error(`No such command: ${line}`);
    }
    if (command !== "run") this.#advance(0);
    return this.#told;
  }

  #create(ids: readonly number[], isStatic: boolean, isAlike: boolean): void {
    const voters = ids.map((id) => voterNode(id));
    for (const local of voters) {
      this.#addNode({
        local,
        staticVoters: isStatic ? voters.map((voter) => ({ ...voter, directoryId: "AAAAAAAAAAAAAAAAAAAAAA" })) : [],
        bootstrap: isStatic ? undefined : { kraftVersion: 1, voters },
        bootstrapServers: this.#servers(voters, local.id),
        canBecomeVoter: true,
        autoJoin: false,
        isAlike,
      });
    }
  }

  #add(id: number, { canBecomeVoter, autoJoin }: Pick<NodeSettings, "canBecomeVoter" | "autoJoin">): void {
    const [first] = this.#nodes.values();
    const local = voterNode(id);
    const { staticVoters } = first!.settings;
    const bootstrapServers = this.#servers(
      [...this.#nodes.values()].map((node) => node.settings.local),
      id,
    );
    this.#addNode({
      local,
      staticVoters,
      bootstrap: undefined,
      bootstrapServers,
      canBecomeVoter,
      autoJoin,
      isAlike: false,
    });
  }

  #servers(voters: readonly VoterNode[], localId: number) {
    return voters.filter(({ id }) => id !== localId).map(({ id }) => ({ host: "localhost", port: BASE_PORT + id }));
  }

  #addNode(settings: NodeSettings): void {
    const node = new ScenarioNode(settings, {
      nowMs: () => this.#nowMs,
      send: (from, id, peer, request) => this.#send(from, id, peer, request),
      answer: (_, id, response) => {
        this.#asked.get(id)?.(response);
        this.#asked.delete(id);
      },
      after: (delayMs, task) => void this.#timers.add(this.#nowMs + delayMs, task),
      tell: (told) => this.#told.push(`+${Math.round(this.#nowMs - this.#startMs)} ${told}`),
    });
    this.#nodes.set(node.id, node);
    node.start();
  }

  #send(from: number, id: number, peer: Peer, request: RaftRequest): void {
    const sender = this.#nodes.get(from)!;
    this.#sent.set(peer.port, (this.#sent.get(peer.port) ?? 0) + 1);
    const to = this.#nodeAt(peer.port);
    const { generation } = sender;
    const respond = (response: RaftResponse | undefined) => {
      if (sender.generation === generation) sender.step({ type: "response", id, peer, response });
    };
    this.#after(TIMEOUTS.requestTimeoutMs, () => respond(undefined));
    this.#after(LATENCY_MS, () => {
      const receiver = this.#nodes.get(to);
      if (this.#isCut(from, to) || this.#lost.has(request.type)) return;
      if (receiver === undefined || !receiver.isUp) this.#after(LATENCY_MS, () => respond(undefined));
      else {
        const answer = (response: RaftResponse) =>
          this.#after(LATENCY_MS, () => {
            if (!this.#isCut(to, from)) respond(response);
          });
        this.#receive(receiver, request, answer);
      }
    });
  }

  #kill(node: ScenarioNode, losesUnflushed: boolean): void {
    node.kill(losesUnflushed);
    this.#sent.delete(node.settings.local.endpoints[0]!.port);
  }

  /** -1 when nobody listens there. */
  #nodeAt(port: number): number {
    for (const { id, settings } of this.#nodes.values()) if (settings.local.endpoints[0]!.port === port) return id;
    return -1;
  }

  /** A restart with another port. */
  #move(node: ScenarioNode, number: number): void {
    const { local } = node.settings;
    const endpoints = [{ name: LISTENER, host: "localhost", port: BASE_PORT + number }];
    node.settings = { ...node.settings, local: { ...local, endpoints } };
    node.kill(false);
    node.start();
  }

  #receive(receiver: ScenarioNode, request: RaftRequest, answer: (response: RaftResponse) => void): void {
    if (request.type === "apiVersions") {
      const { supportedKRaftVersion } = receiver.settings.local;
      answer({ type: "apiVersions", errorCode: 0, supportedKRaftVersion });
      return;
    }
    const askedId = ++this.#lastAskedId;
    this.#asked.set(askedId, answer);
    receiver.step({ type: "request", id: askedId, request });
  }

  #changeVoter(type: "addVoter" | "removeVoter", id: number, at: number): void {
    const { local } = this.#nodes.get(id)!.settings;
    const voter = { id, directoryId: local.directoryId };
    const request: RaftRequest =
      type === "addVoter"
        ? { type, clusterId: null, voter, endpoints: local.endpoints, ackWhenCommitted: true, timeoutMs: 1000 }
        : { type, clusterId: null, voter };
    this.#receive(this.#nodes.get(at)!, request, (response) => {
      const { errorCode } = response;
      const message = "message" in response && response.message !== null ? ` (${response.message})` : "";
      this.#told.push(`+${Math.round(this.#nowMs - this.#startMs)} ${type} ${id}: ${errorCode}${message}`);
    });
  }

  /** `hearing`: what others send still arrives. */
  #cutOff(id: number, others: readonly number[] = [...this.#nodes.keys()], hears: boolean): void {
    for (const other of others) {
      if (other === id) continue;
      this.#cut.add(`${id}>${other}`);
      if (!hears) this.#cut.add(`${other}>${id}`);
    }
  }

  #isCut(from: number, to: number): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  #after(delayMs: number, task: () => void): void {
    this.#timers.add(this.#nowMs + delayMs, task);
  }

  #advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const timer = this.#timers.first();
      const ticking = [...this.#nodes.values()].filter((node) => node.isUp);
      const tickMs = Math.min(...ticking.map((node) => node.raft.deadlineMs));
      const nextMs = Math.min(timer?.dueMs ?? Number.POSITIVE_INFINITY, tickMs);
      if (nextMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      if (timer !== undefined && timer.dueMs <= tickMs) {
        this.#timers.remove(timer);
        timer.task();
      } else {
        ticking.find((node) => node.raft.deadlineMs === tickMs)!.step({ type: "tick" });
      }
    }
    this.#nowMs = endMs;
  }
}

function voterNode(id: number): VoterNode {
  return {
    id,
    directoryId: `${"A".repeat(20)}${String.fromCharCode(65 + id)}A`,
    endpoints: [{ name: LISTENER, host: "localhost", port: BASE_PORT + id }],
    supportedKRaftVersion: { min: 0, max: 1 },
  };
}

/** Where the node believes a voter to be. */
function addressOf({ raft }: ScenarioNode, voterId: number): string {
  return raft.quorum.voters
    .endpointsOf(voterId)
    .map(({ name, host, port }) => `${name}://${host}:${port}`)
    .join(",");
}

function describeQuorum({ raft }: ScenarioNode): string {
  const { voters, kraftVersion } = raft.quorum;
  return `kraft.version ${kraftVersion}, voters ${[...voters.ids].sort((a, b) => a - b).join(" ")}`;
}
