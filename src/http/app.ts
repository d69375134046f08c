/** What a running broker tells over HTTP: whether it lives, whether it is ready, and what it counts. */
import { Hono } from "hono";
import { type MetricsSource, metricsPage } from "./metrics-page.ts";

export function createHttpApp(source: MetricsSource): Hono {
  const app = new Hono();
  app.get("/", (context) => context.text("/healthz\n/readyz\n/metrics\n"));
  // The event loop turns, or nobody would answer.
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => (source.broker.isReady ? context.text("ready\n") : context.text("not ready\n", 503)));
  app.get("/metrics", (context) =>
    context.body(metricsPage(source), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
  );
  app.notFound((context) => context.text("There is /healthz, /readyz and /metrics here.\n", 404));
  return app;
}
