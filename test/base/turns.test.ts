import test from 'ava'
import { type EventLoop, Turns } from '../../src/base/turns.ts'

/** An event loop by hand: what waits in it, and what has been done. */
const loopByHand = (settle?: () => void) => {
  const tasks: (() => void)[] = []
  const done: string[] = []
  const loop: EventLoop = {
    task: callback => tasks.push(callback),
    wakeUp: () => 1,
    immediate() {},
    microtask: callback => callback(),
    ...(settle === undefined ? {} : { settle }),
  }
  return { turns: new Turns(loop), tasks, done }
}

test('where ticks and promises settle at once, a round is one task', t => {
  const { turns, tasks, done } = loopByHand(() => done.push('settle'))
  for (const name of ['a', 'b', 'c']) turns.turn(() => done.push(name) < 0)
  t.is(tasks.length, 1)
  tasks.shift()!()
  t.deepEqual(done, ['a', 'settle', 'b', 'settle', 'c'])
  t.is(tasks.length, 0)
})

test('where they do not, each turn is a task', t => {
  const { turns, tasks, done } = loopByHand()
  for (const name of ['a', 'b']) turns.turn(() => done.push(name) < 0)
  tasks.shift()!()
  t.deepEqual(done, ['a'])
  tasks.shift()!()
  t.deepEqual(done, ['a', 'b'])
})

test('what settles and throws keeps nobody from the turns that follow', t => {
  let throws = true
  const { turns, tasks, done } = loopByHand(() => {
    if (!throws) return
    throws = false
    throw new Error('a tick of the program')
  })
  for (const name of ['a', 'b', 'c']) turns.turn(() => done.push(name) < 0)
  turns.defer(() => done.push('deferred'))
  t.throws(tasks.shift()!, { message: 'a tick of the program' })
  t.deepEqual(done, ['a'])
  t.is(tasks.length, 1)
  tasks.shift()!()
  t.deepEqual(done, ['a', 'b', 'c', 'deferred'])
})

test('a turn that is brought about while a round settles comes in the next round, one that is pending at its end', t => {
  const { turns, tasks, done } = loopByHand(() => {
    if (done.length > 1) return
    turns.turn(() => done.push('next') < 0)
    turns.turn(() => done.push('pending') < 0, 'pending')
  })
  for (const name of ['a', 'b']) turns.turn(() => done.push(name) < 0)
  tasks.shift()!()
  t.deepEqual(done, ['a', 'b', 'pending'])
})
