import { atLeast, int, list, long, notEmpty, oneOf, string } from "../definition.ts";

/** Listeners, sockets and the limits on connections. */
export const listenerConfigs = {
  listeners: list(["PLAINTEXT://:9092"], {
    importance: "high",
    allowed: notEmpty,
    update: "per-broker",
    supported: true,
    documentation:
      "Where this node listens: `NAME://host:port`, separated by commas. An empty host means every interface, and clients are told the machine's name unless `advertised.listeners` says another; 0.0.0.0 needs `advertised.listeners`. Port 0 picks a free one. A running broker keeps the listeners it was started with.",
  }),
  "advertised.listeners": list(null, {
    importance: "high",
    allowed: notEmpty,
    supported: true,
    documentation:
      "The addresses that clients and other brokers are told to dial, by listener name. Not set: those of `listeners`.",
  }),
  "listener.security.protocol.map": string(
    "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    {
      importance: "low",
      update: "per-broker",
      supported: true,
      documentation:
        "Which security protocol each listener name speaks: `NAME:PROTOCOL`, separated by commas. Only PLAINTEXT works so far. A running broker keeps the map it was started with.",
    },
  ),
  "inter.broker.listener.name": string(null, {
    importance: "medium",
    supported: true,
    documentation:
      "The listener through which brokers reach each other. Not set: the one named like `security.inter.broker.protocol`.",
  }),
  "security.inter.broker.protocol": string("PLAINTEXT", {
    importance: "medium",
    allowed: oneOf("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    supported: true,
    documentation: "The security protocol between brokers, when no listener is named for it.",
  }),
  "controller.listener.names": list(undefined, {
    importance: "high",
    allowed: notEmpty,
    supported: true,
    documentation: "The listeners that belong to the controller. They are not told to clients.",
  }),
  "early.start.listeners": list(null, {
    importance: "high",
    documentation: "Listeners that open before the rest of the start is done. Not set: the controller's.",
  }),
  "socket.send.buffer.bytes": int(102_400, {
    importance: "high",
    supported: true,
    documentation:
      "Half the size of the send buffer of a socket that records are sent on without a copy; -1 leaves it to the system.",
  }),
  "socket.receive.buffer.bytes": int(102_400, {
    importance: "high",
    documentation: "The size of the socket's receive buffer; -1 leaves it to the system.",
  }),
  "socket.request.max.bytes": int(104_857_600, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "The largest request; a connection that announces a larger one is closed.",
  }),
  "socket.listen.backlog.size": int(50, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "How many connections may wait to be accepted.",
  }),
  "socket.connection.setup.timeout.ms": long(10_000, {
    importance: "medium",
    documentation: "How long a connection to another node may take to open, in milliseconds.",
  }),
  "socket.connection.setup.timeout.max.ms": long(30_000, {
    importance: "medium",
    documentation: "The longest that the connection timeout grows to after failures, in milliseconds.",
  }),
  "max.connections": int(2_147_483_647, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation:
      "The most connections to this broker, on all its listeners. With several listeners, brokers get in by theirs as long as that one has not so many by itself. Others are refused then; when it is lowered, or a broker comes, those that were used least recently are closed. `listener.name.<listener>.max.connections` limits one listener further: what is over it is refused.",
  }),
  "max.connections.per.ip": int(2_147_483_647, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation: "The most connections from one address.",
  }),
  "max.connections.per.ip.overrides": string("", {
    importance: "medium",
    update: "cluster-wide",
    supported: true,
    documentation:
      "Other limits for some hosts: `host:count`, separated by commas. A name stands for all of its addresses, and is looked up as the setting is taken over.",
  }),
  "max.connection.creation.rate": int(2_147_483_647, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "The most new connections per second.",
  }),
  "connections.max.idle.ms": long(600_000, {
    importance: "medium",
    supported: true,
    documentation: "A connection that is silent for so long is closed, in milliseconds; negative: never.",
  }),
  "connection.failed.authentication.delay.ms": int(100, {
    importance: "low",
    allowed: atLeast(0),
    documentation: "How long the closing of a connection is delayed after a failed authentication, in milliseconds.",
  }),
  "queued.max.requests": int(500, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "How many requests may be in progress in the whole broker before reading pauses.",
  }),
  "queued.max.request.bytes": long(-1, {
    importance: "medium",
    supported: true,
    documentation:
      "How many bytes of requests may be in memory before no further ones are read, over all connections; -1: no limit. Requests of up to 16 KiB are always read, so that heartbeats and votes get through; one connection holds no more than `socket.request.max.bytes` of whole requests.",
  }),
};
