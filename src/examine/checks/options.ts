/** TCP options: those that are unknown, broken, doubled, or where they do not belong. */
import { type Check, given, must, topic } from '../check.ts'
import { longest, optionOf } from '../heard.ts'

const listener = topic('any')
const reader = topic('reads')
const sender = topic('sends')

/** The SYN with these options is answered, and the connection carries text. */
const survives = (id: string, section: string, rule: string, options: string): Check =>
  reader(id, 'MUST', section, rule, async c => {
    await c.open(options)
    await c.alive()
  })

/** A segment with these options is taken. */
const taken = (id: string, section: string, rule: string, options: string, syn = 'mss 1460'): Check =>
  reader(id, 'MUST', section, rule, async c => {
    await c.open(syn)
    c.send(`P. 1:5(4) <${options}>`)
    await c.acked(5, 'its text to be taken')
    await c.alive()
  })

export const OPTIONS: readonly Check[] = [
  survives(
    'option-unknown-on-syn',
    'RFC 9293 §3.1 MUST-6',
    'It ignores an option on a SYN that it does not know.',
    'raw fa06deadbeef,mss 1460',
  ),
  taken(
    'option-unknown-on-text',
    'RFC 9293 §3.1 MUST-6',
    'It ignores an option on a segment of text that it does not know.',
    'raw fa06deadbeef',
  ),
  listener(
    'option-after-unknown',
    'MUST',
    'RFC 9293 §3.1 MUST-6',
    'It finds the options behind one that it does not know.',
    async c => {
      const answer = await c.open('raw fa06deadbeef,mss 1460,nop,wscale 3')
      given(
        optionOf(await c.another().open('mss 1460,nop,wscale 3'), 'wscale') !== undefined,
        'it has no window scaling',
      )
      must(
        optionOf(answer, 'wscale') !== undefined,
        'it did not see the window scale behind the unknown option',
      )
    },
  ),
  survives(
    'option-length-zero',
    'RFC 9293 §3.1 MUST-7',
    'It survives an option of length 0.',
    'mss 1460,raw fa00,raw 0101',
  ),
  survives(
    'option-length-one',
    'RFC 9293 §3.1 MUST-7',
    'It survives an option of length 1.',
    'mss 1460,raw 0801,raw 0101',
  ),
  survives(
    'option-beyond-header',
    'RFC 9293 §3.1 MUST-7',
    'It survives an option that is longer than the header.',
    'mss 1460,raw 080a0000',
  ),
  survives(
    'option-cut-off',
    'RFC 9293 §3.1 MUST-7',
    'It survives an option whose length byte is missing.',
    'mss 1460,raw 01010103',
  ),
  survives(
    'option-mss-of-wrong-length',
    'RFC 9293 §3.1 MUST-7',
    'It survives an MSS option of three bytes.',
    'raw 02030401',
  ),
  taken(
    'option-length-zero-on-text',
    'RFC 9293 §3.1 MUST-7',
    'It survives an option of length 0 on a segment of text.',
    'raw fa000000',
  ),
  taken(
    'option-beyond-header-on-text',
    'RFC 9293 §3.1 MUST-7',
    'It survives timestamps that are longer than the header.',
    'raw 080a0000',
  ),
  survives(
    'option-mss-doubled',
    'RFC 9293 §3.1 MUST-7',
    'It survives a SYN with two MSS options.',
    'mss 1460,mss 1000',
  ),
  survives(
    'option-all-doubled',
    'RFC 9293 §3.1 MUST-7',
    'It survives a SYN that says everything twice.',
    'mss 1460,sackOK,sackOK,wscale 1,wscale 1,nop,mss 1460',
  ),
  survives(
    'option-end-then-rubbish',
    'RFC 9293 §3.1',
    'It reads nothing behind the end of the options.',
    'mss 1460,eol,raw 030e02',
  ),
  listener(
    'option-after-end',
    'MUST',
    'RFC 9293 §3.1',
    'It does not take a window scale that stands behind the end of the options.',
    async c => {
      const answer = await c.open('mss 1460,eol,wscale 7')
      must(optionOf(answer, 'wscale') === undefined, 'it took the window scale behind the end')
    },
  ),
  survives(
    'option-all-nops',
    'RFC 9293 §3.1',
    'It takes a SYN with 40 bytes of padding.',
    'raw 01010101010101010101010101010101010101010101010101010101010101010101010101010101',
  ),
  listener(
    'option-unaligned',
    'MUST',
    'RFC 9293 §3.1 MUST-64',
    'It finds options that begin at no word.',
    async c => {
      const answer = await c.open('nop,mss 1460,wscale 3')
      given(
        optionOf(await c.another().open('mss 1460,nop,wscale 3'), 'wscale') !== undefined,
        'it has no window scaling',
      )
      must(optionOf(answer, 'wscale') !== undefined, 'it did not see the window scale')
    },
  ),
  taken(
    'option-mss-on-text',
    'RFC 9293 §3.7.1 MUST-5',
    'It takes a segment of text that has an MSS option.',
    'mss 100',
  ),
  taken(
    'option-sack-permitted-on-text',
    'RFC 2018 §2',
    'It takes a segment of text that has a SACK-permitted option.',
    'nop,nop,sackOK',
  ),
  taken(
    'option-wscale-on-text',
    'RFC 7323 §2.2',
    'It takes a segment of text that has a window scale option.',
    'nop,wscale 5',
  ),
  taken(
    'option-sack-unasked',
    'RFC 2018 §4',
    'It takes a segment with SACK blocks that were never agreed on.',
    'nop,nop,sack 1:100',
  ),
  taken(
    'option-timestamps-unasked',
    'RFC 7323 §3.2',
    'It takes a segment with timestamps that were never agreed on.',
    'nop,nop,TS val 1 ecr 0',
  ),
  sender(
    'option-mss-after-syn',
    'MUST',
    'RFC 9293 §3.7.1',
    'An MSS option on another segment than a SYN changes nothing.',
    async c => {
      await c.open('mss 1000', 3000)
      const before = await c.burst()
      given(longest(before) > 500, 'its segments are small already')
      c.take(before.at(-1)!.end, ' <mss 200>')
      const after = await c.burst()
      must(after.length > 0, 'it did not go on')
      must(longest(after) > 500, 'segments became small')
    },
  ),
]
