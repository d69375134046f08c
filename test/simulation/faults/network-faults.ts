import type { Link } from "../../../adapters/simulator/index.ts";
import type { Cluster, ClusterNode } from "../cluster.ts";
import { anyRunning, type Fault } from "./fault.ts";

/** A node and all others do not reach each other. */
export const partition: Fault = {
  kind: "partition",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined) return undefined;
    return cut([...linksFrom(context.cluster, node), ...linksTo(context.cluster, node)], `node ${node.id} is cut off`);
  },
};

/** What a node sends is lost, or what it is sent. */
export const oneWayPartition: Fault = {
  kind: "one-way partition",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined) return undefined;
    return context.random.integer(2) === 0
      ? cut(linksFrom(context.cluster, node), `node ${node.id} is not heard`)
      : cut(linksTo(context.cluster, node), `node ${node.id} hears nothing`);
  },
};

/** Two nodes do not reach each other, and everybody else reaches both. */
export const brokenLink: Fault = {
  kind: "broken link",
  strike({ cluster, random }) {
    const first = cluster.nodes[random.integer(cluster.nodes.length)]!;
    const second = cluster.nodes[random.integer(cluster.nodes.length)]!;
    if (first === second) return undefined;
    const links = [linkBetween(cluster, first, second), linkBetween(cluster, second, first)];
    return cut(links, `nodes ${first.id} and ${second.id} do not reach each other`);
  },
};

const SLOW_MS = 150;

export const slowNetwork: Fault = {
  kind: "slow network",
  strike(context) {
    const node = anyRunning(context);
    if (node === undefined) return undefined;
    const slow = 1 + context.random.integer(SLOW_MS);
    const links = [...linksFrom(context.cluster, node), ...linksTo(context.cluster, node)];
    for (const link of links) link.addedMs += slow;
    const heal = () => {
      for (const link of links) link.addedMs -= slow;
    };
    return { text: `the network of node ${node.id} takes ${slow} ms more`, heal };
  },
};

/** All connections of a node break. */
export const brokenConnections: Fault = {
  kind: "broken connections",
  strike(context) {
    const node = anyRunning(context);
    const process = node?.computer.process;
    if (node === undefined || process === undefined) return undefined;
    process.network.breakConnections();
    return { text: `the connections of node ${node.id} break`, heal: () => {} };
  },
};

function cut(links: readonly Link[], text: string) {
  for (const link of links) link.cut();
  const heal = () => {
    for (const link of links) link.heal();
  };
  return { text, heal };
}

function linksFrom(cluster: Cluster, node: ClusterNode): Link[] {
  return others(cluster, node).map((name) => cluster.internet.link(node.computer.name, name));
}

function linksTo(cluster: Cluster, node: ClusterNode): Link[] {
  return others(cluster, node).map((name) => cluster.internet.link(name, node.computer.name));
}

function linkBetween(cluster: Cluster, from: ClusterNode, to: ClusterNode): Link {
  return cluster.internet.link(from.computer.name, to.computer.name);
}

function others(cluster: Cluster, node: ClusterNode): string[] {
  const computers = [...cluster.nodes.map(({ computer }) => computer), ...cluster.clients];
  return computers.filter((computer) => computer !== node.computer).map(({ name }) => name);
}
