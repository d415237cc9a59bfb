/** Finding out what a port's application does with a connection, by talking to it. */
import { FIN, RST } from '../wire/tcp.ts'
import { CannotTell, Differs, type Need } from './check.ts'
import { endOf } from './heard.ts'
import type { Trial } from './trial.ts'

/** The kinds of application that there may be. */
export type Kind = 'echo' | 'reads' | 'sends' | 'closes'

/** The time for an application to speak first, ms. */
const SPEAKS = 300

/** @returns what the application is, or null when there is no connection to be had */
export const kindOf = async (trial: Trial): Promise<Kind | null> => {
  const c = trial.converse()
  c.reading = false
  try {
    await c.open()
    const greeting = await c.during(SPEAKS)
    if (greeting.length > 0) {
      c.take(endOf(greeting))
      const more = [...greeting, ...(await c.during(SPEAKS))]
      return more.some(({ flags }) => flags & (FIN | RST)) ? 'closes' : 'sends'
    }
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

/** Ports of services of different kinds. */
export type Services = Readonly<
  Partial<Record<Exclude<Need, 'any' | 'discards' | 'nobody' | 'dials'>, number>>
>

/** Services that can stand in for what a check needs, the best first. */
const STAND_INS: Readonly<Record<Need, readonly (keyof Services)[]>> = {
  any: ['reads', 'echo', 'deaf', 'sends'],
  reads: ['reads', 'echo'],
  discards: ['reads'],
  echo: ['echo'],
  sends: ['sends'],
  closes: ['closes'],
  deaf: ['deaf'],
  nobody: [],
  dials: [],
}

/** The service for a check, or null when the target has none. */
export const serviceFor = (services: Services, need: Need): { kind: keyof Services; port: number } | null => {
  for (const kind of STAND_INS[need]) {
    const port = services[kind]
    if (port !== undefined) return { kind, port }
  }
  return null
}
