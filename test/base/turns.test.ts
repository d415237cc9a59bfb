import test from 'ava'
import { type Alone, type EventLoop, type NativeRest, type Turn, Turns } from '../../src/base/turns.ts'

/** An event loop by hand: what waits in it, and what has been done. */
const loopByHand = (settle?: () => void, alone?: Alone) => {
  const tasks: (() => void)[] = []
  const done: string[] = []
  const loop: EventLoop = {
    task: callback => tasks.push(callback),
    wakeUp: () => 1,
    immediate() {},
    beforePoll: callback => tasks.push(callback) > 0,
    closing() {},
    microtask: callback => callback(),
    now: () => 0,
    ...(settle === undefined ? {} : { settle }),
    ...(alone === undefined ? {} : { alone }),
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

/** A rest that calls `callee`, and notes what happens. */
const restOf = (done: string[], callee: (bytes: unknown) => void): NativeRest => ({
  begin: () => [callee, {}, 'bytes'],
  finish: () => done.push('finished') < 0,
  failed: error => done.push((error as Error).message),
})

test('what is pending between two rounds begins the next, and what it polls for is of that one', t => {
  let polls = true
  const { turns, tasks, done } = loopByHand(() => {
    if (polls) turns.turn(() => done.push('polled') < 0)
    polls = false
  })
  turns.turn(() => done.push('a') < 0)
  turns.turn(() => done.push('pending') < 0, 'pending')
  tasks.shift()!()
  t.deepEqual(done, ['pending', 'a', 'polled'])
})

test('what is done meanwhile comes before the round that it brings about, or at the end of the one under way', t => {
  const { turns, tasks, done } = loopByHand(() => {})
  turns.meanwhile(() => {
    done.push('meanwhile')
    turns.turn(() => {
      done.push('brought about')
      turns.meanwhile(() => done.push('at the end'))
      turns.defer(() => done.push('deferred'))
      return false
    })
  })
  turns.meanwhile(() => done.push('meanwhile, too'))
  t.is(tasks.length, 1)
  tasks.shift()!()
  t.deepEqual(done, ['meanwhile', 'meanwhile, too'])
  tasks.shift()!()
  t.deepEqual(done.slice(2), ['brought about', 'deferred'])
  tasks.shift()!()
  t.deepEqual(done.slice(4), ['at the end'])
  t.is(tasks.length, 0)
})

test('what is done meanwhile and throws keeps nobody from what follows', t => {
  const { turns, tasks, done } = loopByHand(() => {})
  turns.meanwhile(() => {
    throw new Error('meanwhile')
  })
  turns.meanwhile(() => done.push('next'))
  t.throws(tasks.shift()!, { message: 'meanwhile' })
  tasks.shift()!()
  t.deepEqual(done, ['next'])
})

test('the rest of a turn is called as everything else where nothing is called alone', t => {
  const { turns, tasks, done } = loopByHand(() => done.push('settle'))
  turns.turn(() =>
    restOf(done, bytes => {
      done.push(`${bytes}`)
      throw new Error('failed')
    }),
  )
  turns.turn(() => done.push('next') < 0)
  tasks.shift()!()
  t.deepEqual(done, ['settle', 'bytes', 'failed', 'finished', 'settle', 'next'])
})

test('the rest of a turn is called by who calls alone, and then the round goes on', t => {
  const asked: Parameters<Alone>[] = []
  const { turns, tasks, done } = loopByHand(
    () => done.push('settle'),
    (...both) => asked.push(both) > 0,
  )
  const rest = restOf(done, () => done.push('never'))
  turns.turn(() => rest)
  turns.turn(() => done.push('next') < 0)
  tasks.shift()!()
  t.deepEqual(done, ['settle'])
  const [begin, goOn] = asked.shift()!
  t.is(begin()?.[2], 'bytes')
  goOn()
  t.deepEqual(done, ['settle', 'finished', 'settle', 'next'])
  t.is(asked.length + tasks.length, 0)
})

/** A loop of which each turn takes so long, and what it has for immediates. */
const timedLoop = () => {
  const { done } = loopByHand()
  const tasks: (() => void)[] = []
  const immediates: (() => void)[] = []
  let now = 0
  const turns = new Turns({
    task: callback => tasks.push(callback),
    wakeUp: () => 1,
    immediate: callback => immediates.push(callback),
    closing() {},
    microtask: callback => callback(),
    settle() {},
    now: () => now,
  })
  const turn = (name: string, ms: number, told?: (ms: number) => void): Turn => {
    const taken: Turn = () => {
      done.push(name)
      now += ms
    }
    if (told !== undefined) taken.tookLong = told
    return taken
  }
  return { turns, tasks, immediates, done, turn }
}

test('a turn that peers make long is told so, with what has settled; a short one is not', t => {
  const { turns, tasks, turn } = timedLoop()
  const told: number[] = []
  for (const ms of [0.5, 3, 1, 2]) turns.turn(turn(String(ms), ms, took => told.push(took)))
  tasks.shift()!()
  t.deepEqual(told, [3, 2])
})

test('a round that peers make long goes on after immediates, and what was deferred does not wait for it', t => {
  const { turns, tasks, immediates, done, turn } = timedLoop()
  const none = () => {}
  for (const name of ['a', 'b', 'c', 'd']) turns.turn(turn(name, 6, none))
  turns.defer(() => done.push('deferred'))
  tasks.shift()!()
  t.deepEqual(done.splice(0), ['a', 'b', 'deferred'])
  turns.turn(turn('later', 0))
  turns.turn(turn('pending', 0), 'pending')
  turns.defer(() => done.push('at once'))
  t.is(tasks.length, 0)
  t.deepEqual(done.splice(0), ['at once'])
  immediates.shift()!()
  tasks.shift()!()
  t.deepEqual(done, ['c', 'd'])
  immediates.shift()!()
  tasks.shift()!()
  t.deepEqual(done.slice(2), ['pending', 'later'])
  t.is(immediates.length + tasks.length, 0)
})

test('turns that nobody else makes long are all of one round', t => {
  const { turns, tasks, done, turn } = timedLoop()
  for (const name of ['a', 'b', 'c']) turns.turn(turn(name, 60))
  tasks.shift()!()
  t.deepEqual(done, ['a', 'b', 'c'])
})
