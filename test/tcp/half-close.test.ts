/** CLOSE is "I have no more to send", not "I will not receive any more": RFC 9293 §3.6. */
import test from 'ava'
import { close, send, setUser } from '../../src/tcp/calls.ts'
import { B, pattern, Streamer, twoHosts } from '../support/two-hosts.ts'

const NOTHING = Buffer.alloc(0)

for (const seed of [1, 2, 3])
  test(`[NX-16] what was sent before CLOSE arrives over a bad network, and so does the answer to it (${seed})`, t => {
    const pair = twoHosts(seed, { delay: 5, loss: 0.03, duplicate: 0.02, reorder: 0.05, corrupt: 0.01 })
    const question = pattern(1 << 20, seed)
    const answer = pattern(1 << 18, -seed)
    let peer: Streamer | undefined
    const listener = pair.b.listen(0, 80, {
      acceptable: () => {
        const c = listener.accept()!
        peer = new Streamer(c, answer, question)
        setUser(c, peer)
        // It says nothing before it has heard all.
        const say = peer.writable.bind(peer)
        const hear = peer.readable.bind(peer)
        peer.established = () => {}
        peer.writable = () => {
          if (c.finReceived) say()
        }
        peer.readable = () => {
          hear()
          if (c.finReceived) say()
        }
        peer.readable()
      },
    })
    const c = pair.a.connect(B, 80, { established() {}, readable() {}, writable() {}, closed() {} })
    const closer = new Streamer(c, NOTHING, answer)
    closer.established = () => {
      send(c, question)
      close(c)
    }
    closer.writable = () => {}
    setUser(c, closer)
    pair.clock.run(600_000)
    t.is(peer?.fault, '')
    t.is(peer?.received, question.length)
    t.true(peer?.ended)
    t.is(closer.fault, '')
    t.is(closer.received, answer.length)
    t.is(closer.over, null)
    t.is(peer?.over, null)
    t.is(pair.a.connections.size + pair.b.connections.size, 0)
  })
