/**
 * The module that the threads of a runtime run: its `job-thread`, found from a module of the same adapter, in the sources
 * as in what is made of them. Compiled modules have their path in place of a URL, and a folder of their own.
 */
export function threadEntry(moduleUrl: string): URL {
  const url = moduleUrl.startsWith("file:") ? new URL(moduleUrl) : urlOf(moduleUrl);
  const extension = url.pathname.endsWith(".ts") ? "ts" : "js";
  url.pathname = url.pathname.replace(/\/(?:adapters|compiled)\/(\w+)\/[^/]+$/, `/adapters/$1/job-thread.${extension}`);
  return url;
}

function urlOf(path: string): URL {
  const url = new URL("file:///");
  url.pathname = path.replaceAll("%", "%25");
  return url;
}
