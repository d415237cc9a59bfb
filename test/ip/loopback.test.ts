import test from 'ava'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import { close, send } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { dialogue } from '../support/dialogue.ts'
import { OURS } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'

const LOCALHOST = parseAddress('127.0.0.1')

for (const [name, address] of [
  ['127.0.0.1', LOCALHOST],
  ['127.5.6.7', parseAddress('127.5.6.7')],
  ['its own address', OURS],
] as const)
  test(`a host reaches itself by ${name}, without its link`, t => {
    const d = dialogue()
    d.listen(81)
    const user = new RecordingUser()
    user.connection = blockOf(d.host.connect(address, 81, user))
    d.after(0)
    t.deepEqual(user.log, ['established'])
    const peer = d.accepted[0]!
    send(user.connection, Buffer.alloc(1_000_000, 'abc'))
    d.after(1000)
    t.is(peer.text, 'abc'.repeat(333_334).slice(0, 1_000_000))
    close(user.connection)
    close(peer.connection!)
    d.after(70_000)
    t.is(user.log.at(-1), 'closed in order')
    t.true(d.empty)
    d.silent()
  })

test('loopback packets are on the event stream once, as they leave', t => {
  const seen: string[] = []
  const d = dialogue({
    host: {
      trace: event => {
        if (event.type === 'packet') seen.push(`${event.link} ${event.direction}`)
      },
    },
  })
  const user = new RecordingUser()
  user.connection = blockOf(d.host.connect(LOCALHOST, 82, user))
  d.after(0)
  t.deepEqual(seen, ['lo out', 'lo out'])
  t.deepEqual(user.log, ['closed ECONNREFUSED'])
})

test('127.0.0.0/8 is dropped when it comes by a link, as source or destination', t => {
  const d = dialogue()
  d.listen()
  const syn = d.build('S 0:0(0)')
  for (const at of [12, 16]) {
    const packet = syn.slice()
    packet.set([127, 0, 0, 1], at)
    packet.set([0, 0], 10)
    let sum = 0
    for (let i = 0; i < 20; i += 2) sum += (packet[i]! << 8) | packet[i + 1]!
    sum = (sum & 0xffff) + (sum >>> 16)
    packet.set([(~sum >>> 8) & 255, ~sum & 255], 10)
    d.inject(packet)
  }
  d.silent()
  t.is(d.host.drops['ip-source'], 1)
  t.is(d.host.drops['ip-destination'], 1)
})
