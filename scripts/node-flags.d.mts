/** Flags of Node that the program is always started with. */
export const nodeFlags: readonly string[];
