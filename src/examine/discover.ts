/** Finding out what a port's application does with a connection, by talking to it. */
import { FIN, RST } from '../wire/tcp.ts'
import { CannotTell, Differs, type Need } from './check.ts'
import type { Conversation } from './conversation.ts'
import { endOf, type Heard } from './heard.ts'
import type { Trial } from './trial.ts'

/** The kinds of application that there may be. */
export type Kind = 'echo' | 'reads' | 'sends' | 'closes' | 'greets'

/** The time for an application to speak first, ms. */
const SPEAKS = 300
/** An application that still sends after so many flights were acknowledged goes on without end. */
const FLIGHTS = 4

/**
 * What an application says in this time, or that it ends: not what its TCP says by itself, such as the answer to a SYN that
 * comes again where the machine was too busy to take our ACK.
 */
const spoken = async (c: Conversation): Promise<Heard[]> =>
  (await c.during(SPEAKS)).filter(({ length, flags }) => length > 0 || flags & (FIN | RST))

/** The kind of application that speaks first: it closes, goes on, or falls silent. */
const talker = async (c: Conversation, greeting: readonly Heard[]): Promise<Kind> => {
  let last = greeting
  for (let n = 0; n < FLIGHTS; n++) {
    if (last.some(({ flags }) => flags & (FIN | RST))) return 'closes'
    if (last.length === 0) return 'greets'
    c.take(Math.max(c.rcv, endOf(last)))
    last = await spoken(c)
  }
  return last.some(({ flags }) => flags & (FIN | RST)) ? 'closes' : last.length > 0 ? 'sends' : 'greets'
}

/** @returns what the application is, or null when there is no connection to be had */
export const kindOf = async (trial: Trial): Promise<Kind | null> => {
  const c = trial.converse()
  c.reading = false
  try {
    await c.open()
    const greeting = await spoken(c)
    if (greeting.length > 0) return await talker(c, greeting)
    c.reading = true
    c.send('P. 1:9(8)')
    await c.acked(9)
    await c.wait(SPEAKS)
    if (c.text.startsWith('abcdefgh')) return 'echo'
    return c.text === '' && !c.ended ? 'reads' : 'closes'
  } catch (error) {
    if (error instanceof CannotTell) return null
    // It accepts, but does not acknowledge.
    if (error instanceof Differs) return 'reads'
    throw error
  } finally {
    c.end()
  }
}

/** True when the application ends a connection on which nothing was said. */
export const isRestless = async (trial: Trial): Promise<boolean> => {
  const c = trial.converse()
  c.reading = true
  try {
    await c.open()
    return (await c.during(SPEAKS)).some(({ flags }) => flags & (FIN | RST)) || c.ended
  } catch (error) {
    if (error instanceof CannotTell) return false
    throw error
  }
}

/** Ports of services of different kinds. */
export type Services = Readonly<
  Partial<Record<Exclude<Need, 'any' | 'discards' | 'nobody' | 'dials'> | 'greets', number>>
>

/** Services that can stand in for what a check needs, the best first. */
const STAND_INS: Readonly<Record<Need, readonly (keyof Services)[]>> = {
  any: ['reads', 'echo', 'deaf', 'sends', 'greets'],
  reads: ['reads', 'echo', 'greets'],
  discards: ['reads'],
  echo: ['echo'],
  sends: ['sends'],
  closes: ['closes'],
  deaf: ['deaf'],
  nobody: [],
  dials: [],
}

export interface Service {
  readonly kind: keyof Services
  readonly port: number
}

/** The service for a check, or null when the target has none. */
export const serviceFor = (services: Services, need: Need): Service | null => {
  for (const kind of STAND_INS[need]) {
    const port = services[kind]
    if (port !== undefined) return { kind, port }
  }
  return null
}

const NEED_TEXT: Readonly<Record<Need, string>> = {
  any: 'service that accepts',
  reads: 'service that reads',
  discards: 'service that reads and is silent',
  echo: 'echo',
  sends: 'service that sends by itself',
  closes: 'service that closes first',
  deaf: 'service that never reads',
  nobody: '',
  dials: '',
}

/** The need of a check, in words. */
export const nameOf = (need: Need): string => NEED_TEXT[need]
