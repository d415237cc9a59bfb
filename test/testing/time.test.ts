import { once } from 'node:events'
import { mock } from 'node:test'
import { setTimeout as realTimeout } from 'node:timers/promises'
import FakeTimers from '@sinonjs/fake-timers'
import test, { type ExecutionContext } from 'ava'
import { createNetwork } from '../../src/testing/testing.ts'
import { connected, ignore, twoHosts } from './support.ts'

test('fifteen minutes of retransmissions are a few packets, and nothing is done in between', async t => {
  const tcp = { userTimeout: 15 * 60_000 }
  const { net, client, server } = twoHosts(t, { tcp, link: { delay: '20ms' } })
  const { near } = await connected(net, client, server)
  net.blackhole()
  const failed = once(near, 'error')
  near.write('hello?')
  const opened = net.ladder().split('\n').length
  await net.advance('10min')
  t.false(near.destroyed)
  t.is(net.now, 600_060)
  const [error] = await net.until(failed)
  t.is(error.code, 'ETIMEDOUT')
  t.is(net.now, 60 + tcp.userTimeout)
  // 1, 3, 7, 15, 31, 63, 123 s … after the first: once a minute in the end.
  const packets = net.ladder().split('\n').length - opened
  t.true(packets >= 15 && packets <= 25, `${packets}`)
})

test('until lets time pass, and gives up when nothing can come of it', async t => {
  const { net, client, server } = twoHosts(t, { seed: 'until', link: { delay: '20ms' } })
  const { near } = await connected(net, client, server)
  t.is(await net.until(Promise.resolve(7)), 7)
  await t.throwsAsync(net.until(Promise.reject(new RangeError('from the test'))), {
    instanceOf: RangeError,
    message: 'from the test',
  })
  // Promises that are not the network's are waited for, too.
  t.is(await net.until(realTimeout(20, 'read')), 'read')
  const never = once(near, 'data')
  never.catch(ignore)
  const error = await t.throwsAsync(net.until(never))
  t.regex(error.message, /^still waiting, and nothing is left to happen\nseed "until", at \d+\.000 ms\n/)
  near.setKeepAlive(true, 1000)
  const begun = net.now
  await t.throwsAsync(net.until(never, { within: '90s' }), { message: /^still waiting after 90000 ms/ })
  t.is(net.now, begun + 90_000)
})

test('real time has no advance', async t => {
  const net = createNetwork()
  await t.throwsAsync(net.advance(5), { code: 'ERR_INVALID_STATE', message: /time: 'virtual'/ })
  await t.throwsAsync(net.advance('5 parsecs' as never), { code: 'ERR_INVALID_ARG_VALUE' })
  t.is(await net.until(Promise.resolve(7)), 7)
  await net.close()
})

/** A client that gives up on an answer by a timer of its own, and tries again by an interval. */
const scenario = async (
  t: ExecutionContext,
  net: ReturnType<typeof createNetwork>,
  advance: (ms: number) => Promise<unknown>,
  late: number,
) => {
  const [client, server] = [net.host('client'), net.host('server')]
  const heard: [number, string][] = []
  const start = net.now
  const listener = server.net.createServer(socket =>
    socket.on('data', data => heard.push([net.now - start, String(data)])),
  )
  listener.listen(80)
  const socket = client.net.connect(80, 'server')
  net.link({ delay: '5ms' })
  const began = Date.now()
  let beats = 0
  const interval = setInterval(() => {
    beats++
    if (beats === 3) socket.write('third beat')
  }, 1000)
  await advance(3500)
  t.is(beats, 3)
  t.is(Date.now() - began, 3500)
  t.is(net.now - start, 3500)
  t.deepEqual(
    heard.map(([, text]) => text),
    ['third beat'],
  )
  t.true(heard[0]![0] >= 3005 && heard[0]![0] <= 3005 + late, `${heard[0]![0]}`)
  net.blackhole()
  let failed = ''
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failed = error.code!
  })
  let gaveUp = 0
  setTimeout(() => {
    gaveUp = Date.now() - began
  }, 10 * 60_000)
  socket.write('hello?')
  await advance(60 * 60_000)
  clearInterval(interval)
  t.is(failed, 'ETIMEDOUT')
  t.is(gaveUp, 3500 + 10 * 60_000)
  t.is(beats, 3603)
}

test.serial('mock.timers of node:test pass with the network', async t => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const net = createNetwork({ seed: 1, time: 'virtual', timers: mock.timers })
  await scenario(t, net, ms => net.advance(ms), 10)
  const waiting = new Promise(resolve => setTimeout(resolve, 30_000, 'timer'))
  const begun = net.now
  t.is(await net.until(waiting), 'timer')
  t.true(net.now - begun >= 30_000 && net.now - begun <= 30_010)
  await net.close()
})

for (const [name, toFake] of [
  ['all timers', undefined],
  [
    'all but nextTick and queueMicrotask',
    ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  ],
] as const)
  test.serial(`a network follows the fake timers of sinon, vitest and jest: ${name}`, async t => {
    const clock = FakeTimers.install(toFake === undefined ? {} : { toFake: [...toFake] })
    t.teardown(() => clock.uninstall())
    // vi and jest have other names for the same.
    const vi = {
      advanceTimersByTime: (ms: number) => clock.tick(ms),
      advanceTimersByTimeAsync: (ms: number) => clock.tickAsync(ms),
      advanceTimersToNextTimerAsync: () => clock.nextAsync(),
      getTimerCount: () => clock.countTimers(),
    }
    for (const timers of [clock, vi]) {
      // Whoever moves the timers moves the network.
      const one = createNetwork({ seed: 1, time: 'virtual', timers })
      await scenario(t, one, ms => clock.tickAsync(ms), 0)
      await one.close()
      const other = createNetwork({ seed: 1, time: 'virtual', timers })
      await scenario(t, other, ms => other.advance(ms), 0)
      const waiting = new Promise(resolve => setTimeout(resolve, 30_000, 'timer'))
      t.is(await other.until(waiting), 'timer')
      // A program that sets the date back does not turn back time.
      const { now } = other
      clock.setSystemTime(0)
      t.is(other.now, now)
      await other.close()
    }
  })

test.serial('a network in real time is not stopped by fake timers', async t => {
  // As vitest and jest with their recommended settings: Node's own streams need nextTick.
  const clock = FakeTimers.install({ toNotFake: ['nextTick', 'queueMicrotask'] })
  t.teardown(() => clock.uninstall())
  const { net, client, server } = twoHosts(t, { time: 'real', link: { delay: '5ms' } })
  const { near, far } = await connected(net, client, server)
  near.destroy()
  far.resume()
  await once(far, 'close')
  t.is(Date.now(), 0)
  await net.close()
})
