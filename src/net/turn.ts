import type { Clock } from '../base/clock.ts'
import { type Phase, type Turn, whole } from '../base/turns.ts'
import type { NetStack } from './host-port.ts'

/**
 * Calls back in a turn of the stack's clock, as {@link Clock.turn} says. An exception goes where those of listeners go, and
 * keeps nobody from what follows.
 */
export const inTurn = (stack: NetStack, callback: Turn, phase: Phase = 'poll'): void => {
  const turn: Turn = () => {
    try {
      return callback() === true
    } catch (error) {
      stack.host.report(error)
      return false
    }
  }
  if (callback.tookLong !== undefined) turn.tookLong = ms => callback.tookLong!(ms)
  takeTurn(stack, turn, phase)
}

/** As {@link inTurn}, of what never throws. */
export const takeTurn = ({ host }: NetStack, callback: Turn, phase: Phase): void => {
  const { clock } = host
  const turn = clock.takesRests ? callback : whole(callback)
  if (clock.turn !== undefined) clock.turn(turn, phase)
  else onAlarm(clock, turn)
}

const onAlarm = (clock: Clock, callback: Turn): void => {
  clock.schedule(clock.now(), () => {
    if (callback() === true) onAlarm(clock, callback)
  })
}
