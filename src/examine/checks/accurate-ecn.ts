/** Accurate ECN: a peer that has it agrees, counts marks and tells of them (RFC 9768). Of one that has not nothing can be told. */
import { aceOf } from '../../wire/accurate-ecn.ts'
import { RST, SYN } from '../../wire/tcp.ts'
import { type Check, given, must, topic } from '../check.ts'
import type { Conversation } from '../conversation.ts'
import { describe, endOf, type Heard, optionOf, withText } from '../heard.ts'
import { ECN } from '../segment-text.ts'

const listener = topic('any')
const discard = topic('discards')
const sender = topic('sends')

const MSS = 1000

/** The answers of a server that agrees, by the ECN field in which our SYN has come (table 2). */
const ANSWERS = { noecn: 0b010, ect1: 0b011, ect0: 0b100, ce: 0b110 } as const
type Field = keyof typeof ANSWERS

/** The count that an end begins with. */
const BEGINNING = 5

const askAs = async (c: Conversation, field: Field, flags = 'SEWA'): Promise<Heard> => {
  c.send(`[${field}] ${flags} 0:0(0) <mss ${MSS}>`)
  const answer = await c.hear()
  given(answer !== null && (answer.flags & SYN) !== 0, 'there is no connection to be had')
  return answer
}

const has = (answer: Heard): boolean => (Object.values(ANSWERS) as number[]).includes(aceOf(answer.flags))

/** A SYN,ACK that agrees. @throws CannotTell where it does not */
const agreed = async (c: Conversation): Promise<Heard> => {
  const answer = await askAs(c, 'noecn')
  given(has(answer), 'it has no accurate ECN, or is not asked to accept it')
  return answer
}

/** Opens, as a client whose SYN,ACK was not marked. */
const open = async (c: Conversation): Promise<Heard> => {
  const answer = await agreed(c)
  c.send('W.')
  return answer
}

/** Our segments after the handshake: the count of marks that we have seen is their ACE field. */
const FIVE = 'EA'

/** Sends text in a packet of this ECN field. @returns its acknowledgment */
const textAs = (c: Conversation, field: Field, from: number, length: number): Promise<Heard> => {
  c.send(`[${field}] P${FIVE}. ${from}:${from + length}(${length})`)
  return c.eventually(`. ack ${from + length}`, 'an acknowledgment')
}

/** Its next flight of text. @throws CannotTell where there is none */
const flightOf = async (c: Conversation, why = 'it sent nothing'): Promise<Heard[]> => {
  const flight = withText(await c.burst())
  given(flight.length > 0, why)
  return flight
}

const tells = (heard: Heard, marks: number): void => {
  const wanted = (BEGINNING + marks) % 8
  must(aceOf(heard.flags) === wanted, `the count is ${aceOf(heard.flags)}, not ${wanted}: ${describe(heard)}`)
}

