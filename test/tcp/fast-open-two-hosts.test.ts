/** TCP Fast Open between two hosts, over a path that loses and reorders. */
import ava from 'ava'
import { setUser } from '../../src/tcp/calls.ts'
import { ON } from '../support/fast-open.ts'
import { B, pattern, Streamer, twoHosts } from '../support/two-hosts.ts'

for (let seed = 1; seed <= 20; seed++)
  ava(`[R7413-7][R7413-9] two hosts, a path that loses and reorders: bytes are exact, seed ${seed}`, t => {
    const path = { delay: 5, loss: 0.05, jitter: 3, reorder: 0.1 } as never
    const pair = twoHosts(seed, path, { ...ON, fastOpenBackOff: 0, msl: 100 })
    const [question, answer] = [pattern(40_000, seed), pattern(40_000, -seed)]
    const streamers: Streamer[] = []
    let early = 0
    const listener = pair.b.listen(0, 80, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          const s = new Streamer(c, answer, question)
          setUser(c, s)
          streamers.push(s)
          if (c.state === 'SYN_RECEIVED') early++
          s.readable()
          s.writable()
        }
      },
    })
    for (let n = 0; n < 10; n++) {
      let s: Streamer | null = null
      const c = pair.a.connect(
        B,
        80,
        {
          established: () => s!.established(),
          readable: () => s!.readable(),
          writable: () => s!.writable(),
          closed: error => s!.closed(error),
        },
        { data: question.subarray(0, 1000) },
      )
      s = new Streamer(c, question, answer, 1000)
      streamers.push(s)
      pair.clock.advance(60_000)
    }
    t.is(streamers.length, 20)
    for (const s of streamers) t.like(s, { fault: '', received: 40_000, ended: true, over: null })
    t.true(early >= 5, `${early}`)
    t.is(pair.b.connections.size, 0)
  })
