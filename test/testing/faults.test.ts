import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import test from 'ava'
import { createNetwork, script } from '../../src/testing/testing.ts'
import { readCapture } from '../../src/trace/read-capture.ts'
import { pattern } from '../net/support.ts'
import { connected, ignore, twoHosts } from './support.ts'

test('all links, the links of hosts to come, and one between two: their delays', async t => {
  const { net, client, server } = twoHosts(t)
  net.link({ delay: '40ms' })
  const third = net.host('third')
  net.link(client, third, { delay: '10ms' })
  net.path(third, client, { delay: '100ms' })
  const took = async (from: typeof client, to: typeof client) => {
    const begun = net.now
    const { near, far } = await connected(net, from, to)
    // `far` has had the ACK of the SYN-ACK: three times across.
    t.truthy(near.remoteAddress && far.remoteAddress)
    return net.now - begun
  }
  t.is(await took(client, server), 120)
  t.is(await took(server, third), 120)
  t.is(await took(client, third), 120)
  net.link({ delay: null })
  t.is(await took(client, third), 0)
})

test('links change while connections live', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '10ms' } })
  const { near, far } = await connected(net, client, server)
  const echo = async () => {
    const begun = net.now
    near.write('x')
    await net.until(once(far, 'data'))
    return net.now - begun
  }
  near.setNoDelay()
  far.resume()
  t.is(await echo(), 10)
  net.link({ delay: '200ms' })
  t.is(await echo(), 200)
  net.link({ rate: '8kbit' })
  // 73 bytes of IPv6 at a byte a millisecond: headers of 72 with timestamps.
  t.is(await echo(), 273)
  net.link({ rate: null, delay: null, loss: '100%' })
  near.write('y')
  await net.advance('5s')
  t.true(near.tcpInfo()!.retransmissions >= 2)
  net.link({ loss: 0 })
  await net.until(once(far, 'data'))
})

test('a partition stops both directions until it heals; others go on', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  const third = net.host('third')
  const cut = await connected(net, client, server)
  const whole = await connected(net, client, third)
  net.partition(client, server)
  cut.near.write('there')
  cut.far.write('back')
  whole.near.write('hello')
  await net.until(once(whole.far, 'data'), { within: '1s' })
  await net.advance('10s')
  t.is(cut.far.bytesRead + cut.near.bytesRead, 0)
  t.regex(net.ladder(), /client→server .*length 5 {2}→ lost: black hole/)
  // A change of the link meanwhile does not end it.
  net.link({ delay: '2ms' })
  await net.advance('10s')
  t.is(cut.far.bytesRead, 0)
  net.heal(server, client)
  await net.until(Promise.all([once(cut.far, 'data'), once(cut.near, 'data')]))
})

test('a connection in a black hole hears nothing; a new one gets through', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  const { near, far } = await connected(net, client, server)
  net.blackhole(far)
  near.on('error', ignore).write('hello?')
  await net.advance('60s')
  t.is(far.bytesRead, 0)
  t.false(near.destroyed)
  const other = await connected(net, client, server)
  other.near.write('hello')
  await net.until(once(other.far, 'data'))
  net.blackhole()
  other.near.write('again')
  await net.advance('60s')
  t.is(other.far.bytesRead, 5)
  const third = net.host('third')
  const lost = third.net.connect(80, 'server').on('error', ignore)
  await net.advance('60s')
  t.true(lost.connecting)
  net.heal()
  await net.until(Promise.all([once(far, 'data'), once(other.far, 'data')]))
})

test('a firewall forgets what was idle, and nothing else', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  const early = await connected(net, client, server)
  net.firewall({ idle: '5min' })
  const busy = await connected(net, client, server)
  const heard = (socket: typeof busy.far) => net.until(once(socket, 'data'), { within: '1s' })
  early.near.write('a')
  await heard(early.far)
  await net.advance('4min')
  busy.near.write('b')
  await heard(busy.far)
  await net.advance('2min')
  // Six minutes without a word: gone, and a word does not bring it back.
  early.near.on('error', ignore).write('c')
  await net.advance('30s')
  t.is(early.far.bytesRead, 1)
  busy.near.write('d')
  await heard(busy.far)
  const late = await connected(net, client, server)
  late.near.write('e')
  await heard(late.far)
  net.heal()
  await net.until(once(early.far, 'data'))
  net.firewall({ idle: '5min' })
  busy.near.write('f')
  await heard(busy.far)
  // The same four numbers again, in a connection of their own.
  const { localPort, remotePort } = busy.near
  busy.far.on('error', ignore)
  busy.near.resetAndDestroy()
  await net.advance('10min')
  const again = client.net.connect({ port: remotePort!, host: 'server', localPort: localPort! })
  await net.until(once(again, 'connect'), { within: '1s' })
})

