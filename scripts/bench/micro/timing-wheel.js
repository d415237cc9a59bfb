/** Timers, among few and among many. */
import { Timer, TimingWheel } from '../../../dist/src/base/timing-wheel.js'

/** Retransmission timers: from 200 ms to some 2 s ahead. */
const ahead = n => 200 + ((n * 7919) % 1800)

const armed = count => {
  const wheel = new TimingWheel(0)
  for (let n = 0; n < count; n++) wheel.arm(new Timer(null, 'retransmission'), ahead(n))
  return wheel
}

/** The step of every segment: arm again what is armed. */
const armAgain = count => () => {
  const wheel = armed(count)
  const timer = new Timer(null, 'retransmission')
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      wheel.arm(timer, ahead(i))
      wheel.disarm(timer)
    }
    return rounds
  }
}

/** As the host does it: asleep until the wheel says; every timer that fires is armed again. An operation is one of them. */
const advance = count => () => {
  const wheel = armed(count)
  let now = 0
  let fired = 0
  const expire = timer => {
    wheel.arm(timer, now + ahead(fired++))
  }
  return rounds => {
    const before = fired
    while (fired - before < rounds) {
      now = wheel.nextWake()
      wheel.advance(now, expire)
    }
    return fired - before
  }
}

/** Woken for nothing: so many timers are armed, all of them for much later. */
const idleTick = count => () => {
  const wheel = new TimingWheel(0)
  for (let n = 0; n < count; n++) wheel.arm(new Timer(null, 'keep-alive'), 2 ** 40 + n)
  let now = 0
  return rounds => {
    for (let i = 0; i < rounds; i++) wheel.advance(++now, () => {})
    return rounds
  }
}

const counts = [10, 1000, 100_000]
const each = (title, make) =>
  Object.fromEntries(counts.map(count => [`${title}, ${count} armed`, make(count)]))

export const timingWheel = {
  ...each('timer: arm and cancel', armAgain),
  ...each('timer: fire and arm again', advance),
  ...each('timer: advance by 1 ms, none due', idleTick),
}
