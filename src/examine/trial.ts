/** One run of one check: whom it talks to, from where, and all that passed. */
import type { Clock, Random } from '../base/clock.ts'
import type { Address } from '../wire/address.ts'
import type { Need } from './check.ts'
import { Conversation } from './conversation.ts'
import type { Wire } from './wire.ts'

/** A packet of a trial, or a remark on what happens between packets. */
export interface Logged {
  readonly time: number
  /** From the examined (`in`) or to it. */
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
  /** The packet as the checks write it. */
  readonly text: string
}

/** The part of an examination that a trial needs. */
export interface TrialOptions {
  readonly wire: Wire
  readonly clock: Clock
  readonly random: Random
  readonly target: Address
  readonly address: Address
  /** The port of the service that the check talks to. */
  readonly port: number
  /** True when that service sends of its own accord or in answer: its text is then taken and acknowledged aside. */
  readonly talks: boolean
  readonly need: Need
  /** Little is known of that service: it may close at any time. */
  readonly doubtful: boolean
  /** Other services of the target, by need. */
  readonly portFor: (need: Need) => number | null
  readonly dial: ((address: string, port: number) => void | Promise<void>) | null
  /** A factor for the time of answers. */
  readonly patience: number
  /** Connections at once that a check may ask for when it needs many. */
  readonly crowd: number
  readonly takePort: () => number
}

export class Trial {
  readonly options: TrialOptions
  readonly log: Logged[] = []
  readonly #conversations: Conversation[] = []

  constructor(options: TrialOptions) {
    this.options = options
  }

  /** One more connection to the same service, from a port of its own unless one is given. */
  converse(sourcePort = this.options.takePort()): Conversation {
    const conversation = new Conversation(this, sourcePort)
    this.#conversations.push(conversation)
    return conversation
  }

  record(direction: 'in' | 'out', bytes: Uint8Array, text: string): void {
    this.log.push({ time: this.options.clock.now(), direction, bytes, text })
  }

  /** Lets so much time pass, ms. */
  wait(ms: number): Promise<void> {
    const { clock } = this.options
    return new Promise(resolve => clock.schedule(clock.now() + ms, resolve))
  }

  /** The reason, if any, why a difference says nothing of the examined's TCP. */
  get excuse(): string | null {
    return this.#conversations.find(({ excuse }) => excuse !== null)?.excuse ?? null
  }

  /** Resets what is still open, so that nothing stays behind at the examined. */
  end(): void {
    for (const conversation of this.#conversations) conversation.end()
  }
}
