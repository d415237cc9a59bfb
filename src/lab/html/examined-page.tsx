/** The page of an examination: what differs with its ladders, and all checks in a table. */

import { conversationLadder } from '../../examine/report/conversation-ladder.ts'
import { LEVELS, servicesText, verdictsText } from '../../examine/report/text.ts'
import type { Examined, Result, Verdict } from '../../examine/results.ts'
import type { Story } from '../../view/parts/story.ts'
import { pageText } from './page.tsx'
import { ROWS } from './section.tsx'

const MARKS: Readonly<Record<Verdict, string>> = { holds: '✓', differs: '✗', 'cannot tell': '?' }

const headOf = ({ verdict, id }: Result): string => `${MARKS[verdict]} ${id}`

const storyOf = ({ id, log }: Result): Story => {
  const { names, events, segments, isLeft } = conversationLadder(log)
  return { name: id, ends: names, events, segments, isLeft, transitions: [], windows: [], says: () => [] }
}

/** @param full ladders also of what holds; @returns a whole HTML document */
export const examinedPage = (examined: Examined, full: boolean): string => {
  const { target, results } = examined
  const shown = results.filter(({ verdict, log }) => log.length > 0 && (full || verdict === 'differs'))
  return pageText({
    title: `${target}, examined`,
    top: <Top {...examined} />,
    sections: shown.map(result => ({
      title: headOf(result),
      top: <Rule {...result} />,
      stories: [storyOf(result)],
    })),
    rows: full ? Number.POSITIVE_INFINITY : ROWS,
  })
}

const Rule = ({ level, section, rule, why }: Result) => (
  <>
    <p class="lead">
      {level}, {section}: {rule}
    </p>
    {why === '' ? null : <p class="verdict bad">{why}</p>}
  </>
)

const Top = ({ results, services, sent, received, duration, interrupted }: Examined) => (
  <>
    <p class="lead">
      {results.length} checks, {sent} packets sent and {received} received in {(duration / 1000).toFixed(1)} s
      {interrupted ? '; it was ended before its time' : ''}: {servicesText(services)}.
    </p>
    {LEVELS.map(level => (
      <Checks key={level} level={level} results={results.filter(result => result.level === level)} />
    ))}
  </>
)

/** Differences stand open, all of a level behind them: the page is read for what is wrong. */
const Checks = ({ level, results }: { readonly level: string; readonly results: readonly Result[] }) => {
  const bad = results.filter(({ verdict }) => verdict === 'differs')
  return (
    <>
      <p class={`verdict ${bad.length === 0 ? 'good' : 'bad'}`}>
        {level}: {verdictsText(results)}
      </p>
      <List results={bad} />
      <details>
        <summary>All {results.length}</summary>
        <List results={results} />
      </details>
    </>
  )
}

const List = ({ results }: { readonly results: readonly Result[] }) => (
  <ul class="findings">
    {results.map(result => (
      <li key={result.id}>
        <b>{headOf(result)}</b>: {result.rule} <small>({result.section})</small> {result.why}
      </li>
    ))}
  </ul>
)
