// The cases of bridge.test.ts, each in a process and a network namespace of its own: `node bridge-cases.js CASE`.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { nth } from '../../src/link/path/script.ts'
import { PROTOCOL_ICMP } from '../../src/wire/ipv4.ts'
import { type KernelHost, kernelPair } from '../support/kernel-pair.ts'
import { runCase, until } from '../support/namespace-case.ts'
import { pattern } from '../support/two-hosts.ts'

const LISTEN = `
  let hash = require('crypto').createHash('sha256')
  const server = require('net').createServer(s => {
    s.on('data', d => hash.update(d))
    s.on('end', () => s.end(hash.digest('hex')))
    server.close()
  }).listen(5000, () => console.log('listening'))`

const SEND = `
  const s = require('net').connect(5000, '192.0.2.2')
  s.setEncoding('latin1')
  s.on('data', d => process.stdout.write(d))
  process.stdin.pipe(s)`

/** Sends the text from one kernel to the other; the SHA-256 of what came, as the receiver sees it. */
const transfer = async (from: KernelHost, to: KernelHost, sent: Uint8Array): Promise<string> => {
  const server = to.start(process.execPath, '-e', LISTEN)
  await once(server.stdout!, 'data')
  const client = from.start(process.execPath, '-e', SEND)
  client.stdin!.end(sent)
  return text(client.stdout!)
}

/** Pings without the process waiting for it: it has packets to relay meanwhile. */
const ping = async (from: KernelHost, ...words: string[]): Promise<string> => {
  const child = from.start('ping', '-n', ...words, '192.0.2.2')
  return text(child.stdout!)
}

export const cases = {
  async 'two kernels talk through loss, delay and a bottleneck'() {
    const pair = await kernelPair(
      {
        aToB: { delay: 10, rate: 50e6, loss: 0.01, reorder: 0.001, duplicate: 0.01, corrupt: 0.005 },
        bToA: { delay: 10, loss: 0.01, jitter: 1 },
      },
      1,
    )
    const sent = pattern(2_000_000, 1)
    assert.equal(await transfer(pair.a, pair.b, sent), createHash('sha256').update(sent).digest('hex'))
    const { counters } = pair.bridge.aToB
    assert.ok(counters.lost.random > 0 && counters.duplicated > 0 && counters.corrupted > 0)
    // The kernel hands over super-segments; each has met the path as its packets.
    assert.ok(counters.entered > 2_000_000 / 1448)
    assert.ok(pair.a.link.counters.received < counters.entered)
    assert.equal(pair.b.link.counters.writeErrors, 0)
    pair.close()
  },

  async 'a kernel learns the path MTU from the router, and sends smaller packets'() {
    const pair = await kernelPair({ aToB: { mtu: 1000, icmp: true } }, 1)
    const sent = pattern(100_000, 2)
    assert.equal(await transfer(pair.a, pair.b, sent), createHash('sha256').update(sent).digest('hex'))
    assert.ok(pair.bridge.aToB.counters.icmp > 0)
    assert.match(pair.a.run('ip', 'route', 'get', '192.0.2.2'), /mtu 1000/)
    pair.close()
  },

  async 'a kernel puts together what the router has fragmented'() {
    const pair = await kernelPair({ aToB: { mtu: 576, icmp: true } }, 1)
    // One at a time: ping waits long only while it has had no answer at all.
    for (let n = 0; n < 3; n++)
      assert.match(await ping(pair.a, '-c', '1', '-W', '60', '-M', 'dont', '-s', '1400'), / 1 received/)
    const { fragmented, fragments } = pair.bridge.aToB.counters
    assert.equal(fragmented, 3)
    assert.equal(fragments, 9)
    pair.close()
  },

  async 'a script drops what it says'() {
    const icmp = (p: { readonly protocol: number }): boolean => p.protocol === PROTOCOL_ICMP
    const pair = await kernelPair({ aToB: { drop: nth([2, 4], icmp) } }, 1)
    const { counters } = pair.bridge.aToB
    const before = counters.entered
    // The number of answers that ping waits for depends on the machine; that it asks five times does not.
    await ping(pair.a, '-c', '5', '-i', '0.01', '-W', '1')
    await until(() => counters.entered - before >= 5 && pair.bridge.bToA.counters.entered >= 3)
    assert.equal(counters.lost.script, 2)
    pair.close()
  },
}

await runCase(cases)
