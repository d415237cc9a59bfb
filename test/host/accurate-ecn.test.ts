/** Accurate ECN where the host has a part in it: SYN cookies, fast open, super-segments. */
import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import { accurateDialogue, openAccurate } from '../support/accurate-ecn.ts'

test('[R9768-45] a SYN cookie remembers nothing of accurate ECN: the ACK that returns it shows it', t => {
  for (const [ace, mode] of [
    [0, 0],
    [1, 0],
    [2, 2],
    [6, 2],
    [7, 2],
  ] as const) {
    const d = accurateDialogue({ synCookies: 'always' })
    d.listen()
    d.receives('[ect0] SEWA 0:0(0) win 65535 <mss 1460>')
    d.sends('SA. 0:0(0) ack 1 <mss 1460,ECN e1b 1 ceb 0 e0b 1,nop>')
    d.receives(`.${ace} 1:1(0) ack 1 win 60000`)
    t.is(tcpInfo(d.accepted[0]!.connection!).tcpi_ecn_mode, mode, `ACE ${ace}`)
  }
})

test('[R9768-45] where accurate ECN is not accepted, a cookie is of the classic kind or of none', t => {
  const d = accurateDialogue({ synCookies: 'always', ecn: 'passive', timestamps: true })
  d.listen()
  d.receives('SEWA 0:0(0) win 65535 <mss 1460,nop,nop,TS val 1 ecr 0>')
  t.is(d.next().flags & 0x1c0, 0x40)
})

test('text on a SYN counts not; that of the SYN,ACK does', t => {
  const d = accurateDialogue({ fastOpen: true, fastOpenCookies: false })
  d.listen()
  d.receives('[ect0] SEWA 0:100(100) win 65535 <mss 1460,FO,nop,nop>')
  d.next()
  d.receives('.2 101:101(0) ack 1 win 60000')
  t.is(tcpInfo(d.accepted[0]!.connection!).tcpi_received_e0_bytes, 0)
  const client = accurateDialogue({ fastOpen: true, fastOpenUnasked: true })
  const { connection: c } = client.connect()
  client.next()
  client.receives('[ect0] SW. 0:50(50) ack 1 win 65535 <mss 1460>')
  client.sends('.4 1:1(0) ack 1')
  t.is(tcpInfo(c!).tcpi_received_e0_bytes, 50)
})

test('[R9768-46] all segments of a super-segment have the same ACE field: where a device would change it there is none', t => {
  for (const [marks, cut] of [
    [0, false],
    // 6 and 7 have the bit of CWR, which devices leave to the first segment.
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    const d = accurateDialogue({ delayedAck: 0 })
    d.link.offload.segmentation = true
    const c = openAccurate(d).connection!
    for (let n = 0; n < marks; n++)
      d.receives(`[ce] P.5 ${1 + n * 100}:${101 + n * 100}(100) ack 1 win 60000`)
    d.skip()
    send(c, Buffer.alloc(4 * 1460))
    const first = d.next()
    t.is(first.text.length > 1460, !cut, `${marks} marks`)
    t.is((first.flags >> 6) & 7, (5 + marks) % 8)
  }
})
