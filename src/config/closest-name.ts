/** The name that `given` was probably meant to be: at most two letters apart; undefined when none is near. */
export function closestName(given: string, names: Iterable<string>): string | undefined {
  let closest: string | undefined;
  let least = 3;
  for (const name of names) {
    if (Math.abs(name.length - given.length) >= least) continue;
    const distance = editDistance(given, name);
    if (distance < least) {
      least = distance;
      closest = name;
    }
  }
  return closest;
}

/** Levenshtein's: insertions, deletions and replacements of letters. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, replaced));
    }
    previous = row;
  }
  return previous[b.length]!;
}
