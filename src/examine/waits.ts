/** The times for which a conversation waits. */

/** The time for an answer that is due at once, ms: less than the second after which a lost one would come again. */
export const ANSWER = 900

/** So often it is looked whether a ping was answered. */
export const PINGS = 10

/** The time for the acknowledgment of text: 500 ms (MUST-40), and some more for the way and the machine. */
export const DELAYED = 900

/** The time without any packet after which silence is believed. */
export const SILENCE = 300

/** So many such times a greeting may last. */
export const GREETING = 10

/** After so long without a segment a burst is over. */
export const LULL = 150

/** Bytes from what was sent to what never was. */
export const STRANGE = 100_000

/** Between two strange segments on one connection: their answers are rationed. */
export const PAUSE = 600

/** After so long there is a new ration of them: RFC 5961 §7 has one of 5 s for an example. */
export const RATION = 5000
