/** The order in which transmissions left (RFC 8985 §5.2, §6.2), against a search through all of them. */
import test from 'ava'
import fc from 'fast-check'
import { Departures } from '../../src/tcp/flight/departures.ts'
import { Transmission } from '../../src/tcp/flight/transmission.ts'

const LENGTH = 8

/** RACK_sent_after(b, a): later, or at the same time and further along (RFC 8985 §5.2). */
const before = (aTime: number, aEnd: number, bTime: number, bEnd: number): boolean =>
  aTime < bTime || (aTime === bTime && aEnd < bEnd)
const inOrder = (a: Transmission, b: Transmission): number =>
  a === b ? 0 : before(a.sentAt, a.end, b.sentAt, b.end) ? -1 : 1

type Step = { do: 'add' | 'remove' | 'restore' | 'split' | 'ask'; a: number; wait: number }
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('add', 'add', 'add', 'remove', 'remove', 'restore', 'restore', 'split', 'ask'),
  a: fc.nat({ max: 999 }),
  // Mostly none: what leaves in one go has one time.
  wait: fc.constantFrom(0, 0, 0, 1),
})

const play = (steps: readonly Step[]): void => {
  const departures = new Departures()
  const underWay: Transmission[] = []
  const away: Transmission[] = []
  const asked = { time: -1, end: 0 }
  let now = 0
  let end = 0
  const must = (condition: boolean, what: string) => {
    if (!condition) throw new Error(what)
  }
  for (const s of steps) {
    now += s.wait
    const n = underWay.length === 0 ? 0 : s.a % underWay.length
    const t = underWay[n]
    switch (s.do) {
      case 'add': {
        const added = Object.assign(new Transmission(), { seq: end, end: end + LENGTH, sentAt: now })
        end += LENGTH
        departures.add(added)
        underWay.push(added)
        break
      }
      case 'remove':
        if (t === undefined) break
        departures.remove(t)
        underWay.splice(n, 1)
        away.push(t)
        break
      case 'restore': {
        const [again] = away.splice(s.a % Math.max(1, away.length), 1)
        if (again === undefined) break
        departures.restore(again)
        underWay.push(again)
        break
      }
      case 'split': {
        if (t === undefined || t.end - t.seq < 2) break
        const middle = (t.seq + t.end) >> 1
        const rest = Object.assign(new Transmission(), { seq: middle, end: t.end, sentAt: t.sentAt })
        t.end = middle
        departures.split(t, rest)
        underWay.push(rest)
        break
      }
      case 'ask': {
        // For ever later moments.
        const time = now - (s.a % 2)
        const at = t?.end ?? end
        if (before(asked.time, asked.end, time, at)) Object.assign(asked, { time, end: at })
        const left = underWay.filter(x => before(x.sentAt, x.end, asked.time, asked.end))
        const restored = left.filter(x => x.restored).sort(inOrder)[0]
        const known = left.filter(x => !x.restored || x === restored).sort(inOrder)
        must(departures.lastBefore(asked.time, asked.end) === (known.at(-1) ?? null), 'the last before')
        break
      }
    }
    const oldest = [...underWay].sort(inOrder)[0] ?? null
    must(departures.oldest === oldest, `oldest after ${s.do}`)
  }
  for (const t of underWay.sort(inOrder)) {
    must(departures.oldest === t, 'one by one')
    departures.remove(t)
    must(!t.restored && t.older === null && t.newer === null && t.child === null, 'it keeps no neighbours')
  }
  must(departures.oldest === null, 'all are gone')
}

test('[R8985-6] what left first is first, what left together goes by its end, and so does what is under way again', t => {
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), play), { numRuns: 600, seed: 8985 })
  t.pass()
})
