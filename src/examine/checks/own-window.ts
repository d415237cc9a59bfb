/** Checks of the window that a receiver offers. */
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe } from '../heard.ts'
import { DELAY } from './receiving.ts'

const discard = topic('discards')
const deaf = topic('deaf')

/**
 * Fills the window of an application that does not read: that of its last acknowledgment is 0.
 * @param taken sees to it that what the window has room for is acknowledged
 */
const fill = async (c: Conversation, taken: typeof given = given): Promise<void> => {
  let { window } = await c.open('mss 1460', 65_535)
  for (let n = 0; window > 0 && n < 4000; n++) {
    const length = Math.min(window, c.full)
    c.send(`P. ${c.next}:${c.next + length}(${length})`)
    const from = c.next
    // It may wait for a second segment before it acknowledges.
    for (
      let next = await c.hear(DELAY);
      next !== null;
      next = c.highestAck < from ? await c.hear(DELAY) : null
    )
      window = next.window
    taken(c.highestAck === from, `it did not acknowledge ${from}, though its window had room for it`)
  }
  given(window === 0, 'its window does not fill')
}

/** Fills its window, and sends text beyond that, which is not counted as sent. @returns the number it begins at */
const beyondShut = async (c: Conversation, flags: string, length: number): Promise<number> => {
  await fill(c)
  await c.wait(600)
  c.skip()
  const { next } = c
  c.send(`${flags} ${next}:${next + length}(${length})`, { beyond: true })
  c.next = next
  return next
}

export const OWN_WINDOW: readonly Check[] = [
  discard(
    'window-right-edge',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'An empty segment whose number is the first beyond its window is not acceptable: it answers with an acknowledgment.',
    async c => {
      await c.open()
      c.send('P. 1:101(100)')
      const { window } = await c.eventually('. ack 101', 'an acknowledgment', DELAY)
      c.skip()
      c.send(`. ${101 + window}:${101 + window}(0)`)
      await c.expect('. ack 101', 'an acknowledgment of what it expects')
    },
  ),
  deaf(
    'window-does-not-shrink',
    'SHOULD',
    'RFC 9293 §3.8.6 SHLD-14',
    'It does not take back window that it has offered.',
    async c => {
      const answer = await c.open()
      let edge = 1 + answer.window
      for (let n = 0; n < 30; n++) {
        const length = Math.min(c.full, edge - c.next)
        if (length <= 0) break
        c.send(`P. ${c.next}:${c.next + length}(${length})`)
        const heard = await c.hear(DELAY)
        if (heard === null) continue
        const right = heard.ack + heard.window
        must(right >= edge, `its right edge moved from ${edge} to ${right}`)
        edge = right
      }
    },
  ),
  deaf(
    'window-fills',
    'MUST',
    'RFC 9293 §3.8.6',
    'It takes all that its window has room for while its application does not read, until the window is shut.',
    c => fill(c, must),
    { pace: 'normal' },
  ),
  deaf(
    'zero-window-probe-answered',
    'MUST',
    'RFC 9293 §3.8.6.1',
    'It answers the probe of its shut window.',
    async c => {
      const next = await beyondShut(c, '.', 1)
      const heard = await c.expect('.', 'an acknowledgment')
      must(heard.ack === next || heard.ack === next + 1, `it acknowledged ${heard.ack}`)
    },
    { pace: 'normal' },
  ),
  deaf(
    'zero-window-reset-taken',
    'MUST',
    'RFC 9293 §3.10.7.4 MUST-66',
    'It takes a reset while its window is shut.',
    async c => {
      await fill(c)
      c.skip()
      c.send(`R ${c.next}:${c.next}(0)`)
      await c.unanswered('a reset is not answered')
      await c.gone()
    },
    { pace: 'normal' },
  ),
  deaf(
    'zero-window-text-not-taken',
    'MUST',
    'RFC 9293 §3.10.7.4',
    'It takes no text beyond its shut window.',
    async c => {
      const next = await beyondShut(c, 'P.', 1000)
      for (const heard of await c.during(500))
        must(heard.ack <= next + 1, `it took text beyond its window: ${describe(heard)}`)
    },
    { pace: 'normal' },
  ),
]
