/** A part of a page: ladders side by side, what goes over time, the ways of the states, and every segment in words. */
import type { JSX } from 'preact'
import { Ladder } from '../../view/parts/ladder.tsx'
import { type LadderLayout, layOut } from '../../view/parts/ladder-layout.ts'
import { SegmentLog, Transition } from '../../view/parts/segment-log.tsx'
import { useSpeech } from '../../view/parts/speech.ts'
import { StateDiagram, type Step, stepsOf } from '../../view/parts/state-diagram.tsx'
import { StillPlot } from '../../view/parts/still-plot.tsx'
import type { Side, Story } from '../../view/parts/story.ts'
import { transferPlots } from '../../view/parts/transfer-plots.ts'

/** Rows of a ladder that are drawn unless all are asked for. */
export const ROWS = 400

export interface PageSection {
  readonly title: string
  /** Before the ladders. */
  readonly top: JSX.Element | null
  /** Side by side where there is room. */
  readonly stories: readonly Story[]
}

/** The section's own words. */
export interface SectionWords {
  readonly ladder: string
  readonly keys: string
  readonly overTime: string
  readonly states: string
  readonly log: string
  readonly allSegments: string
  readonly details: string
  readonly close: string
}

/** In English. */
export const SECTION_WORDS: SectionWords = {
  ladder: 'Ladder',
  keys: 'Tab to the first segment, then the arrow keys; Enter shows all about it, Escape closes.',
  overTime: 'Over time',
  states: 'States',
  log: 'Segment by segment',
  allSegments: 'All segments, and what is known of them',
  details: 'Details of the segment',
  close: 'Close the details',
}

/** The place for all that is known of one segment: see {@link openDetails}. */
export const DetailsPanel = ({ words = SECTION_WORDS }: { readonly words?: SectionWords }) => (
  <aside class="panel" aria-label={words.details} aria-live="polite" hidden>
    <button type="button" aria-label={words.close}>
      ✕
    </button>
    <div />
  </aside>
)

interface Laid {
  readonly story: Story
  readonly layout: LadderLayout
  readonly id: string
}

interface SectionProps {
  readonly section: PageSection
  readonly id: string
  readonly rows: number
  readonly several: boolean
  readonly words?: SectionWords
  /** True when the first of the logs is unfolded. */
  readonly log?: boolean
}

export const Section = ({
  section: { title, top, stories },
  id,
  rows,
  several,
  words = SECTION_WORDS,
  log = true,
}: SectionProps) => {
  const laid = stories.map((story, i): Laid => ({ story, layout: layOut(story, rows), id: `${id}-${i}` }))
  const plots = stories.map(story => ({ story, plots: transferPlots(story) })).filter(p => p.plots.length > 0)
  const told = stories.filter(tellsOfStates)
  const many = stories.length > 1
  const heading = (story: Story) => (many ? <h4>{story.name}</h4> : null)
  return (
    <section id={id}>
      {several ? <h2>{title}</h2> : null}
      {top}
      <h3>{words.ladder}</h3>
      <p class="lead section">{words.keys}</p>
      <div class="side-by-side">
        {laid.map(l => (
          <div key={l.id}>
            {heading(l.story)}
            <Ladder {...l} />
          </div>
        ))}
      </div>
      {plots.length === 0 ? null : <h3>{words.overTime}</h3>}
      {plots.map(p => (
        <div key={p.story.name}>
          {heading(p.story)}
          <div class="plots">
            {p.plots.map(plot => (
              <StillPlot key={plot.title} {...plot} />
            ))}
          </div>
        </div>
      ))}
      {told.length === 0 ? null : <h3>{words.states}</h3>}
      {told.map(story => (
        <div key={story.name}>
          {heading(story)}
          <div class="side-by-side">
            <States story={story} end={0} />
            <States story={story} end={1} />
          </div>
        </div>
      ))}
      <h3>{words.log}</h3>
      {laid.map((l, i) => (
        <details key={l.id} open={log && i === 0}>
          <summary>{many ? l.story.name : words.allSegments}</summary>
          <SegmentLog {...l} />
        </details>
      ))}
    </section>
  )
}

/** False where only packets are known: a diagram would show nothing. */
const tellsOfStates = ({ transitions, before = [null, null] }: Story): boolean =>
  transitions.length > 0 || before.some(transition => transition !== null)

const States = ({ story, end }: { readonly story: Story; readonly end: Side }) => {
  const steps = stepsOf(story, end)
  const { say } = useSpeech()
  const who = story.ends[end]
  return (
    <div>
      <h4>{say(who)}</h4>
      <StateDiagram steps={steps} who={who} />
      <ol class="steps">
        {steps.map(s => (
          <li key={s.number}>
            <StepLine {...s} />
          </li>
        ))}
      </ol>
    </div>
  )
}

const StepLine = ({ transition, times }: Step) => {
  const { say } = useSpeech()
  return <Transition transition={transition} who={times > 1 ? say(`${times} times`) : ''} />
}
