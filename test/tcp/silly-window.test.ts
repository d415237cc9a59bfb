/** Rules of RFC 9293 §3.8.6 without a label, about windows on both sides. */
import { send } from '../../src/tcp/calls.ts'
import { reach, stream, test } from '../support/states.ts'

const small = (dialogue: Parameters<Parameters<typeof test>[1]>[1], win: number) => {
  const d = dialogue()
  const user = d.established({}, `S 0:0(0) win ${win} <mss 1460>`, `. 1:1(0) ack 1 win ${win}`)
  return { d, c: user.connection! }
}

test('[NX-24] a peer whose window is 100: data flows, in pieces of 50 at least', (t, dialogue) => {
  const { d, c } = small(dialogue, 100)
  const text = stream(1, 1000)
  send(c, Buffer.from(text))
  let heard = ''
  let next = 1
  // The peer opens its window by 30 octets at a time.
  let room = 100
  const sizes: number[] = []
  for (let n = 0; n < 200 && heard.length < 1000; n++) {
    for (const sent of d.skip()) {
      if (sent.text.length === 0) continue
      sizes.push(sent.text.length)
      heard += Buffer.from(sent.text).toString()
      next += sent.text.length
      room -= sent.text.length
      t.true(room >= 0)
    }
    room = Math.min(100, room + 30)
    d.receives(`. 1:1(0) ack ${next} win ${room}`)
    d.after(10)
  }
  t.is(heard, text)
  t.true(Math.min(...sizes.slice(0, -1)) >= 50, String(sizes))
})

test('[NX-24] half of the largest window is enough, less waits for the override of 0.1 to 1 s', (t, dialogue) => {
  const { d, c } = small(dialogue, 100)
  send(c, Buffer.from(stream(1, 1000)))
  d.sends('. 1:51(50) ack 1')
  d.sends('. 51:101(50) ack 1')
  d.receives('. 1:1(0) ack 101 win 50')
  d.sends('. 101:151(50) ack 1')
  d.receives('. 1:1(0) ack 151 win 49')
  d.after(499)
  d.silent()
  d.after(1)
  const sent = d.sends('P. 151:200(49) ack 1')
  t.is(Buffer.from(sent.text).toString(), stream(151, 49))
})

test('[NX-24] a full segment goes at once, although others are outstanding; a small rest waits (Nagle)', (t, dialogue) => {
  const { d, c } = small(dialogue, 65_535)
  send(c, Buffer.from(stream(1, 10)))
  d.sends('P. 1:11(10) ack 1')
  send(c, Buffer.from(stream(11, 1500)))
  d.sends('. 11:1471(1460) ack 1')
  d.silent()
  d.receives('. 1:1(0) ack 1471')
  d.sends('P. 1471:1511(40) ack 1')
  t.is(c.sendQueue.length, 40)
})

test('[NX-24] what is queued goes whole into a window that takes it, nothing being outstanding', (t, dialogue) => {
  const { d, c } = small(dialogue, 1000)
  d.receives('. 1:1(0) ack 1 win 20')
  send(c, Buffer.from(stream(1, 20)))
  d.sends('P. 1:21(20) ack 1')
  t.is(c.snd.maxWnd, 1000)
})

test('[NX-25] a reader of small pieces: the edge moves by a segment, or half the buffer, or not', (t, dialogue) => {
  for (const [buffer, pieces, step] of [
    [513 * 20, 20, 1460],
    [513 * 4, 4, 513 * 2],
  ] as const) {
    const d = dialogue({ tcp: { receiveBuffer: buffer } })
    const { user } = reach(d, 'ESTABLISHED')
    user!.reading = false
    for (let n = 0; n < pieces; n++) d.receives(`P. ${1 + n * 513}:${1 + (n + 1) * 513}(513) ack 1`)
    d.after(40)
    const end = 1 + buffer
    const shut = d.skip().at(-1)!
    t.deepEqual([(shut.ack - d.peerIss) | 0, shut.window], [end, 0])
    let offered = 0
    let read = 0
    for (let n = 0; n < pieces; n++) {
      user!.read(1)
      read += 513
      const updates = d.skip()
      if (read - offered >= step && offered < buffer / 2) t.is(updates.length, 1, `${read} read`)
      for (const update of updates) {
        t.true(update.window - offered >= step, `from ${offered} to ${update.window}`)
        offered = update.window
        t.is(offered, read)
      }
    }
    t.true(offered >= buffer / 2)
    t.is(user!.text.length, buffer)
  }
})
