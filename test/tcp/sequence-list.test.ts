/** The list of ranges against an array. */
import test from 'ava'
import fc from 'fast-check'
import { Member, SequenceList } from '../../src/tcp/queues/sequence-list.ts'

class Range extends Member {
  red = false
  blue = false
}
const MARKS = [
  { mark: 0x1, borne: (r: Range) => r.red },
  { mark: 0x1_0000, borne: (r: Range) => r.blue },
] as const
const [RED, BLUE] = MARKS.map(({ mark }) => mark) as [0x1, 0x1_0000]

type Step = {
  do: 'append' | 'prepend' | 'insert' | 'remove' | 'remove first' | 'red' | 'blue' | 'clear'
  a: number
  times: number
}

/** Places are left free between members, to insert others into. */
const SPACE = 1 << 16

const compare = (list: SequenceList<Range>, model: Range[], a: number): void => {
  const must = (condition: boolean, what: string) => {
    if (!condition) throw new Error(what)
  }
  must(list.size === model.length, `${list.size} members, not ${model.length}`)
  must(list.first === (model[0] ?? null) && list.last === (model.at(-1) ?? null), 'ends')
  model.forEach((r, n) => {
    must(r.previous === (model[n - 1] ?? null) && r.next === (model[n + 1] ?? null), `neighbours of ${n}`)
  })
  if (model.length === 0) {
    must(list.find(0) === null, 'something in an empty list')
    return
  }
  // Between what is there and the next one, all are found by what is there.
  model.forEach((r, n) => {
    const next = model[n + 1]?.seq ?? r.seq + 2
    must(list.find(r.seq) === r && list.find((next - 1) | 0) === r, `${n} is not found`)
  })
  const n = a % model.length
  const r = model[n]!
  must(list.find((model[0]!.seq - 1) | 0) === null, 'something before the first')
  for (const { mark, borne } of MARKS) {
    const next = model.slice(n + 1).find(borne) ?? null
    must(list.nextMarked(r, mark) === next, `next after ${n} with mark ${mark}`)
    must(list.previousMarked(r, mark) === (model.slice(0, n).findLast(borne) ?? null), `last before ${n}`)
  }
}

const play = (base: number, steps: readonly Step[]): void => {
  const list = new SequenceList<Range>()
  let model: Range[] = []
  const made = (seq: number): Range => {
    const r = new Range()
    r.seq = seq | 0
    return r
  }
  for (const { do: what, a, times } of steps) {
    for (let k = 0; k < times; k++) {
      const n = model.length === 0 ? 0 : (a + k * 31) % model.length
      const r = model[n]
      if (what === 'append') {
        const added = made(model.length === 0 ? base : model.at(-1)!.seq + SPACE)
        list.append(added)
        model.push(added)
      } else if (what === 'prepend') {
        const added = made(model.length === 0 ? base : model[0]!.seq - SPACE)
        list.prepend(added)
        model.unshift(added)
      } else if (what === 'clear') {
        list.clear()
        model = []
      } else if (r === undefined) {
      } else if (what === 'insert') {
        const gap = n + 1 < model.length ? (model[n + 1]!.seq - r.seq) | 0 : SPACE
        if (gap < 4) continue
        const added = made(r.seq + (gap >> 1))
        // A part of what was there: it bears the same marks.
        added.red = r.red
        added.blue = r.blue
        added.marks = r.marks
        list.insertAfter(r, added)
        model.splice(n + 1, 0, added)
      } else if (what === 'red' || what === 'blue') {
        r[what] = !r[what]
        const mark = what === 'red' ? RED : BLUE
        if (r[what]) list.mark(r, mark)
        else list.unmark(r, mark)
      } else {
        const gone = what === 'remove first' ? 0 : n
        const x = model[gone]!
        if (x.red) list.unmark(x, RED)
        if (x.blue) list.unmark(x, BLUE)
        x.red = x.blue = false
        list.remove(x)
        model.splice(gone, 1)
      }
    }
    compare(list, model, a)
  }
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(
    'append',
    'append',
    'prepend',
    'insert',
    'insert',
    'remove',
    'remove',
    'remove first',
    'red',
    'blue',
    'clear',
  ),
  a: fc.nat({ max: 9999 }),
  times: fc.constantFrom(1, 2, 20, 90),
})

test('ranges added, taken out and marked anywhere: order, look-ups and marks are as an array has them', t => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 2 ** 31 - 5 * SPACE, -5 * SPACE),
      fc.array(step, { minLength: 1, maxLength: 60 }),
      play,
    ),
    { numRuns: 500, seed: 1981 },
  )
  t.pass()
})
