/** The scoreboard: many holes, reported by SACKs and repaired. */
import { Flight } from '../../../dist/src/tcp/flight/flight.js'

const MSS = 1448
const FIRST = 1000
const reader = { takeWhole() {}, takePart() {} }

/** A flight of so many segments, every other one of which is lost; an operation is a segment. */
const holes = segments => () => {
  const flight = new Flight()
  const at = n => (FIRST + n * MSS) | 0
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      for (let n = 0; n < segments; n++) flight.append(at(n), at(n + 1), i)
      // As ACKs tell it: the newest block first, and those before once more.
      for (let n = 1; n < segments; n += 2)
        for (let k = n; k > 0 && k > n - 6; k -= 2) flight.sack(at(k), at(k + 1), MSS, reader)
      for (let t = flight.first; t !== null; t = t.next) flight.markLost(t)
      for (let t = flight.nextLost; t !== null; t = flight.nextLost) flight.resend(t, i)
      // Each hole that is filled moves SND.UNA by two segments.
      for (let n = 2; n <= segments; n += 2) flight.acknowledge(at(n), reader)
      if (!flight.empty) throw new Error('something is still in flight')
    }
    return rounds * segments
  }
}

/** Nothing is lost: each ACK covers two. */
const clean = segments => () => {
  const flight = new Flight()
  const at = n => (FIRST + n * MSS) | 0
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      for (let n = 0; n < segments; n++) flight.append(at(n), at(n + 1), i)
      for (let n = 2; n <= segments; n += 2) flight.acknowledge(at(n), reader)
    }
    return rounds * segments
  }
}

export const scoreboard = {
  'scoreboard: a segment, no loss': clean(1000),
  'scoreboard: a segment, 50 holes': holes(100),
  'scoreboard: a segment, 5000 holes': holes(10_000),
}