test('a script of losses is asked on each path, and does not end with other changes', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  const { near, far } = await connected(net, client, server)
  const asked: string[] = []
  net.path(client, server, {
    drop: p => {
      asked.push(`${p.direction} ${p.length}`)
      return asked.length === 1
    },
  })
  net.link({ delay: '2ms' })
  near.write('hello')
  await net.until(once(far, 'data'))
  t.deepEqual(asked.slice(0, 2), ['client→server 5', 'client→server 5'])
  net.path(client, server, { drop: null })
  const { length } = asked
  near.write('hello')
  await net.until(once(far, 'data'))
  t.is(asked.length, length)
})

test('the next packets of a kind are lost, so many of them', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' }, tcp: { minRto: 200 } })
  const fins = net.dropNext({ from: client, flags: 'FIN', count: 2 })
  const data = net.dropNext({ to: client, data: true })
  const never = net.dropNext({ flags: ['SYN', 'FIN'], match: () => t.fail() as never })
  const acks = net.dropNext({ from: server, match: script.isPureAck })
  const { near, far } = await connected(net, client, server)
  far.end('to the client')
  t.is(String(await net.until(buffer(near))), 'to the client')
  near.end()
  await net.until(once(far, 'close'))
  t.is(data.dropped, 1)
  t.is(fins.dropped, 2)
  t.is(fins.remaining, 0)
  t.is(acks.dropped, 1)
  t.is(never.dropped, 0)
  t.is(net.ladder().match(/lost: script/g)?.length, 4)
  const syns = net.dropNext({ flags: 'SYN', count: 3 })
  syns.cancel()
  await connected(net, client, server)
  t.is(syns.dropped, 0)
})

test('a forged reset ends both, at once', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '50ms' } })
  const { near, far } = await connected(net, client, server)
  near.write('under way')
  const begun = net.now
  const errors = Promise.all([once(near, 'error'), once(far, 'error')])
  net.reset(near)
  for (const [error] of await net.until(errors))
    t.like(error, { code: 'ECONNRESET', errno: -104, syscall: 'read' })
  t.is(net.now, begun)
  t.regex(net.ladder(), /forged→client .*Flags \[R\.\]/)
  const opening = client.net.connect({ port: 80, host: 'server', autoSelectFamily: false })
  await net.advance(1)
  // Long before the server's own answer.
  net.reset(opening)
  const [error] = await net.until(once(opening, 'error'))
  t.is(error.code, 'ECONNREFUSED')
  t.is(net.now, begun + 1)
})

test('a small MTU is told of, or it is a hole that TCP has to find', async t => {
  for (const icmp of [true, false]) {
    const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
    const { near, far } = await connected(net, client, server)
    net.mtu(576, { icmp })
    const data = pattern(20_000)
    near.end(data)
    const begun = net.now
    t.true((await net.until(buffer(far))).equals(data))
    t.is(net.ladder().includes('ICMP sent'), icmp)
    // The hole costs timeouts.
    t.is(net.now - begun > 1000, !icmp)
    net.mtu(null)
    const wide = await connected(net, client, server)
    wide.near.end(data)
    t.true((await net.until(buffer(wide.far))).equals(data))
  }
})

test('a capture has the packets of the hosts that were asked for', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const files = ['both', 'client', 'ended'].map(name => join(directory, `${name}.pcapng`))
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  net.capture(files[0]!)
  net.capture(files[1]!, { hosts: [client] })
  const ended = net.capture(files[2]!)
  ended.close()
  ended.close()
  const { near, far } = await connected(net, client, server)
  near.end('hello')
  far.resume().end()
  await net.until(once(far, 'close'))
  await net.advance('10ms')
  t.deepEqual(
    client.connections().map(({ state }) => state),
    ['TIME_WAIT'],
  )
  await net.close()
  const packets = (file: string) => [...readCapture(readFileSync(file))].length
  const rungs = net.ladder().split('\n').length
  t.true(rungs >= 6)
  t.is(packets(files[0]!), 2 * rungs)
  t.is(packets(files[1]!), rungs)
  t.is(packets(files[2]!), 0)
  t.true(readFileSync(files[1]!).includes('SYN_SENT → ESTABLISHED'))
})

test('a test that fails under guard has its seed and ladder printed, and its error as it was', async t => {
  const { net, client } = twoHosts(t, { seed: 'guarded', time: 'real', family: 4 })
  const printed: string[] = []
  const failure = new Error('it does not hold')
  const error = await t.throwsAsync(
    net.guard(
      async () => {
        await once(client.net.connect(80, 'server'), 'error')
        throw failure
      },
      report => printed.push(report),
    ),
  )
  t.is(error, failure)
  t.is(error.message, 'it does not hold')
  t.regex(printed.join(), /^seed "guarded", at [\d.]+ ms\n.*client→server.*Flags \[S\].*\n.*Flags \[R\.\]/)
  t.is(await net.guard(() => 7, t.fail), 7)
  t.is(createNetwork({ seed: 7 }).seed, 7)
  t.not(createNetwork().seed, createNetwork().seed)
})
