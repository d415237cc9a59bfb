import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { fixTcpChecksum } from '../support/packets.ts'
import { formatOptions } from '../support/segment-notation.ts'

test('[MUST-4] end of list, no-operation and MSS are understood', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 65535 <nop,nop,mss 1000,eol>')
  send(user.connection!, Buffer.alloc(1500))
  d.sends('. 1:1001(1000) ack 1')
  t.is(user.connection!.snd.mss, 1000)
})

test('[MUST-5] options on any segment: an unknown one on data changes nothing', t => {
  const d = dialogue()
  const user = d.established()
  d.receives('P. 1:4(3) ack 1 <nop,nop,raw 0xfd040102>')
  t.is(user.text, 'abc')
  d.after(40)
  d.sends('. 1:1(0) ack 4')
})

test('[MUST-6][MUST-68] an unknown option is passed over by its length', t => {
  const d = dialogue()
  const user = d.established({}, 'S 0:0(0) win 65535 <raw 0xc80601020304,mss 700>')
  t.is(user.connection!.snd.mss, 700)
})

for (const [what, options] of [
  ['length 0', 'raw 0xc8000000,mss 700'],
  ['length 1', 'raw 0xc8010000,mss 700'],
  ['past the end of the header', 'raw 0xc8280000'],
  ['no length byte at all', 'nop,nop,nop,raw 0xc8'],
])
  test(`[MUST-7] an option with ${what}: what follows is ignored, nobody is harmed`, t => {
    const d = dialogue()
    const user = d.established({}, `S 0:0(0) win 65535 <${options}>`)
    t.is(user.connection!.snd.mss, 536)
    t.is(d.host.drops['tcp-option'], 1)
    d.receives('P. 1:4(3) ack 1')
    t.is(user.text, 'abc')
  })

test('[MUST-64] options need not begin at words', t => {
  const d = dialogue({ tcp: { timestamps: true, sack: true } })
  const user = d.established(
    {},
    'S 0:0(0) win 65535 <mss 1000,wscale 2,sackOK,TS val 5 ecr 0>',
    '. 1:1(0) ack 1 win 65535 <TS val 6 ecr 0>',
  )
  const c = user.connection!
  t.deepEqual([c.peerMss, c.snd.scale, c.sack, c.timestamps], [1000, 2, true, true])
})

test('[MUST-65][MUST-69] MSS only on SYNs; what we send needs no padding but zeros', t => {
  const d = dialogue({ tcp: { timestamps: true } })
  const user = d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,nop,wscale 7,TS val 5 ecr 0>',
    '. 1:1(0) ack 1 win 65535 <nop,nop,TS val 6 ecr 0>',
  )
  send(user.connection!, Buffer.alloc(5000))
  d.receives('P. 1:4(3) ack 1 <nop,nop,TS val 7 ecr 0>')
  d.after(3000)
  t.true(d.link.sent.length > 5)
  for (const sent of d.link.sent) {
    const options = formatOptions(sent.options)
    t.is(options.includes('mss'), (sent.flags & 2) !== 0, options)
    // Zeros follow a list that ends early.
    for (let i = 0; i < sent.options.length; ) {
      const kind = sent.options[i]!
      if (kind === 0) {
        t.true(sent.options.subarray(i).every(b => b === 0))
        break
      }
      if (kind !== 1) t.true(sent.options[i + 1]! >= 2)
      i += kind === 1 ? 1 : sent.options[i + 1]!
      t.true(i <= sent.options.length)
    }
  }
})

test('[NX-1] reserved bits are ignored when received', t => {
  const d = dialogue()
  const user = d.established()
  const packet = d.build('P. 1:4(3) ack 1')
  packet[32]! |= 15
  fixTcpChecksum(packet)
  d.inject(packet)
  t.is(user.text, 'abc')
})

test('[MUST-2] the checksum of all that we send holds, whatever the length', t => {
  // The harness recomputes each; here are odd and even lengths for it, in odd and even pieces.
  const d = dialogue()
  const user = d.established({ noDelay: true })
  for (let length = 1; length < 60; length++) {
    send(user.connection!, Buffer.alloc(length, length))
    send(user.connection!, Buffer.alloc(2 * length + 1, 255))
    d.skip()
    d.receives(
      `. 1:1(0) ack ${1 + user.connection!.inFlight + (user.connection!.snd.una - user.connection!.snd.iss - 1)}`,
    )
  }
  t.true(user.connection!.allAcked)
})

test('[MUST-3] a segment that fails its checksum is not acted on; the intact one is', t => {
  const d = dialogue()
  const user = d.established()
  const good = d.build('P. 1:11(10) ack 1')
  for (const at of [20, 24, 33, 36, 45]) {
    const bad = good.slice()
    bad[at]! ^= 4
    d.inject(bad)
  }
  d.after(1000)
  d.silent()
  t.is(user.text, '')
  t.is(d.host.drops['tcp-checksum'], 5)
  d.inject(good)
  t.is(user.text, 'abcdefghij')
})
