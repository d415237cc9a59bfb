/** A check: one rule of TCP that shows on the wire, and the conversation that brings it to light. */
import type { Conversation } from './conversation.ts'

/** The strength of a rule. A habit is what stacks commonly do where no document binds them. */
export type Level = 'MUST' | 'SHOULD' | 'habit'

/**
 * The patience that a check asks of a run: one that waits for a second or two, for a dozen (retransmissions that back off), or
 * for minutes (stacks that give up).
 */
export type Pace = 'quick' | 'normal' | 'thorough'

/**
 * The peer that a check needs: an application that reads what comes (`reads`), and is silent (`discards`), sends it back
 * (`echo`), sends by itself and goes on (`sends`), closes first (`closes`) or never reads (`deaf`); anything that accepts
 * (`any`); a port that nobody listens on (`nobody`); or a target that connects to us when it is asked to (`dials`).
 */
export type Need = 'any' | 'reads' | 'discards' | 'echo' | 'sends' | 'closes' | 'deaf' | 'nobody' | 'dials'

export interface Check {
  /** Names it in reports and for `only`: lower case, words joined by hyphens. */
  readonly id: string
  readonly level: Level
  /** The section that has the rule, such as 'RFC 9293 §3.10.7.4'. */
  readonly section: string
  /** The rule in our words, as one sentence of the examined. */
  readonly rule: string
  readonly needs: Need
  /** Default `quick`. */
  readonly pace?: Pace
  /**
   * The examined remembers something of the address that the check comes from, such as a small path MTU: no check that
   * minds comes from there.
   */
  readonly spoils?: true
  /** It is run while no other is: it disturbs others, or they disturb what it measures. */
  readonly alone?: true
  /** It leaves handshakes half done: a small flood. */
  readonly floods?: true
  /** The conversation: it returns when the rule holds, and throws {@link Differs} or {@link CannotTell} when not. */
  run(c: Conversation): Promise<void>
}

/** The rule does not hold: what was seen instead. */
export class Differs extends Error {}

/** The rule can neither be confirmed nor refuted: why. */
export class CannotTell extends Error {}

/** @throws Differs unless the condition holds */
export function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Differs(otherwise)
}

/** @throws CannotTell unless the condition holds */
export function given(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new CannotTell(otherwise)
}

export type Trace = (c: Conversation) => Promise<void>

/** Makes the checks of one topic: all need the same peer, and are alike in what else is given, unless they say so. */
export const topic =
  (needs: Need, all: Partial<Pick<Check, 'spoils'>> = {}) =>
  (
    id: string,
    level: Level,
    section: string,
    rule: string,
    run: Trace,
    more: Partial<Pick<Check, 'needs' | 'pace' | 'alone' | 'floods'>> = {},
  ): Check => ({ id, level, section, rule, needs, ...all, ...more, run })
