/** ICMP errors, true and forged, about connections that are open (RFC 9293 §3.9.2.2, RFC 1191, RFC 8201, RFC 5927). */
import { largest } from '../../trace/extremes.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import type { Heard } from '../heard.ts'
import type { IcmpName } from '../packets.ts'

const reader = topic('reads')
const sender = topic('sends', { spoils: true })

/** Every family's links carry so much. */
const LOW = { 4: 600, 6: 1280 } as const

const SMALLER = { 4: 1000, 6: 1300 } as const

const longest = (all: readonly Heard[]): number =>
  largest(
    all.map(heard => heard.length),
    0,
  )

/** Full segments under way, none of them acknowledged. */
const flightOf = async (c: Conversation): Promise<Heard[]> => {
  await c.open('mss 1440', 5000)
  const flight = (await c.burst()).filter(heard => heard.length > 0)
  given(longest(flight) > 1300, 'its segments are small already')
  return flight
}

/** An error about its text does not end an open connection. */
const survived = (id: string, section: string, rule: string, name: IcmpName): Check =>
  reader(id, 'MUST', section, rule, async c => {
    const answer = await c.open()
    await c.alive()
    c.icmp(name, answer.bytes)
    await c.wait(200)
    await c.alive()
  })

/** The packet with another sequence number: what somebody would forge who does not see the connection. */
const withSeq = (packet: Uint8Array, header: number, distance: number): Uint8Array => {
  const forged = packet.slice()
  const view = new DataView(forged.buffer)
  view.setUint32(header + 4, view.getUint32(header + 4) + distance)
  return forged
}

export const ICMP: readonly Check[] = [
  survived(
    'icmp-host-unreachable',
    'RFC 9293 §3.9.2.2 MUST-56',
    'A router that says we cannot be reached does not end a connection.',
    'host unreachable',
  ),
  survived(
    'icmp-time-exceeded',
    'RFC 9293 §3.9.2.2 MUST-56',
    'A router that says a packet took too long does not end a connection.',
    'time exceeded',
  ),
  survived('icmp-source-quench', 'RFC 9293 §3.9.2.2 MUST-55', 'It ignores a source quench.', 'source quench'),
  reader(
    'icmp-port-unreachable-open',
    'habit',
    'RFC 5927 §5.2',
    'A hard error about an open connection does not end it.',
    async c => {
      const answer = await c.open()
      await c.alive()
      c.icmp('port unreachable', answer.bytes)
      await c.wait(200)
      await c.alive()
    },
  ),
  reader(
    'icmp-protocol-unreachable-open',
    'habit',
    'RFC 5927 §5.2',
    'An error that tells of no TCP does not end an open connection.',
    async c => {
      const answer = await c.open()
      await c.alive()
      c.icmp('protocol unreachable', answer.bytes)
      await c.wait(200)
      await c.alive()
    },
  ),
  reader(
    'icmp-forged-number',
    'SHOULD',
    'RFC 5927 §4.1',
    'A hard error about a sequence number that is not on its way does nothing.',
    async c => {
      const answer = await c.open()
      await c.alive()
      c.icmp('port unreachable', withSeq(answer.bytes, c.family === 4 ? 20 : 40, 0x4000_0000))
      await c.wait(200)
      await c.alive()
    },
  ),
  sender(
    'path-mtu-heeded',
    'SHOULD',
    'RFC 1191 §3; RFC 8201 §4',
    'Told that a packet is too big for a link, it sends smaller ones, at once.',
    async c => {
      const flight = await flightOf(c)
      const mtu = SMALLER[c.family]
      c.icmp('too big', flight[0]!.bytes, mtu)
      const again = (await c.burst(150, 3000)).filter(heard => heard.length > 0)
      must(again.length > 0, 'nothing came again')
      must(
        again.some(heard => heard.seq === 1 && heard.length <= c.mssOf(mtu)),
        `${longest(again)} bytes came again`,
      )
    },
  ),
  sender(
    'path-mtu-kept',
    'MUST',
    'RFC 1191 §3; RFC 8201 §4',
    'From then on all of its packets fit.',
    async c => {
      const flight = await flightOf(c)
      const mtu = SMALLER[c.family]
      c.icmp('too big', flight[0]!.bytes, mtu)
      const again = (await c.burst(150, 3000)).filter(heard => heard.length > 0)
      given(again.length > 0, 'nothing came again')
      c.window = 20_000
      c.take(largest([...flight, ...again].map(heard => heard.end)))
      const more = await c.burst()
      given(longest(more) > 0, 'it did not go on')
      must(longest(more) <= c.mssOf(mtu), `a segment has ${longest(more)} bytes`)
    },
  ),
  sender(
    'path-mtu-forged-number',
    'SHOULD',
    'RFC 5927 §4.1, §7.2',
    'Told so about a sequence number that is not on its way, it changes nothing.',
    async c => {
      const flight = await flightOf(c)
      c.icmp('too big', withSeq(flight[0]!.bytes, c.family === 4 ? 20 : 40, 0x4000_0000), LOW[c.family])
      await c.wait(50)
      c.skip()
      c.window = 20_000
      c.take(flight.at(-1)!.end)
      const more = await c.burst()
      given(longest(more) > 0, 'it did not go on')
      must(longest(more) > c.mssOf(LOW[c.family]), 'its segments became small')
    },
  ),
  sender(
    'path-mtu-larger-ignored',
    'MUST',
    'RFC 1191 §3; RFC 8201 §4',
    'Told of an MTU above what it uses, it does not send more.',
    async c => {
      const flight = await flightOf(c)
      c.icmp('too big', flight[0]!.bytes, 9000)
      await c.wait(50)
      c.skip()
      c.window = 20_000
      c.take(flight.at(-1)!.end)
      const more = await c.burst()
      given(longest(more) > 0, 'it did not go on')
      must(longest(more) <= 1440, `a segment has ${longest(more)} bytes`)
    },
  ),
  sender(
    'path-mtu-tiny',
    'SHOULD',
    'RFC 1191 §3; RFC 8201 §4',
    'Told of a link that carries next to nothing, it does not send crumbs.',
    async c => {
      const flight = await flightOf(c)
      c.icmp('too big', flight[0]!.bytes, c.family === 4 ? 68 : 100)
      await c.burst(150, 3000)
      c.window = 20_000
      c.take(flight.at(-1)!.end)
      const more = await c.burst()
      given(longest(more) > 0, 'it did not go on')
      must(longest(more) > 100, `its segments have ${longest(more)} bytes`)
    },
  ),
]
