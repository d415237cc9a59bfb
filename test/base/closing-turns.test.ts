import test from 'ava'
import { ClosingTurns } from '../../src/base/closing-turns.ts'
import { timed } from '../../src/base/turn-time.ts'
import type { Turn } from '../../src/base/turns.ts'

/** A closing phase by hand, of which each turn takes `ms`. */
const byHand = ({ ms = 0, settle = (): void => {} } = {}) => {
  const phases: (() => void)[] = []
  const done: string[] = []
  let now = 0
  const turns = new ClosingTurns({ closing: callback => phases.push(callback), settle, now: () => now })
  const turn =
    (name: string, ...more: string[]): Turn =>
    () => {
      done.push(name)
      now += ms
      if (more.length === 0) return false
      name = more.shift()!
      return true
    }
  return { turns, phases, done, turn }
}

test('what was closed is told in one phase, the last first, each with all that it has waited for', t => {
  const { turns, phases, done, turn } = byHand({ settle: () => done.push('settled') })
  for (const each of [turn('a'), turn('a write of b', 'b')]) turns.add(each)
  t.is(phases.length, 1)
  phases.shift()!()
  t.deepEqual(done, ['a write of b', 'settled', 'b', 'settled', 'a', 'settled'])
  t.is(phases.length, 0)
})

test('what is closed meanwhile is told in the next phase', t => {
  const { turns, phases, done, turn } = byHand()
  turns.add(() => {
    done.push('a')
    turns.add(turn('b'))
  })
  phases.shift()!()
  t.deepEqual(done, ['a'])
  phases.shift()!()
  t.deepEqual(done, ['a', 'b'])
})

test('one that throws keeps nobody from being told', t => {
  const { turns, phases, done, turn } = byHand()
  turns.add(turn('a'))
  turns.add(() => {
    throw new Error('a listener')
  })
  t.throws(phases.shift()!, { message: 'a listener' })
  phases.shift()!()
  t.deepEqual(done, ['a'])
})

test('a phase that peers make long goes on in the next one; one that the program makes long does not', t => {
  const { turns, phases, done, turn } = byHand({ ms: 6 })
  for (const name of ['a', 'b', 'c']) turns.add(timed(turn(name)))
  phases.shift()!()
  t.deepEqual(done.splice(0), ['c', 'b'])
  phases.shift()!()
  t.deepEqual(done.splice(0), ['a'])
  for (const name of ['d', 'e', 'f']) turns.add(turn(name))
  phases.shift()!()
  t.deepEqual(done, ['f', 'e', 'd'])
  t.is(phases.length, 0)
})
