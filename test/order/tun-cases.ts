// The cases of order-tun.test.ts, each in a process and a network namespace of its own: the situations of the order test with
// a kernel's sockets at the other end of a TUN device.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { runCase } from '../support/namespace-case.ts'
import { protocolOf } from './notes.ts'
import { situations } from './situations-all.ts'
import { kernel, tun } from './world.ts'

/** A TUN alone does not keep a process alive; a case ends it. */
const stayAlive = setInterval(() => {}, 1 << 30)

const compare = async (face: Parameters<typeof tun>[0], busyPoll = 0): Promise<void> => {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  for (const { name, situation, size } of situations) {
    const expected = await protocolOf(kernel(), situation, size)
    assert.deepEqual(await protocolOf(tun(face, busyPoll), situation, size), expected, name)
  }
  clearInterval(stayAlive)
}

await runCase({
  'tuntcp/net': () => compare('stack'),
  'tuntcp/net, busy polling': () => compare('stack', 500),
  'serve()': () => compare('served'),
  'tuntcp/register': () => compare('registered'),
})