export const ACCURATE_ECN: readonly Check[] = [
  listener(
    'accecn-answer-tells',
    'MUST',
    'RFC 9768 §3.1.1',
    'Where it agrees to accurate ECN, its SYN,ACK says how the ECN field of the SYN has come.',
    async c => {
      await agreed(c)
      for (const [field, wanted] of Object.entries(ANSWERS)) {
        const answer = await askAs(c.another(), field as Field)
        must(aceOf(answer.flags) === wanted, `[${field}]: ${describe(answer)}`)
      }
    },
  ),
  listener(
    'accecn-reserved-flags',
    'MUST',
    'RFC 9768 §3.1.3',
    'A SYN with other flags of ECN than those that are defined asks it for accurate ECN.',
    async c => {
      await agreed(c)
      for (const flags of ['SA', 'SW', 'SE', 'SEA', 'SWA']) {
        const answer = await askAs(c.another(), 'noecn', flags)
        must(aceOf(answer.flags) === ANSWERS.noecn, `${flags}: ${describe(answer)}`)
      }
    },
  ),
  listener(
    'accecn-falls-back-to-classic',
    'MUST',
    'RFC 9768 §3.1.2',
    'With accurate ECN, it still agrees to the classic kind where that is asked for, and to none where none is.',
    async c => {
      await agreed(c)
      const classic = await askAs(c.another(), 'noecn', 'SEW')
      must(aceOf(classic.flags) === 0b001, describe(classic))
      const none = await askAs(c.another(), 'noecn', 'S')
      must(aceOf(none.flags) === 0, describe(none))
    },
  ),
  listener(
    'accecn-option-on-answer',
    'SHOULD',
    'RFC 9768 §3.2.3.2.1',
    'Its SYN,ACK that agrees to accurate ECN has the AccECN option.',
    async c => {
      const answer = await agreed(c)
      must(optionOf(answer, 'ECN') !== undefined, describe(answer))
    },
  ),
  listener(
    'accecn-answer-without-option',
    'SHOULD',
    'RFC 9768 §3.2.3.2.2',
    'A SYN,ACK that is not answered comes again without the AccECN option.',
    async c => {
      const answer = await agreed(c)
      given(optionOf(answer, 'ECN') !== undefined, 'the first has none')
      const again = await c.hear(4000)
      given(again !== null, 'it did not come again')
      must(optionOf(again, 'ECN') === undefined, describe(again))
    },
    { pace: 'normal' },
  ),
  sender(
    'accecn-answer-without-ecn',
    'SHOULD',
    'RFC 9768 §3.2.3.2.2, §3.1.5',
    'A SYN,ACK that is not answered twice comes again without ECN; then no text of its claims to be capable of it.',
    async c => {
      await agreed(c)
      let last = await c.hear(4000)
      for (let n = 0; n < 2 && last !== null && aceOf(last.flags) !== 0; n++) last = await c.hear(6000)
      given(last !== null, 'it did not come again')
      must(aceOf(last.flags) === 0, `${describe(last)} came the third time`)
      c.send('W.')
      for (const heard of await flightOf(c)) must(heard.ecn === ECN.noecn, `it marked ${describe(heard)}`)
    },
    { pace: 'normal' },
  ),
  listener(
    'accecn-two-kinds-reset',
    'MUST',
    'RFC 9768 §3.1.5',
    'A SYN that asks for accurate ECN, and one that asks for the classic kind, in one handshake: it resets that.',
    async c => {
      await agreed(c)
      c.send('SEW 0:0(0) <mss 1000>')
      const heard = await c.hear()
      must(heard !== null && (heard.flags & RST) !== 0, heard === null ? 'nothing came' : describe(heard))
    },
  ),
  discard(
    'accecn-text-counted',
    'MUST',
    'RFC 9768 §3.2.2',
    'It counts marked text in its ACE field.',
    async c => {
      await open(c)
      for (let n = 0; n < 10; n++) tells(await textAs(c, 'ce', 1 + n * MSS, MSS), n + 1)
    },
  ),
  discard(
    'accecn-acks-counted',
    'MUST',
    'RFC 9768 §3.2',
    'It counts marks on segments without text, too.',
    async c => {
      await open(c)
      c.send(`[ce] ${FIVE}.`)
      c.send(`[ce] ${FIVE}.`)
      c.skip()
      c.send(`[ect0] P${FIVE}. 1:1001(1000)`)
      tells(await textAs(c, 'ect0', 1001, 1000), 2)
    },
  ),
  discard(
    'accecn-increment-triggers',
    'MUST',
    'RFC 9768 §3.2.2.5.1',
    'At most seven marks on segments without text draw an acknowledgment.',
    async c => {
      await open(c)
      c.skip()
      for (let n = 0; n < 7; n++) c.send(`[ce] ${FIVE}.`)
      await c.eventually('.', 'an acknowledgment of marks')
    },
  ),
  discard(
    'accecn-change-triggers',
    'SHOULD',
    'RFC 9768 §3.2.2.5.1',
    'A marked segment of text after one that was not is acknowledged at once.',
    async c => {
      await open(c)
      // In the beginning it may acknowledge at once.
      for (let n = 0; n < 40; n++) {
        c.send(`[ect0] P${FIVE}. ${1 + 10 * n}:${11 + 10 * n}(10)`)
        await c.during(60)
      }
      c.skip()
      c.send(`[ect0] P${FIVE}. 401:411(10)`)
      const before = c.now
      await textAs(c, 'ce', 411, 10)
      must(c.now - before < 30, `it came after ${Math.round(c.now - before)} ms`)
    },
    { pace: 'normal', alone: true },
  ),
  discard(
    'accecn-option-counts',
    'MUST',
    'RFC 9768 §3.2.3.1',
    'Its AccECN options tell how many bytes of text have come with each ECN field.',
    async c => {
      const answer = await agreed(c)
      given(optionOf(answer, 'ECN') !== undefined, 'it sends no such options')
      // Ours has come as well: some send none to who has none.
      c.send('W. <raw ac0b000001000000000001,nop>')
      const counts = { e0b: 1, ceb: 0, e1b: 1 }
      let seen = false
      for (const [n, name] of (['e0b', 'ceb', 'e1b', 'ceb', 'e0b', 'e0b'] as const).entries()) {
        const field = ({ e0b: 'ect0', ceb: 'ce', e1b: 'ect1' } as const)[name]
        counts[name] += 100
        const heard = await textAs(c, field, 1 + 100 * n, 100)
        const option = optionOf(heard, 'ECN')
        if (option === undefined) continue
        seen = true
        for (const [told, bytes] of option.fields) must(bytes === counts[told], `${told}: ${describe(heard)}`)
      }
      must(seen, 'no acknowledgment had the option')
    },
  ),
  discard(
    'accecn-last-ack-zero',
    'MUST',
    'RFC 9768 §3.2.2.1',
    'Where the ACE field of the last ACK of the handshake is zero, it goes on to count.',
    async c => {
      await agreed(c)
      c.send('.')
      tells(await textAs(c, 'ce', 1, 1000), 1)
    },
  ),
  sender(
    'accecn-zero-not-marked',
    'MUST',
    'RFC 9768 §3.2.2.1',
    'Where the ACE field of the last ACK of the handshake is zero, its text does not say that it may be marked.',
    async c => {
      await agreed(c)
      c.send('.')
      for (const heard of await flightOf(c)) must(heard.ecn === ECN.noecn, `${describe(heard)} says so`)
    },
  ),
  sender(
    'accecn-heeded',
    'MUST',
    'RFC 9768 §3.1.5',
    'Told of a mark it slows down, and does not say so by CWR: the flag is a bit of its count.',
    async c => {
      await open(c)
      const flight = withText(await c.burst())
      given(flight.length > 1, 'it sent nothing')
      for (const heard of flight) tells(heard, 0)
      c.rcv = endOf(flight)
      // One mark: six.
      c.send('WA.')
      const next = await flightOf(c, 'it did not go on')
      for (const heard of next) tells(heard, 0)
      must(next.length <= flight.length, `${flight.length} segments, then ${next.length}`)
    },
  ),
  sender(
    'accecn-text-marked',
    'SHOULD',
    'RFC 9768 §3.1.5',
    'Where accurate ECN is agreed on, its text says that it may be marked.',
    async c => {
      await open(c)
      const texts = await flightOf(c)
      must(
        texts.every(heard => heard.ecn === ECN.ect0 || heard.ecn === ECN.ect1),
        'it does not say so',
      )
    },
  ),
]
