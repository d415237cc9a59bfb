/** The timing wheel beside a sorted list. */
import test from 'ava'
import fc from 'fast-check'
import { TimingWheel } from '../../src/base/timing-wheel.ts'
import { EDGES, type Named, timer } from '../support/timers.ts'

interface Model {
  tick: number
  order: number
  readonly armed: Map<number, { deadline: number; order: number }>
}

const earliest = (model: Model): [number, { deadline: number; order: number }] | null => {
  let best: [number, { deadline: number; order: number }] | null = null
  for (const [id, entry] of model.armed) {
    if (
      best === null ||
      entry.deadline < best[1].deadline ||
      (entry.deadline === best[1].deadline && entry.order < best[1].order)
    )
      best = [id, entry]
  }
  return best
}

const modelArm = (model: Model, id: number, at: number): void => {
  const deadline = Math.max(Math.ceil(at), model.tick + 1)
  model.armed.set(id, { deadline, order: model.order++ })
}

const TIMERS = 12

/** The time that a timer is armed for, or that time passes to, in ms after the present or after the start. */
type When = { readonly after: 'now' | 'start'; readonly ms: number }

const when: fc.Arbitrary<When> = fc.oneof(
  fc.record({
    after: fc.constant('now' as const),
    ms: fc.oneof(
      fc.integer({ min: -5, max: 600 }),
      fc.double({ min: 0, max: 1000, noNaN: true }),
      fc.tuple(fc.constantFrom(...EDGES), fc.integer({ min: -2, max: 2 })).map(([edge, off]) => edge + off),
      fc.integer({ min: 0, max: 2 ** 31 }),
    ),
  }),
  // The same few moments again and again, from near and far.
  fc.record({
    after: fc.constant('start' as const),
    ms: fc
      .tuple(fc.constantFrom(300, 66_000, 2 ** 24 + 300), fc.constantFrom(0, 0, 0, 10, 300, 1000, 70_000))
      .map(([moment, before]) => moment - before),
  }),
)

const id = fc.nat(TIMERS - 1)
const arm = fc.record({ do: fc.constant('arm' as const), id, when })
const disarm = fc.record({ do: fc.constant('disarm' as const), id })
const most = fc.constantFrom(Number.POSITIVE_INFINITY, 1, 2, 5)
const advance = fc.record({ do: fc.constant('advance' as const), when, most })
const step = fc.oneof(
  { weight: 5, arbitrary: arm },
  { weight: 1, arbitrary: disarm },
  { weight: 2, arbitrary: advance },
)

/** The calls that the callback of timer `of` makes, once in a passing of time. */
const reaction = fc.record({ of: id, act: fc.oneof(arm, disarm) })
type Reaction = typeof reaction extends fc.Arbitrary<infer R> ? R : never

test('any arming, disarming and passing of time, in callbacks too, goes as with a sorted list', t => {
  const start = fc.constantFrom(0, 0.5, 254, 65_530, 2 ** 24 - 3, 2 ** 31 - 3, 2 ** 32 - 3, 1e12)
  const steps = fc.array(step, { maxLength: 60 })
  const reactions = fc.array(reaction, { maxLength: 20 })
  fc.assert(
    fc.property(start, steps, reactions, (start, steps, reactions) => {
      const timers = Array.from({ length: TIMERS }, (_, i) => timer(String(i)))
      const wheel = new TimingWheel<Named>(start)
      const model: Model = { tick: Math.floor(start), order: 0, armed: new Map() }
      let now = start
      const at = (when: When) => (when.after === 'now' ? now : start) + when.ms

      const actOnWheel = (act: Reaction['act']) => {
        if (act.do === 'arm') wheel.arm(timers[act.id]!, at(act.when))
        else wheel.disarm(timers[act.id]!)
      }
      const actOnModel = (act: Reaction['act']) => {
        if (act.do === 'arm') modelArm(model, act.id, at(act.when))
        else model.armed.delete(act.id)
      }
      const take = (left: Reaction[], id: number): Reaction['act'] | null => {
        const found = left.findIndex(r => r.of === id)
        return found < 0 ? null : left.splice(found, 1)[0]!.act
      }

      for (const s of steps) {
        if (s.do !== 'advance') {
          actOnWheel(s)
          actOnModel(s)
        } else {
          now = Math.max(now, at(s.when))
          const fired: string[] = []
          const toReact = [...reactions]
          const expire = (x: Named) => {
            fired.push(`${x.owner} at ${x.deadline}`)
            const act = take(toReact, Number(x.owner))
            if (act !== null) actOnWheel(act)
          }
          wheel.advance(now, expire, s.most)
          const expected: string[] = []
          const modelReacts = [...reactions]
          while (expected.length < s.most) {
            const due = earliest(model)
            if (due === null || due[1].deadline > Math.floor(now)) break
            model.armed.delete(due[0])
            model.tick = due[1].deadline
            expected.push(`${due[0]} at ${due[1].deadline}`)
            const act = take(modelReacts, due[0])
            if (act !== null) actOnModel(act)
          }
          if (expected.length < s.most) model.tick = Math.floor(now)
          t.deepEqual(fired, expected)
        }
        const next = earliest(model)?.[1].deadline ?? Number.POSITIVE_INFINITY
        t.is(wheel.nextExpiry(), next)
        t.true(wheel.nextWake() <= next)
        t.is(wheel.size, model.armed.size)
        for (const [id, x] of timers.entries()) t.is(x.armed, model.armed.has(id))
      }
    }),
    { seed: 1, numRuns: 2000 },
  )
})
