/** A capture of several interfaces: what passed two of them is told once for each, and what has two ways out as one. */
import test from 'ava'
import { explainCapture } from '../../src/lab/explain/explain-capture.ts'
import { headline } from '../../src/lab/explain/explain-text.ts'
import { LABS } from '../../src/lab/labs/all.ts'
import { runVirtual } from '../../src/lab/run-virtual.ts'
import type { PacketEvent, TraceEvent } from '../../src/tcp/block/events.ts'
import { Capture } from '../../src/trace/capture.ts'

/** A lab in one file, with the interface that `link` gives a packet. */
const captured = async (
  sides: readonly ('client' | 'server')[],
  link: (packet: PacketEvent, side: string) => string,
): Promise<Uint8Array> => {
  const blocks: Uint8Array[] = []
  const capture = new Capture(bytes => blocks.push(bytes.slice()), { wallClockOffset: 1_700_000_000_000 })
  const sink = (side: string) => (e: TraceEvent) =>
    capture.sink(e.type === 'packet' ? { ...e, link: link(e, side) } : e)
  const lab = LABS.find(({ name }) => name === 'close-client')!
  await runVirtual(lab, lab.name, Object.fromEntries(sides.map(side => [side, sink(side)])))
  capture.end()
  return Buffer.concat(blocks)
}

test('both hops of a connection are two connections, and none has retransmissions', async t => {
  const alone = explainCapture(await captured(['client'], () => 'wire')).connections[0]!
  t.is(alone.place, null)
  const { connections } = explainCapture(await captured(['client', 'server'], (_, side) => side))
  t.deepEqual(
    connections.map(({ place }) => place),
    ['client', 'server'],
  )
  for (const each of connections) {
    t.regex(headline(each), /^connection [12] at (client|server): /)
    t.is(each.segments.length, alone.segments.length)
    t.deepEqual(each.remarks, alone.remarks)
    t.false(each.segments.some(({ what }) => what.join().includes('retransmi')))
  }
})

test('an interface for each direction: one connection', async t => {
  const alone = explainCapture(await captured(['client'], () => 'wire')).connections
  const { connections } = explainCapture(await captured(['client'], ({ direction }) => direction))
  t.deepEqual(connections, alone)
})
