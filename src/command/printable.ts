// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000e-\u001f\u007f]/;
const ALL_OF_THEM = new RegExp(CONTROL_CHARACTERS, "g");

export function hasControlCharacters(text: string): boolean {
  return CONTROL_CHARACTERS.test(text);
}

/** Of text that may quote garbage: a terminal would take some of it for commands. */
export function printable(text: string): string {
  return text.replace(ALL_OF_THEM, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
