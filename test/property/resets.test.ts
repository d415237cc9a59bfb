/** A reset ends the connection at the peer too, whatever was out and however its window stood (RFC 5961 §3.2). */
import test from 'ava'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { abort, close, release, send } from '../../src/tcp/calls.ts'
import { RST } from '../../src/wire/tcp.ts'
import { dialogue } from '../support/dialogue.ts'
import { StrictPeer } from '../support/strict-peer.ts'
import { sweep } from '../support/sweep.ts'

const HISTORIES = sweep(3000, 600)
const STEPS = 60

const below = (random: SeededRandom, n: number): number => (random.uint32() >>> 0) % n

/** The outcome of one history: nothing to see when no reset was sent. */
const history = (seed: number): 'reset' | 'deaf' | 'none' => {
  const random = new SeededRandom(seed)
  const chance = (percent: number) => below(random, 100) < percent
  const d = dialogue({
    seed,
    tcp: { initialRto: 200, minRto: 200, noDelay: chance(50), emptyWindowProbes: chance(30) },
  })
  const room = [0, 1, 300, 536, 1500, 4000][below(random, 6)]!
  const user = d.established(
    {},
    `S 0:0(0) win ${room} <mss ${[88, 536][below(random, 2)]}>`,
    `. 1:1(0) ack 1 win ${room}`,
  )
  const c = user.connection!
  user.reading = chance(70)
  const peer = new StrictPeer(d, room)
  const lossy = chance(50)
  const ending = below(random, 3)
  const over = ending === 2
  // A window that was shrunk behind our back nobody can know, unless there is somebody left to be asked.
  const shrinks = !over && chance(20)
  for (let n = below(random, STEPS); n > 0 && c.state !== 'CLOSED'; n--) {
    switch (below(random, 11)) {
      case 0:
        if (!c.finQueued) send(c, Buffer.alloc(1 + below(random, 2000)))
        break
      case 1:
        d.after(below(random, 1000))
        break
      case 2:
      case 3:
        peer.deliver(lossy && chance(20))
        break
      case 4:
      case 5:
        peer.answer(lossy && chance(20))
        break
      case 6:
        if (chance(50)) peer.read(1 + below(random, 1000))
        break
      case 7:
        if (chance(30)) peer.write(1 + below(random, 100))
        break
      case 8:
        peer.resend()
        if (shrinks && peer.toUs.length === 0) peer.shrink()
        break
      case 9:
        if (chance(5)) close(c)
        break
      case 10:
        if (chance(5)) release(c)
        break
    }
    peer.collect()
  }
  if (c.state === 'CLOSED') return 'none'
  if (ending === 0) abort(c)
  else if (ending === 1) release(c)
  else d.host.close()
  let sent = peer.collect().some(s => s.flags & RST)
  // The segments under way arrive, some of them; the peer's answer to them draws a reset of its own.
  for (let n = 0; n < 1000 && (peer.waiting > 0 || peer.toUs.length > 0); n++) {
    if (peer.waiting > 0) peer.deliver(lossy && chance(20))
    else if (over) peer.toUs.shift()
    else peer.answer()
    if (!over) sent = peer.collect().some(s => s.flags & RST) || sent
  }
  if (!sent) return 'none'
  // Nobody is left of a host that is gone to answer a challenge.
  return peer.reset || (over && peer.challenges > 0) ? 'reset' : 'deaf'
}

test(`[R5961-8] every reset of a connection that is given up is taken by a strict peer: ${HISTORIES} histories`, t => {
  const deaf: number[] = []
  let resets = 0
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const outcome = history(seed)
    if (outcome === 'reset') resets++
    if (outcome === 'deaf') deaf.push(seed)
  }
  t.deepEqual(deaf, [])
  t.true(resets > HISTORIES / 3, `${resets} resets`)
})
