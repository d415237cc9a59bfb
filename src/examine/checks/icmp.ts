/** ICMP errors, true and forged, about connections that are open (RFC 9293 §3.9.2.2, RFC 1191, RFC 8201, RFC 5927). */
import { copyOf } from '../../wire/bytes.ts'
import { dissect } from '../../wire/dissect.ts'
import { read32, write32 } from '../../wire/ipv4.ts'
import { CannotTell, type Check, Differs, given, type Level, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { endOf, type Heard, longest, withText } from '../heard.ts'
import type { IcmpName } from '../icmp-packets.ts'

const reader = topic('reads')
const sender = topic('sends', { spoils: true })

/** Every family's links carry so much. */
const LOW = { 4: 600, 6: 1280 } as const

const SMALLER = { 4: 1000, 6: 1300 } as const

/** Full segments under way, none of them acknowledged. */
const flightOf = async (c: Conversation): Promise<Heard[]> => {
  await c.open('mss 1440', 5000)
  const flight = withText(await c.burst())
  given(longest(flight) > 1300, 'its segments are small already')
  return flight
}

/** The longest text of what it sends once the flight is acknowledged up to here. */
const longestAfter = async (c: Conversation, upTo: number): Promise<number> => {
  c.window = 20_000
  c.take(upTo)
  const length = longest(await c.burst())
  given(length > 0, 'it did not go on')
  return length
}

/** The packet with another sequence number: what somebody would forge who does not see the connection. */
const forged = ({ bytes }: Heard): Uint8Array => {
  const packet = copyOf(bytes)
  const { tcp } = dissect(packet)
  write32(packet, tcp + 4, read32(packet, tcp + 4) + 0x4000_0000)
  return packet
}

/**
 * ICMP reaches it: a ping is answered.
 * @throws CannotTell where not: then a filter may have dropped an error, too
 */
export const givenIcmp = async (c: Conversation): Promise<void> =>
  given(await c.pinged(), 'it does not answer a ping: ICMP may be filtered')

/** Full segments under way, of which it was told that one is too big: what it sends again is smaller. @throws Differs */
const heeded = async (c: Conversation): Promise<Heard[]> => {
  const flight = await flightOf(c)
  const mtu = SMALLER[c.family]
  c.icmp('too big', flight[0]!.bytes, mtu)
  const again = withText(await c.burst(150, 3000))
  const smaller = again.some(heard => heard.seq === 1 && heard.length <= c.mssOf(mtu))
  given(smaller || !flight[0]!.mayFragment, 'its packets may be cut on their way: they need not be smaller')
  if (!smaller) await givenIcmp(c)
  must(again.length > 0, 'nothing came again')
  must(smaller, `${longest(again)} bytes came again`)
  return [...flight, ...again]
}

/** An error about its SYN does not end an open connection. */
const survived = (
  id: string,
  level: Level,
  section: string,
  rule: string,
  name: IcmpName,
  quoted = ({ bytes }: Heard): Uint8Array => bytes,
): Check =>
  reader(id, level, section, rule, async c => {
    const answer = await c.open()
    await c.alive()
    c.icmp(name, quoted(answer))
    await c.wait(200)
    await c.alive()
  })

export const ICMP: readonly Check[] = [
  survived(
    'icmp-host-unreachable',
    'MUST',
    'RFC 9293 §3.9.2.2 MUST-56',
    'A router that says we cannot be reached does not end a connection.',
    'host unreachable',
  ),
  survived(
    'icmp-time-exceeded',
    'MUST',
    'RFC 9293 §3.9.2.2 MUST-56',
    'A router that says a packet took too long does not end a connection.',
    'time exceeded',
  ),
  survived(
    'icmp-source-quench',
    'MUST',
    'RFC 9293 §3.9.2.2 MUST-55',
    'It ignores a source quench.',
    'source quench',
  ),
  survived(
    'icmp-port-unreachable-open',
    'habit',
    'RFC 5927 §5.2',
    'A hard error about an open connection does not end it.',
    'port unreachable',
  ),
  survived(
    'icmp-protocol-unreachable-open',
    'habit',
    'RFC 5927 §5.2',
    'An error that tells of no TCP does not end an open connection.',
    'protocol unreachable',
  ),
  survived(
    'icmp-forged-number',
    'SHOULD',
    'RFC 5927 §4.1',
    'A hard error about a sequence number that is not on its way does nothing.',
    'port unreachable',
    forged,
  ),
  sender(
    'path-mtu-heeded',
    'SHOULD',
    'RFC 1191 §3; RFC 8201 §4',
    'Told that a packet is too big for a link, it sends smaller ones, at once.',
    async c => {
      await heeded(c)
    },
  ),
  sender(
    'path-mtu-kept',
    'MUST',
    'RFC 1191 §3; RFC 8201 §4',
    'From then on all of its packets fit.',
    async c => {
      const all = await heeded(c).catch(error => {
        // It is another check's matter.
        throw error instanceof Differs ? new CannotTell('it does not heed such errors') : error
      })
      const length = await longestAfter(c, endOf(all))
      must(length <= c.mssOf(SMALLER[c.family]), `a segment has ${length} bytes`)
    },
  ),
  sender(
    'path-mtu-forged-number',
    'SHOULD',
    'RFC 5927 §4.1, §7.2',
    'Told so about a sequence number that is not on its way, it changes nothing.',
    async c => {
      const flight = await flightOf(c)
      c.icmp('too big', forged(flight[0]!), LOW[c.family])
      await c.wait(50)
      c.skip()
      const length = await longestAfter(c, flight.at(-1)!.end)
      must(length > c.mssOf(LOW[c.family]), 'its segments became small')
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
      const length = await longestAfter(c, flight.at(-1)!.end)
      must(length <= 1440, `a segment has ${length} bytes`)
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
      const length = await longestAfter(c, flight.at(-1)!.end)
      must(length > 100, `its segments have ${length} bytes`)
    },
  ),
]
