/**
 * Long work that pauses at each `yield`: for a promise until the disk has answered, else for as long as its driver likes,
 * be it not at all.
 */
export type Work<T> = Generator<Promise<void> | undefined, T, void>;
