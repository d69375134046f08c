/** This runtime has no such codec, and no library of the system's in its place. */
export class MissingCodecError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MissingCodecError";
  }
}
