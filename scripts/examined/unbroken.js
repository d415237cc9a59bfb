/** Checks that no change of one place of our code makes differ, and why: a pattern of their names, and the sentence. */
export const UNBROKEN = []
