/** A worker as its pool sees it: one that says nothing is not waited for for ever, and is named. */
import { EventEmitter, once } from 'node:events'
import { MessageChannel, type Worker } from 'node:worker_threads'
import test from 'ava'
import { PATIENCE, PoolWorker } from '../../src/pool/pool-worker.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

/** Worker 3, whose thread does nothing by itself, in virtual time. */
const silentWorker = () => {
  const clock = new VirtualClock()
  const { port1, port2 } = new MessageChannel()
  const thread = new EventEmitter()
  const worker = new PoolWorker(
    thread as Worker,
    3,
    port1,
    () => {},
    (ms, callback) => {
      const alarm = clock.schedule(clock.now() + ms, callback)
      return () => clock.cancel(alarm)
    },
  )
  // A pool has threads that keep the process.
  port1.ref()
  return { clock, worker, thread, port: port2, end: () => thread.emit('exit', 0) }
}

const SILENT = { message: 'worker 3 has not answered for 5 s: it is busy, or hangs' }

test('a worker that does not tell of its state is named, and what comes later is nobody’s', async t => {
  const { clock, worker, port, end } = silentWorker()
  const status = worker.status()
  const [{ id }] = (await once(port, 'message')) as [{ id: number }]
  clock.advance(PATIENCE - 1)
  clock.advance(1)
  await t.throwsAsync(status, SILENT)
  port.postMessage({ type: 'answer', id, answer: {} })
  const question = worker.question('?')
  const [asked] = (await once(port, 'message')) as [{ id: number }]
  port.postMessage({ type: 'answer', id: asked.id, answer: 'yes' })
  t.is(await question, 'yes')
  end()
})

test('one that tells part by part has as long again for each; when it ends it is left out', async t => {
  const { clock, worker, thread, port } = silentWorker()
  let heard = 0
  const status = worker.status()
  const [{ id }] = (await once(port, 'message')) as [{ id: number }]
  // One port's messages come in order: the answer of the second question says that the part is there.
  for (let n = 0; n < 3; n++) {
    clock.advance(PATIENCE - 1)
    const question = worker.question(n)
    const [asked] = (await once(port, 'message')) as [{ id: number }]
    port.postMessage({ type: 'rows', id, rows: [] })
    port.postMessage({ type: 'answer', id: asked.id, answer: 1 })
    heard += (await question) as number
  }
  t.is(heard, 3)
  thread.emit('exit', 0)
  t.is(await status, undefined)
  t.true(clock.idle, 'nothing waits any more')
})

test('a module may take its time to answer, unless who asks says otherwise', async t => {
  const { clock, worker, end } = silentWorker()
  const patient = worker.question('?')
  const hurried = worker.question('?', 5000)
  clock.advance(1_000_000)
  await t.throwsAsync(hurried, SILENT)
  end()
  t.is(await patient, undefined)
})
