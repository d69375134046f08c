import { expect, test } from "vitest";
import { PrometheusText } from "../../src/http/prometheus-text.ts";

test("a family with labels that need escapes", () => {
  const text = new PrometheusText();
  text.family("a_total", "counter", "Of \\ and\nlines.");
  text.sample("a_total", 3, { topic: 'q"u\\o\nte', partition: 0 });
  expect(text.toString()).toBe(
    '# HELP a_total Of \\\\ and\\nlines.\n# TYPE a_total counter\na_total{topic="q\\"u\\\\o\\nte",partition="0"} 3\n',
  );
});

test("the buckets of a histogram add up", () => {
  const text = new PrometheusText();
  text.histogram("h", [1, 2.5], [3, 4, 5], 30, { api: "Fetch" });
  expect(text.toString()).toBe(
    'h_bucket{api="Fetch",le="1"} 3\nh_bucket{api="Fetch",le="2.5"} 7\nh_bucket{api="Fetch",le="+Inf"} 12\nh_sum{api="Fetch"} 30\nh_count{api="Fetch"} 12\n',
  );
});
