/** What a decoder answers in place of the end of what it wrote; no target lies at these addresses. */
export const CORRUPT = 0;
export const TOO_LARGE = 1;
