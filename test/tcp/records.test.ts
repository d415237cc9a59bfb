/** Records (MSG_EOR): their ends against a model, and what leaves on a bad path. */
import test from 'ava'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { close, receive, send, sendRecord, sendRoom, setUser } from '../../src/tcp/calls.ts'
import { RecordEnds } from '../../src/tcp/queues/record-ends.ts'
import { dialogue } from '../support/dialogue.ts'
import { B, pattern, twoHosts } from '../support/two-hosts.ts'

const bytes = (n: number) => Buffer.alloc(n, 'x')

test('the ends of records against a model: whatever is added, acknowledged and cut off', t => {
  const random = new SeededRandom(5)
  const below = (n: number) => random.uint32() % n
  const ends = new RecordEnds()
  let model: number[] = []
  let start = 0
  let end = 0
  for (let n = 0; n < 1500; n++) {
    const what = below(10)
    if (what < 6) {
      end += 1 + below(100)
      ends.add(end)
      if (model.at(-1) !== end) model.push(end)
    } else if (what < 9) {
      start = Math.min(end, start + below(150))
      ends.forget(start)
      model = model.filter(each => each > start)
    } else {
      end = Math.max(start, end - below(50))
      ends.cut(end)
      model = model.filter(each => each <= end)
    }
    const at = start + below(end - start + 1)
    t.is(ends.after(at), model.find(each => each > at) ?? Number.POSITIVE_INFINITY)
    t.is(ends.size, model.length)
    for (const each of model.slice(0, 2))
      t.true(ends.has(each) && ends.has(each - 1) === model.includes(each - 1))
  }
})

test('Nagle holds the record at the end back, and none that others have followed', t => {
  const d = dialogue()
  const c = d.established().connection!
  send(c, bytes(10))
  d.sends('P. 1:11(10) ack 1')
  sendRecord(c, bytes(20))
  d.silent()
  send(c, bytes(30))
  d.sends('P. 11:31(20) ack 1')
  d.silent()
  d.receives('. 1:1(0) ack 31')
  d.sends('P. 31:61(30) ack 1')
  t.pass()
})

for (const options of [{}, { sack: false }, { lossDetection: 'sack' }, { timestamps: false }] as const)
  test(`on a bad path no segment has the text of two records, and every byte comes: ${JSON.stringify(options)}`, t => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = new SeededRandom(seed)
      const ends = new Set<number>()
      let crossed = 0
      let again = 0
      let first: number | null = null
      const { clock, a, b } = twoHosts(
        seed,
        { delay: 5, loss: 0.05, reorder: 0.1, reorderDelay: 8 },
        options,
        (host, event) => {
          if (host !== 'a' || event.type !== 'segment-out' || event.length === 0 || first === null) return
          const from = (event.seq - first) | 0
          if (event.reason !== 'data') again++
          for (let at = from + 1; at < from + event.length; at++) if (ends.has(at)) crossed++
        },
      )
      const text = pattern(60_000, seed)
      let sent = 0
      let finished = false
      const client = a.connect(B, 80, {
        established: () => write(),
        readable: () => {},
        writable: () => write(),
        closed: () => {},
      })
      const write = (): void => {
        first ??= client.snd.una
        while (sent < text.length && sendRoom(client) > 0) {
          const next = Math.min(text.length, sent + 1 + (random.uint32() % 900))
          const part = text.subarray(sent, next)
          if (random.uint32() % 3 === 0) send(client, part)
          else {
            ends.add(next)
            sendRecord(client, part)
          }
          sent = next
        }
        if (sent === text.length && !finished) {
          finished = true
          close(client)
        }
      }
      const heard: Uint8Array[] = []
      const listener = b.listen(B, 80, {
        acceptable: () => {
          const c = listener.accept()!
          setUser(c, {
            established: () => {},
            readable: () => {
              for (let part = receive(c); part !== null; part = receive(c)) heard.push(part.slice())
              if (c.finReceived) close(c)
            },
            writable: () => {},
            closed: () => {},
          })
        },
      })
      while (clock.now() < 600_000 && clock.step(600_000));
      t.true(Buffer.concat(heard).equals(text), `seed ${seed}`)
      t.is(crossed, 0, `seed ${seed}`)
      t.true(again > 0, `seed ${seed}: nothing was lost`)
    }
  })

test('a record that ends where the last one has ended is none more', t => {
  const ends = new RecordEnds()
  ends.add(5)
  ends.add(5)
  t.is(ends.size, 1)
  ends.add(6)
  t.is(ends.size, 2)
})
