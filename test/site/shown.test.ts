/** An experiment as a viewer shows it: each segment once, with its fate, wherever on the way it met it. */
import test from 'ava'
import { storyOf, Watched } from './support.ts'

for (const family of [4, 6] as const)
  for (const router of [false, true])
    test(`IPv${family}${router ? ', a router' : ''}: a segment that is lost on the way is shown once, and with why it was sent`, t => {
      const w = new Watched({ family, router })
      w.connect()
      w.act({ do: 'lose next', what: 'text', direction: 'out' })
      w.act({ do: 'send', host: 0, connection: 0, bytes: 2000 }, 1000)
      const { c, story } = storyOf(w)
      const lost = story.segments.filter(({ fate }) => fate !== '')
      t.deepEqual(
        lost.map(({ fate, reason }) => [fate, reason]),
        [['lost: script', 'data']],
      )
      t.is(c.latest.lost, 1)
      // All others have arrived.
      t.true(
        story.segments.every(({ fate, arrivals }) =>
          fate === '' ? arrivals.length === 1 : arrivals.length === 0,
        ),
      )
    })

for (const family of [4, 6] as const)
  test(`IPv${family}: an ICMP error stands on the ladder of the connection that it is about, and counts as no segment`, t => {
    const w = new Watched({ family, router: true })
    w.act({ do: 'faults', faults: { mtu: 1300 }, direction: null })
    w.connect()
    w.act({ do: 'send', host: 0, connection: 0, bytes: 5000 }, 1000)
    const { c, story } = storyOf(w)
    const marks = story.events.flatMap(e => (e.kind === 'mark' && e.end === 0 ? [e.text] : []))
    t.true(
      marks.some(text =>
        (family === 4 ? /need to frag \(mtu 1300\)/ : /packet too big, mtu 1300/).test(text),
      ),
      marks.join(),
    )
    const came = w.events.filter(e => e.kind === 'packet' && e.host === 0 && e.direction === 'in')
    t.is(
      c.latest.segmentsIn,
      story.segments.filter(s => !story.isLeft(s.source) && s.arrivals.length > 0).length,
    )
    t.true(c.latest.segmentsIn < came.length)
  })
