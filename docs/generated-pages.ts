import { compatibilityPage } from "./compatibility-page.ts";
import { configurationPage } from "./configuration-page.ts";

/** By file name in this folder. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ["COMPATIBILITY.md", compatibilityPage()],
    ["CONFIGURATION.md", configurationPage()],
  ]);
}
