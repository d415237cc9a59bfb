/** Headers in and out, and the checksum. */
import { encodeSegment } from '../../../dist/src/host/encode.js'
import { Flow } from '../../../dist/src/ip/flow.js'
import { Interface } from '../../../dist/src/ip/interfaces.js'
import { OutgoingSegment } from '../../../dist/src/tcp/block/outgoing.js'
import { SendQueue } from '../../../dist/src/tcp/queues/send-queue.js'
import { parseAddress } from '../../../dist/src/wire/address.js'
import { checksum } from '../../../dist/src/wire/checksum.js'
import { Ipv4Header, parseIpv4 } from '../../../dist/src/wire/ipv4.js'
import { ACK, parseTcp, Segment } from '../../../dist/src/wire/tcp.js'

const TEXT = 1448
const flow = new Flow(parseAddress('192.0.2.2'), 80, parseAddress('192.0.2.1'), 40_000)
const source = Object.assign(flow, {
  active: false,
  sendQueue: new SendQueue(1),
  options: { ttl: 64, trafficClass: 0 },
})
source.sendQueue.push(Buffer.alloc(1 << 16, 'x'))

const linkWith = offload => ({
  name: 'none',
  mtu: 1500,
  offload: { checksum: offload, segmentation: offload },
  start() {},
  transmit() {},
  close() {},
})

const segment = (length, sacks) => {
  const out = new OutgoingSegment().reset(1, 2, ACK, 500, 'ACK')
  out.length = length
  out.timestamps = true
  out.sackCount = sacks
  return out
}

const encoding = (length, offload) => () => {
  const to = new Interface(linkWith(offload), [])
  const out = segment(length, 0)
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      if (to.outgoing.full) to.flush()
      encodeSegment(to, null, source, out, i & 0xffff)
    }
    return rounds
  }
}

/** A packet as it comes from a link. */
const packet = (length, sacks) => {
  const to = new Interface(linkWith(false), [])
  encodeSegment(to, null, source, segment(length, sacks), 1)
  const bytes = new Uint8Array(to.outgoing.packetLength(0))
  to.outgoing.copy(0, bytes)
  return bytes
}

const parsing = (length, sacks, trusted) => () => {
  const bytes = packet(length, sacks)
  const header = new Ipv4Header()
  const into = new Segment()
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      const bad = parseIpv4(bytes, 0, bytes.length, header)
      into.source = header.source
      into.destination = header.destination
      const worse = parseTcp(bytes, 20, header.totalLength - 20, trusted, into)
      if (bad !== null || worse !== null) throw new Error(bad ?? worse)
    }
    return rounds
  }
}

const summing = bytes => () => {
  const memory = Buffer.alloc(bytes, 'x')
  let sink = 0
  return rounds => {
    for (let i = 0; i < rounds; i++) sink ^= checksum(memory, 0, bytes)
    if (sink < 0) throw new Error('the sum is to be used')
    return rounds
  }
}

export const wire = {
  'parse an ACK, timestamps': parsing(0, 0, true),
  'parse an ACK, 3 SACK blocks': parsing(0, 3, true),
  'parse and sum 1448 bytes of text': parsing(TEXT, 0, false),
  'write an ACK, offload': encoding(0, true),
  'write an ACK': encoding(0, false),
  'write and sum 1448 bytes of text': encoding(TEXT, false),
  'checksum of 40 bytes': summing(40),
  'checksum of 1460 bytes': summing(1460),
  'checksum of 65000 bytes': summing(65_000),
}
