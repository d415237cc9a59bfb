/** Users whose callbacks throw harm nobody but themselves. */

import test from 'ava'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import { send, setUser } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { icmpError } from '../support/packets.ts'
import { adopt, RecordingUser } from '../support/recording-user.ts'

/** Hears everything, and throws at each of the callbacks named. */
class Thrower extends RecordingUser {
  constructor(...names: (keyof ConnectionUser)[]) {
    super()
    for (const name of names) {
      const usual = this[name] as (...args: unknown[]) => void
      Object.assign(this, {
        [name]: (...args: unknown[]) => {
          usual.apply(this, args)
          throw new Error(name)
        },
      })
    }
  }
}

const scene = () => {
  const reported: string[] = []
  const d = dialogue({ host: { report: error => reported.push((error as Error).message) } })
  return { d, reported }
}

test('a reader that throws: the batch goes on, for it and for the others', t => {
  const { d, reported } = scene()
  const bad = d.established()
  const thrower = new Thrower('readable', 'writable', 'urgent', 'softError', 'closed')
  thrower.connection = bad.connection
  setUser(bad.connection!, thrower)
  d.remotePort = 40_001
  d.receives('S 0:0(0) win 65535 <mss 1460>')
  d.next()
  d.receives('. 1:1(0) ack 1 win 65535')
  const good = d.accepted[1]!
  d.receives(
    '40000>80 P. 1:4(3) ack 1',
    '40001>80 P. 1:4(3) ack 1',
    '40000>80 U. 4:7(3) ack 1 urg 3',
    '40001>80 P. 4:7(3) ack 1',
  )
  t.deepEqual([thrower.text, good.text], ['abcdef', 'abcdef'])
  send(thrower.connection!, Buffer.from('x'))
  const sent = d.skip().find(s => s.text.length > 0)!
  d.inject(icmpError(3, 1, sent.raw))
  d.receives('40000>80 . 7:7(0) ack 2', '40001>80 P. 7:10(3) ack 1')
  t.is(good.text, 'abcdefghi')
  d.receives('40000>80 R 7:7(0)', '40001>80 P. 10:13(3) ack 1')
  t.is(thrower.log.at(-1), 'closed ECONNRESET')
  t.is(good.text, 'abcdefghijkl')
  t.deepEqual([...new Set(reported)].sort(), ['closed', 'readable', 'softError', 'urgent', 'writable'])
})

test('an active opener that throws when it is established', t => {
  const { d, reported } = scene()
  const user = new Thrower('established')
  user.connection = blockOf(d.host.connect(0xc0000201 | 0, 40_000, user, { localPort: 80 }))
  d.next()
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.sends('. 1:1(0) ack 1')
  d.receives('P. 1:4(3) ack 1')
  t.is(user.text, 'abc')
  t.deepEqual(reported, ['established'])
})

test('a listener’s user that throws: other listeners hear of theirs, and it of the next', t => {
  const { d, reported } = scene()
  let calls = 0
  const bad = d.host.listen(0, 81, {
    acceptable() {
      calls++
      throw new Error('acceptable')
    },
  })
  d.listen(82)
  const open = (remote: number, local: number) => {
    d.remotePort = remote
    d.localPort = local
    d.receives('S 0:0(0) win 65535 <mss 1460>')
    d.next()
  }
  open(40_000, 81)
  open(40_000, 82)
  d.receives('40000>81 . 1:1(0) ack 1', '40000>82 P. 1:4(3) ack 1')
  t.is(calls, 1)
  t.is(d.accepted[0]?.text, 'abc')
  open(40_001, 81)
  d.receives('. 1:1(0) ack 1')
  t.is(calls, 2)
  t.deepEqual(reported, ['acceptable', 'acceptable'])
  // The connection that it did not take is still waiting.
  t.is(adopt(bad.accept()!).connection!.remotePort, 40_000)
  t.is(adopt(bad.accept()!).connection!.remotePort, 40_001)
})

test('a user that throws in a timer', t => {
  const { d, reported } = scene()
  const user = new Thrower('closed')
  user.connection = blockOf(
    d.host.connect(0xc0000201 | 0, 40_000, user, {
      localPort: 80,
      options: { userTimeout: 500 },
    }),
  )
  d.after(10_000)
  t.deepEqual(reported, ['closed'])
  t.true(d.empty)
})
